import type { Config } from '../config/types.js';
import type { PathChecker } from '../multipath/control.js';
import type { Controller } from '../multipath/controller.js';
import type { Engine } from '../multipath/engine.js';
import type { Head } from '../multipath/head.js';
import { ACCESS_STATE_NAMES, IOPOLICY_NAMES } from '../multipath/names.js';
import type { Path } from '../multipath/path.js';
import { Departures } from './departures.js';
import { NvmeSubsystem, type NvmeHead } from './nvme.js';
import { openDisks, type OpenedDisk, type OpenedPath, type OpenPath } from './open-disk.js';
import { ScsiMpathDevice, sdDev, sdName, type ScsiHead } from './scsi.js';
import { messageOf, TopologyError } from './topology-error.js';
import { subsysnqnOf, wwidOf } from './wwid.js';

/** The disks with their names and what they belong to. Heads and paths that go leave it. */
export interface Topology {
  readonly engine: Engine;
  readonly subsystems: readonly NvmeSubsystem[];
  readonly scsiDevices: readonly ScsiMpathDevice[];
}

/** All disks, whatever their kind. */
export function disksOf(topology: Topology): (NvmeHead | ScsiHead)[] {
  return [
    ...topology.subsystems.flatMap(({ heads }) => heads),
    ...topology.scsiDevices.map(({ disk }) => disk),
  ];
}

/**
 * Opens the configured paths, gives them to the engine and names everything as the kernel
 * would. Rejects with a TopologyError before the engine sees anything, everything closed,
 * when a path can't be opened or doesn't fit its disk. Where the engine itself refuses a path,
 * what it has already taken stays with it.
 */
export async function buildTopology(
  config: Config,
  engine: Engine,
  openPath: OpenPath,
  checker: PathChecker,
): Promise<Topology> {
  const disks = await openDisks(config.disks, openPath);
  const builder = new Builder(engine, checker, disks);
  try {
    for (const disk of disks) {
      if (disk.config.kind === 'nvme') await builder.addNvme(disk);
      else await builder.addScsi(disk);
    }
  } catch (error) {
    builder.closeUnused();
    throw error;
  }
  return builder.topology;
}

class Builder {
  readonly topology: Topology & {
    readonly subsystems: NvmeSubsystem[];
    readonly scsiDevices: ScsiMpathDevice[];
  };
  readonly #engine: Engine;
  readonly #checker: PathChecker;
  readonly #departures: Departures;
  /** Open devices that the engine does not have yet. */
  readonly #unused: Set<OpenedPath>;
  #controllers = 0;
  #hosts = 0;

  constructor(engine: Engine, checker: PathChecker, disks: readonly OpenedDisk[]) {
    this.#engine = engine;
    this.#checker = checker;
    this.#departures = new Departures(engine);
    this.topology = { engine, subsystems: [], scsiDevices: [] };
    this.#unused = new Set(disks.flatMap(({ paths }) => paths.map(({ opened }) => opened)));
  }

  async addNvme(disk: OpenedDisk): Promise<void> {
    const subsystem = this.#subsystem(disk);
    const nsid = ++subsystem.namespaces;
    const namespace: NvmeHead = {
      name: `nvme${subsystem.number}n${nsid}`,
      head: this.#addHead(disk, subsystem.iopolicy),
      wwid: wwidOf(disk),
      blockSize: disk.blockSize,
      subsystem,
      nsid,
      paths: [],
    };
    subsystem.heads.push(namespace);
    this.#leaveWith(namespace.head, subsystem.heads, namespace);
    for (const entry of disk.paths) {
      const number = this.#controllers++;
      const controller = {
        name: `nvme${number}`,
        cntlid: subsystem.controllers.length + 1,
        subsystem,
        controller: this.#addController(disk),
        device: entry.config.device,
        numaNode: entry.config.numa_node,
      };
      subsystem.controllers.push(controller);
      const name = `nvme${subsystem.number}c${number}n${nsid}`;
      const path = await this.#addPath(namespace.head, controller.controller, entry);
      const nvmePath = { name, path, disk: namespace, controller };
      namespace.paths.push(nvmePath);
      this.#leaveWith(path, namespace.paths, nvmePath);
      this.#leaveWith(path, subsystem.controllers, controller);
    }
  }

  async addScsi(disk: OpenedDisk): Promise<void> {
    const number = this.topology.scsiDevices.length;
    const lun: ScsiHead = {
      name: sdName(number),
      head: this.#addHead(disk, IOPOLICY_NAMES.indexOf(disk.config.iopolicy)),
      wwid: wwidOf(disk),
      blockSize: disk.blockSize,
      model: disk.config.model,
      revision: disk.config.firmware_rev,
      dev: sdDev(number),
      paths: [],
    };
    const device = new ScsiMpathDevice(number, lun);
    this.topology.scsiDevices.push(device);
    for (const [index, entry] of disk.paths.entries()) {
      const controller = this.#addController(disk);
      const host = this.#hosts++;
      const path = await this.#addPath(lun.head, controller, entry);
      const scsiPath = { name: `${lun.name}:${index}`, path, disk: lun, host, controller };
      lun.paths.push(scsiPath);
      this.#leaveWith(path, lun.paths, scsiPath);
    }
    this.#leaveWith(lun.head, this.topology.scsiDevices, device);
  }

  closeUnused(): void {
    for (const opened of this.#unused) opened.close();
  }

  #subsystem(disk: OpenedDisk): NvmeSubsystem {
    const subsysnqn = subsysnqnOf(disk);
    const found = this.topology.subsystems.find((subsystem) => subsystem.subsysnqn === subsysnqn);
    // One without a configured name is its own, whatever else has the same first path.
    if (found !== undefined && disk.config.subsysnqn !== undefined) return found;
    const { model, serial, firmware_rev: firmwareRev } = disk.config;
    const iopolicy = IOPOLICY_NAMES.indexOf(disk.config.iopolicy);
    const identity = { subsysnqn, model, serial, firmwareRev, iopolicy };
    const subsystem = new NvmeSubsystem(this.#controllers, identity);
    this.topology.subsystems.push(subsystem);
    return subsystem;
  }

  #addHead(disk: OpenedDisk, iopolicy: number): Head {
    return this.#engine.addHead({
      capacity: disk.capacity,
      blockShift: Math.log2(disk.blockSize),
      iopolicy,
      delayedRemovalSecs: disk.config.delayed_removal_secs,
    });
  }

  #addController({ config }: OpenedDisk): Controller {
    return this.#engine.addController({
      reconnectDelay: config.reconnect_delay,
      ctrlLossTmo: config.ctrl_loss_tmo,
      fastIoFailTmo: config.fast_io_fail_tmo,
    });
  }

  async #addPath(
    head: Head,
    controller: Controller,
    { config, opened }: OpenedDisk['paths'][number],
  ): Promise<Path> {
    const options = {
      controller,
      numaNode: config.numa_node,
      accessState: ACCESS_STATE_NAMES.indexOf(config.access_state),
      fd: opened.fd,
      inMemory: opened.inMemory,
      block: opened.block,
      checker: this.#checker,
      closed: () => opened.close(),
    };
    try {
      const path = await this.#engine.addPath(head, options);
      this.#unused.delete(opened);
      return path;
    } catch (error) {
      throw new TopologyError(
        'MPATHFS_PATH_REFUSED',
        `${config.device}: ${messageOf(error)}; check numa_node and the number of paths`,
        error,
      );
    }
  }

  #leaveWith<T>(owner: Head | Path, list: T[], item: T): void {
    this.#departures.when(owner, () => {
      list.splice(list.indexOf(item), 1);
    });
  }
}
