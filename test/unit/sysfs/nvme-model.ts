import { EventEmitter } from 'eventemitter3';
import type { Controller } from '../../../src/multipath/controller.js';
import type { Head } from '../../../src/multipath/head.js';
import { ControllerState } from '../../../src/multipath/names.js';
import type { Path } from '../../../src/multipath/path.js';
import { Directory } from '../../../src/sysfs/directory.js';
import { NvmeTree } from '../../../src/sysfs/nvme-tree.js';
import { makeRoots, type Roots } from '../../../src/sysfs/roots.js';
import type { Limits } from '../../../src/shared/limits.js';
import type { PathDevice } from '../../../src/topology/disk.js';
import type { TopologyEvents } from '../../../src/topology/events.js';
import { NvmeController, NvmeHead, NvmePath, NvmeSubsystem } from '../../../src/topology/nvme.js';
import { namespaceIds } from '../../../src/topology/wwid.js';
import { IDLE_STAT } from './idle-stat.js';

export const INFO = {
  version: '0.1.0',
  pid: 1,
  transport: 'ring',
  reactors: 2,
  queueDepth: 128,
} as const;

export const LIMITS: Limits = {
  logicalBlockSize: 512,
  physicalBlockSize: 512,
  minimumIoSize: 512,
  optimalIoSize: 0,
  discardGranularity: 512,
  maxDiscardBytes: 2199023255040,
  maxWriteZeroesBytes: 2199023255040,
  rotational: false,
};

/** The words of a record, as a tree reads them; the engine's classes need a whole engine. */
const WORDS = {
  iopolicy: 0,
  stat: IDLE_STAT,
  capacity: 1 << 20,
  delayedRemovalSecs: 0,
  marginalPathFailures: 5,
  marginalPathWindowSecs: 60,
  marginalPathRecoverySecs: 60,
  marginal: false,
  preferred: false,
  requeueCount: 0,
  failCount: 0,
  failovers: 0,
  makeItFail: false,
  slowUs: 0,
  errorCount: 0,
  retryCount: 0,
  live: true,
};

const WWID = 'uuid.aaaaaaaa-0000-4000-8000-000000000002';

/** A path's device that says nothing. */
export const FILE: PathDevice = {
  identity: undefined,
  aluaState: undefined,
  devt: undefined,
  size: () => 1 << 20,
};

interface Timeouts {
  readonly reconnectDelay: number;
  readonly ctrlLossTmo: number;
}
type Identity = Pick<NvmeSubsystem, 'subsysnqn' | 'model' | 'serial' | 'firmwareRev'>;

/** An NVMe tree over one subsystem that a test makes and changes, without an engine. */
export class NvmeModel {
  readonly events = new EventEmitter<TopologyEvents>();
  readonly root = Directory.root();
  readonly roots: Roots = makeRoots(this.root);
  /** First line of each uevent, and of those with variables of their own the last of these. */
  readonly uevents: string[] = [];
  readonly subsystem: NvmeSubsystem;
  #number = 0;

  constructor(identity: Partial<Identity> = {}) {
    new NvmeTree(this.roots, this.events, INFO);
    this.subsystem = new NvmeSubsystem(
      {
        number: 0,
        subsysnqn: 'nqn.x',
        model: 'mpathfs',
        serial: 'S1',
        firmwareRev: '1.0',
        iopolicy: 0,
        ...identity,
      },
      (subsystem) => this.events.emit('iopolicy', subsystem),
    );
    this.events.emit('subsystemAdded', this.subsystem);
    this.roots.uevents.listen((text) => {
      const lines = text.trimEnd().split('\n');
      const [first = ''] = lines;
      const extra = lines.filter((line) => /^(RESIZE|NVME_EVENT)=/.test(line));
      this.uevents.push([first, ...extra].join(' '));
    });
  }

  controller(
    rest: Partial<Omit<NvmeController, 'controller'>> & Partial<Timeouts> = {},
  ): NvmeController {
    const number = this.#number++;
    const controller = {
      number,
      state: ControllerState.LIVE,
      reconnectDelay: rest.reconnectDelay ?? 10,
      ctrlLossTmo: rest.ctrlLossTmo ?? 600,
      fastIoFailTmo: -1,
      nrActive: 0,
      errorCount: 0,
      resetCount: 0,
      reconnectCount: 0,
    };
    const made = new NvmeController(
      {
        number,
        cntlid: number + 1,
        subsystem: this.subsystem,
        controller: controller as unknown as Controller,
        transport: 'loop',
        address: `traddr=/dev/loop${number}`,
        numaNode: -1,
        devt: { major: 245, minor: number },
        hostnqn: 'nqn.host',
        hostid: '0',
        ...rest,
      },
      {
        delete: () => Promise.resolve(),
        reset: () => Promise.resolve(0),
        rescan: () => Promise.resolve(),
      },
    );
    this.subsystem.controllers.push(made);
    this.events.emit('controllerAdded', made);
    return made;
  }

  /** A head that is not live yet. */
  head(rest: Partial<NvmeHead> & { readonly capacity?: number } = {}): NvmeHead {
    const instance = this.subsystem.heads.length + 1;
    const { capacity = WORDS.capacity, wwid = WWID } = rest;
    const head = { ...WORDS, capacity, bdev: { number: instance, generation: 0, stat: IDLE_STAT } };
    const made = new NvmeHead({
      subsystem: this.subsystem,
      instance,
      nsid: instance,
      head: head as unknown as Head,
      wwid,
      ids: namespaceIds(wwid, undefined),
      blockSize: 512,
      devt: { major: 259, minor: instance - 1 },
      generic: { major: 244, minor: instance - 1 },
      diskseq: instance,
      limits: LIMITS,
      ...rest,
    });
    this.subsystem.heads.push(made);
    return made;
  }

  path(
    disk: NvmeHead,
    controller: NvmeController,
    rest: Partial<Omit<NvmePath, 'anaGrpid'>> & { readonly anaGrpid?: number } = {},
  ): NvmePath {
    const path = {
      ...WORDS,
      capacity: disk.head.capacity,
      head: disk.head,
      controller: controller.controller,
      accessState: 0,
      currentNodes: () => [],
    };
    const made = new NvmePath({
      path: path as unknown as Path,
      disk,
      controller,
      anaGrpid: 1,
      device: '/dev/loop0',
      opened: FILE,
      diskseq: 10 + controller.number,
      limits: disk.limits,
      ...rest,
    });
    disk.paths.push(made);
    controller.paths.push(made);
    this.events.emit('nvmePathAdded', made);
    return made;
  }

  live(disk: NvmeHead): void {
    this.events.emit('nvmeHeadLive', disk);
  }

  removePath(path: NvmePath): void {
    path.disk.paths.splice(path.disk.paths.indexOf(path), 1);
    path.controller.paths.splice(path.controller.paths.indexOf(path), 1);
    this.events.emit('nvmePathRemoved', path);
  }

  removeHead(disk: NvmeHead): void {
    this.subsystem.heads.splice(this.subsystem.heads.indexOf(disk), 1);
    this.events.emit('nvmeHeadRemoved', disk);
  }

  /** The controller is in this state now. */
  state(owner: NvmeController, state: number): void {
    const from = owner.controller.state;
    (owner.controller as unknown as { state: number }).state = state;
    this.events.emit('controllerState', owner, owner.controller, from, 'test');
  }
}
