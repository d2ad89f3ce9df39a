import { SCSI_TEMPLATE } from '../drivers/scsi/template.js';
import type { Head } from '../multipath/head.js';
import type { Controller } from '../multipath/controller.js';
import type { Path } from '../multipath/path.js';
import { NONE } from '../shared/layout.js';
import type { PathDisk } from './disk.js';
import type { Joining } from './joiner.js';
import { withBlockSize } from './limits.js';
import { LowestFree } from '../shared/lowest-free.js';
import {
  addController,
  addHead,
  drop,
  FIRMWARE_REV,
  firstAccessState,
  iopolicyOf,
  MODEL,
  serialOf,
  type Common,
  type NewDisk,
  type NewPath,
} from './personality.js';
import { sdDev, ScsiHost, ScsiMpathDevice, ScsiPath } from './scsi.js';
import type { ScsiHead, ScsiOperations } from './scsi.js';

/** The vendor of a LUN that does not say it, for INQUIRY data. */
const VENDOR = 'mpathfs';

/** What a host's device was, to find it again. */
export interface Lun {
  readonly disk: Omit<NewDisk, 'capacity' | 'blockSize'>;
  readonly path: NewPath['config'];
  /** The host was configured: it stays when its device goes. */
  readonly configured: boolean;
}

/** SCSI hosts, scsi_devices and the heads over them: made, numbered and removed as in the kernel. */
export class ScsiPersonality {
  readonly devices: ScsiMpathDevice[] = [];
  readonly hosts: ScsiHost[] = [];
  readonly #common: Common;
  readonly #operations: ScsiOperations;
  readonly #luns = new Map<ScsiHost, Lun>();
  readonly #indexes = new Map<ScsiHead, LowestFree>();
  readonly #heads = new Map<Head, ScsiHead>();
  readonly #paths = new Map<Path, ScsiPath>();
  /** The host behind each controller: a host has one scsi_device. */
  readonly #hostOf = new Map<Controller, ScsiHost>();
  /** Heads whose scsiHeadLive was told. */
  readonly #live = new Set<ScsiHead>();
  readonly #deviceNumbers = new LowestFree();
  readonly #hostNumbers = new LowestFree();

  constructor(
    common: Common,
    operations: {
      rescan(paths: readonly PathDisk[]): Promise<void>;
      /** Opens the host's device again and adds it. */
      readd(host: ScsiHost, lun: Lun): Promise<void>;
    },
  ) {
    this.#common = common;
    this.#operations = {
      rescan: (paths) => operations.rescan(paths),
      delete: ({ controller }) => this.#delete(controller),
      scan: async (host) => {
        const lun = this.#luns.get(host);
        if (lun !== undefined && host.path === undefined) await operations.readd(host, lun);
      },
    };
    const { engine } = common;
    engine.on('headLive', (head) => this.#headLive(head));
    engine.on('headRemoved', (head) => this.#headRemoved(head));
    engine.on('pathRemoved', (path) => this.#pathRemoved(path));
    engine.on('controllerState', (path, from, reason) => this.#stateChanged(path, from, reason));
    engine.on('iopolicyChanged', (head) => {
      const disk = this.#heads.get(head);
      if (disk !== undefined) common.events.emit('iopolicy', disk.device);
    });
  }

  /** A head without paths; its device is told of when the first host is there. */
  newHead(disk: NewDisk, first: NewPath): ScsiHead {
    const head = addHead(this.#common, disk, SCSI_TEMPLATE, iopolicyOf(disk, this.#common));
    const number = this.#deviceNumbers.take();
    const { model = MODEL, firmware_rev: revision = FIRMWARE_REV } = disk.config;
    const { serial = serialOf(disk.wwid) } = disk.config;
    const { identity } = first.opened;
    const { disk: made } = new ScsiMpathDevice(number, {
      vendor: identity?.kind === 'scsi' ? identity.vendor : VENDOR,
      model,
      revision,
      serial,
      head,
      wwid: disk.wwid,
      blockSize: disk.blockSize,
      devt: sdDev(number),
      diskseq: this.#common.nextDiskseq(),
      limits: withBlockSize(first.opened.limits, disk.blockSize),
    });
    this.#heads.set(head, made);
    this.#indexes.set(made, new LowestFree());
    this.#common.headMade(made);
    return made;
  }

  /** A path that the caller gives to the engine, on a new host or on the one that it had before. */
  newPath(disk: ScsiHead, path: NewPath, lun: Lun, before?: ScsiHost): Joining {
    const { config, opened } = path;
    const { events } = this.#common;
    const controller = addController(this.#common, lun.disk.config);
    const host = before ?? this.#newHost(config.device, lun);
    this.#hostOf.set(controller, host);
    if (!this.devices.includes(disk.device)) {
      this.devices.push(disk.device);
      events.emit('scsiDeviceAdded', disk.device);
    }
    const index = this.#indexes.get(disk)?.take() ?? 0;
    const diskseq = this.#common.nextDiskseq();
    let joined = false;
    return {
      head: disk.head,
      controller,
      opened,
      device: config.device,
      numaNode: config.numa_node ?? NONE,
      accessState: firstAccessState(path),
      joined: (path) => {
        joined = true;
        const { limits } = opened;
        const made = new ScsiPath(
          { path, disk, host, controller, index, device: config.device, opened, diskseq, limits },
          this.#operations,
        );
        host.path = made;
        this.#paths.set(path, made);
        disk.paths.push(made);
        this.#common.pathJoined(made);
        events.emit('scsiPathAdded', made);
      },
      undo: async () => {
        if (!joined) this.#indexes.get(disk)?.give(index);
        await this.#delete(controller);
        if (before === undefined) this.#removeHost(host);
      },
    };
  }

  #newHost(device: string, lun: Lun): ScsiHost {
    const host = new ScsiHost(this.#hostNumbers.take(), device, this.#operations);
    this.#luns.set(host, lun);
    this.hosts.push(host);
    this.#common.events.emit('hostAdded', host);
    return host;
  }

  #removeHost(host: ScsiHost): void {
    if (!this.#luns.delete(host)) return;
    drop(this.hosts, host);
    this.#common.events.emit('hostRemoved', host);
    this.#hostNumbers.give(host.number);
  }

  /** The device of a path is gone for good: its host goes too, for nothing will be found there. */
  async drop({ controller, host }: ScsiPath): Promise<void> {
    await this.#delete(controller);
    this.#removeHost(host);
  }

  /** __scsi_remove_device. The engine's part is the same however often it is asked for. */
  async #delete(controller: Controller): Promise<void> {
    await this.#common.engine.removeController(controller);
    const host = this.#hostOf.get(controller);
    if (host === undefined) return;
    this.#hostOf.delete(controller);
    if (this.#luns.get(host)?.configured === false) this.#removeHost(host);
  }

  #headLive(head: Head): void {
    const disk = this.#heads.get(head);
    if (disk === undefined) return;
    this.#live.add(disk);
    this.#common.events.emit('scsiHeadLive', disk);
    this.#common.headLive(disk);
  }

  #headRemoved(head: Head): void {
    const disk = this.#heads.get(head);
    if (disk === undefined) return;
    const { events } = this.#common;
    this.#common.headLeaves(disk);
    this.#heads.delete(head);
    this.#indexes.delete(disk);
    if (this.#live.delete(disk)) events.emit('scsiHeadRemoved', disk);
    if (this.devices.includes(disk.device)) {
      drop(this.devices, disk.device);
      events.emit('scsiDeviceRemoved', disk.device);
    }
    this.#deviceNumbers.give(disk.device.number);
  }

  #pathRemoved(path: Path): void {
    const made = this.#paths.get(path);
    if (made === undefined) return;
    const { disk, host, index } = made;
    this.#paths.delete(path);
    drop(disk.paths, made);
    host.path = undefined;
    this.#common.pathLeft(made);
    this.#common.events.emit('scsiPathRemoved', made);
    this.#indexes.get(disk)?.give(index);
  }

  #stateChanged(path: Path, from: number, reason: string): void {
    const made = this.#paths.get(path);
    if (made === undefined) return;
    this.#common.events.emit('controllerState', made, made.controller, from, reason);
    // It may be the engine that removes it, after ctrl_loss_tmo. It is about to, so not now.
    if (made.controller.deleting) queueMicrotask(() => void this.#delete(made.controller));
  }
}
