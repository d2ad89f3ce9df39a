import { NVME_TEMPLATE } from '../drivers/nvme/template.js';
import type { Controller } from '../multipath/controller.js';
import type { Head } from '../multipath/head.js';
import type { Path } from '../multipath/path.js';
import { NONE } from '../shared/layout.js';
import { DevtNumbers } from './devt-numbers.js';
import type { PathDisk } from './disk.js';
import type { Joining } from './joiner.js';
import { withBlockSize } from './limits.js';
import { LowestFree } from '../shared/lowest-free.js';
import { NvmeController, NvmeHead, NvmePath, NvmeSubsystem } from './nvme.js';
import type { NvmeOperations } from './nvme.js';
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
  type Timeouts,
} from './personality.js';
import { namespaceIds, subsysnqnOf } from './wwid.js';

/** The numbers that a subsystem gives out. */
interface SubsystemNumbers {
  readonly instances: LowestFree;
  readonly nsids: LowestFree;
  readonly cntlids: LowestFree;
  /** The subsystem's own number waits for its first controller. */
  firstTaken: boolean;
}

/** Majors as on a running system; both are allocated dynamically there. */
const NVME_MAJOR = 245;
const GENERIC_MAJOR = 244;

/** NVMe subsystems with their controllers, heads and paths: made, numbered and removed as in the kernel. */
export class NvmePersonality {
  readonly subsystems: NvmeSubsystem[] = [];
  readonly #common: Common;
  readonly #operations: NvmeOperations;
  readonly #byNqn = new Map<string, NvmeSubsystem>();
  readonly #numbers = new Map<NvmeSubsystem, SubsystemNumbers>();
  readonly #controllers = new Map<Controller, NvmeController>();
  readonly #heads = new Map<Head, NvmeHead>();
  readonly #paths = new Map<Path, NvmePath>();
  /** Heads whose nvmeHeadLive was told. */
  readonly #live = new Set<NvmeHead>();
  readonly #instances = new LowestFree();
  readonly #generics = new DevtNumbers(GENERIC_MAJOR);

  constructor(common: Common, rescan: (paths: readonly PathDisk[]) => Promise<void>) {
    this.#common = common;
    const { engine } = common;
    this.#operations = {
      delete: (controller) => this.#delete(controller),
      reset: ({ controller }) => engine.resetController(controller),
      rescan,
    };
    engine.on('headLive', (head) => this.#headLive(head));
    engine.on('headRemoved', (head) => this.#headRemoved(head));
    engine.on('pathRemoved', (path) => this.#pathRemoved(path));
    engine.on('controllerState', (path, from, reason) => this.#stateChanged(path, from, reason));
  }

  /** The subsystem with this name, if there is one. */
  subsystem(subsysnqn: string): NvmeSubsystem | undefined {
    return this.#byNqn.get(subsysnqn);
  }

  /** A head without paths, in its subsystem (nvme_alloc_ns_head). */
  newHead(disk: NewDisk, first: NewPath): NvmeHead {
    const { blockExt } = this.#common;
    const subsystem = this.#subsystem(disk);
    const numbers = this.#numbersOf(subsystem);
    const { nsid } = disk.config;
    let head: Head;
    try {
      if (nsid !== undefined && subsystem.heads.some((other) => other.nsid === nsid)) {
        throw new RangeError(`nsid ${nsid} is that of another disk of the subsystem`);
      }
      head = addHead(this.#common, disk, NVME_TEMPLATE, subsystem.iopolicy);
    } catch (error) {
      this.#removeIfEmpty(subsystem);
      throw error;
    }
    if (nsid !== undefined) numbers.nsids.reserve(nsid);
    const made = new NvmeHead({
      subsystem,
      instance: numbers.instances.take(),
      nsid: nsid ?? numbers.nsids.take(),
      head,
      wwid: disk.wwid,
      ids: namespaceIds(disk.wwid, first.opened.identity),
      blockSize: disk.blockSize,
      devt: blockExt.take(),
      generic: this.#generics.take(),
      diskseq: this.#common.nextDiskseq(),
      limits: withBlockSize(first.opened.limits, disk.blockSize),
    });
    this.#heads.set(head, made);
    subsystem.heads.push(made);
    this.#common.headMade(made);
    return made;
  }

  /** A path that the caller gives to the engine; its controller is there, made if need be. */
  newPath(disk: NvmeHead, path: NewPath, timeouts: Timeouts): Joining {
    const { config, opened } = path;
    const { subsystem } = disk;
    const known = subsystem.controllerOf(config, opened.identity !== undefined, disk);
    const controller = known ?? this.#newController(subsystem, config, timeouts);
    const diskseq = this.#common.nextDiskseq();
    return {
      head: disk.head,
      controller: controller.controller,
      opened,
      device: config.device,
      numaNode: controller.numaNode,
      accessState: firstAccessState(path),
      joined: (path) => {
        const made = new NvmePath({
          path,
          disk,
          controller,
          anaGrpid: config.ana_grpid ?? controller.cntlid,
          device: config.device,
          opened,
          diskseq,
          limits: opened.limits,
        });
        this.#paths.set(path, made);
        disk.paths.push(made);
        controller.paths.push(made);
        this.#common.pathJoined(made);
        this.#common.events.emit('nvmePathAdded', made);
      },
      undo: async () => {
        if (known === undefined) await this.#delete(controller);
      },
    };
  }

  #subsystem(disk: NewDisk): NvmeSubsystem {
    const subsysnqn = subsysnqnOf(disk);
    const found = this.#byNqn.get(subsysnqn);
    if (found !== undefined) return found;
    const { model = MODEL, firmware_rev: firmwareRev = FIRMWARE_REV } = disk.config;
    const { serial = serialOf(disk.wwid) } = disk.config;
    const iopolicy = iopolicyOf(disk, this.#common);
    const number = this.#instances.take();
    const { events } = this.#common;
    const subsystem = new NvmeSubsystem(
      { number, subsysnqn, model, serial, firmwareRev, iopolicy },
      () => events.emit('iopolicy', subsystem),
    );
    this.#byNqn.set(subsysnqn, subsystem);
    this.#numbers.set(subsystem, {
      instances: new LowestFree(1),
      nsids: new LowestFree(1),
      cntlids: new LowestFree(1),
      firstTaken: false,
    });
    this.subsystems.push(subsystem);
    events.emit('subsystemAdded', subsystem);
    return subsystem;
  }

  /**
   * drivers/nvme/host/core.c: nvme_init_ctrl, nvme_init_subsystem. A subsystem has its first
   * controller's number and keeps it when that controller goes.
   */
  #newController(
    subsystem: NvmeSubsystem,
    config: NewPath['config'],
    timeouts: Timeouts,
  ): NvmeController {
    const { hostnqn, hostid, events } = this.#common;
    const controller = addController(this.#common, timeouts);
    const numbers = this.#numbersOf(subsystem);
    const number = numbers.firstTaken ? this.#instances.take() : subsystem.number;
    numbers.firstTaken = true;
    if (config.cntlid !== undefined) numbers.cntlids.reserve(config.cntlid);
    const made = new NvmeController(
      {
        number,
        cntlid: config.cntlid ?? numbers.cntlids.take(),
        subsystem,
        controller,
        transport: config.transport ?? 'loop',
        address: config.address ?? `traddr=${config.device}`,
        numaNode: config.numa_node ?? NONE,
        devt: { major: NVME_MAJOR, minor: number },
        hostnqn,
        hostid,
      },
      this.#operations,
    );
    this.#controllers.set(controller, made);
    subsystem.controllers.push(made);
    events.emit('controllerAdded', made);
    return made;
  }

  /** nvme_do_delete_ctrl. The engine's part is the same however often it is asked for. */
  async #delete(controller: NvmeController): Promise<void> {
    const { engine, events } = this.#common;
    await engine.removeController(controller.controller);
    if (!this.#controllers.delete(controller.controller)) return;
    const { subsystem, number, cntlid } = controller;
    if (number !== subsystem.number) this.#instances.give(number);
    drop(subsystem.controllers, controller);
    if (subsystem.controllers.every((other) => other.cntlid !== cntlid)) {
      this.#numbersOf(subsystem).cntlids.give(cntlid);
    }
    events.emit('controllerRemoved', controller);
    this.#removeIfEmpty(subsystem);
  }

  #headLive(head: Head): void {
    const disk = this.#heads.get(head);
    if (disk === undefined) return;
    this.#live.add(disk);
    this.#common.events.emit('nvmeHeadLive', disk);
    this.#common.headLive(disk);
  }

  #headRemoved(head: Head): void {
    const disk = this.#heads.get(head);
    if (disk === undefined) return;
    const { events, blockExt } = this.#common;
    const { subsystem } = disk;
    const numbers = this.#numbersOf(subsystem);
    this.#common.headLeaves(disk);
    this.#heads.delete(head);
    drop(subsystem.heads, disk);
    if (this.#live.delete(disk)) events.emit('nvmeHeadRemoved', disk);
    numbers.instances.give(disk.instance);
    numbers.nsids.give(disk.nsid);
    blockExt.give(disk.devt);
    this.#generics.give(disk.generic);
    this.#removeIfEmpty(subsystem);
  }

  #pathRemoved(path: Path): void {
    const made = this.#paths.get(path);
    if (made === undefined) return;
    this.#paths.delete(path);
    drop(made.disk.paths, made);
    drop(made.controller.paths, made);
    this.#common.pathLeft(made);
    this.#common.events.emit('nvmePathRemoved', made);
  }

  /** The engine tells it once for each path. */
  #stateChanged(path: Path, from: number, reason: string): void {
    const controller = this.#controllers.get(path.controller);
    if (controller === undefined || controller.paths[0]?.path !== path) return;
    this.#common.events.emit('controllerState', controller, controller.controller, from, reason);
    // It may be the engine that removes it, after ctrl_loss_tmo. It is about to, so not now.
    if (controller.controller.deleting) queueMicrotask(() => void this.#delete(controller));
  }

  #removeIfEmpty(subsystem: NvmeSubsystem): void {
    if (subsystem.heads.length > 0 || subsystem.controllers.length > 0) return;
    if (!this.#numbers.delete(subsystem)) return;
    this.#byNqn.delete(subsystem.subsysnqn);
    drop(this.subsystems, subsystem);
    this.#common.events.emit('subsystemRemoved', subsystem);
    this.#instances.give(subsystem.number);
  }

  #numbersOf(subsystem: NvmeSubsystem): SubsystemNumbers {
    const numbers = this.#numbers.get(subsystem);
    if (numbers === undefined) throw new Error(`${subsystem.name} is gone`);
    return numbers;
  }
}
