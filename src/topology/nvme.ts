import type { Controller } from '../multipath/controller.js';
import type { Head } from '../multipath/head.js';
import type { Path } from '../multipath/path.js';
import type { Limits } from '../shared/limits.js';
import type { Devt } from './devt.js';
import type { HeadDisk, IopolicyOwner, Partition, PathDevice, PathDisk } from './disk.js';
import type { NamespaceIds } from './wwid.js';

/** A data object's members, for its constructor. */
type Made<T, K extends keyof T> = Pick<T, K>;

/** struct nvme_subsystem: what the disks with one subsysnqn share. */
export class NvmeSubsystem implements IopolicyOwner {
  /** The number of its first controller, as in the kernel. */
  readonly number: number;
  readonly subsysnqn: string;
  readonly model: string;
  readonly serial: string;
  readonly firmwareRev: string;
  readonly heads: NvmeHead[] = [];
  readonly controllers: NvmeController[] = [];
  readonly #changed: (subsystem: NvmeSubsystem) => void;
  #iopolicy: number;

  constructor(
    made: Made<
      NvmeSubsystem,
      'number' | 'subsysnqn' | 'model' | 'serial' | 'firmwareRev' | 'iopolicy'
    >,
    iopolicyChanged: (subsystem: NvmeSubsystem) => void,
  ) {
    this.number = made.number;
    this.subsysnqn = made.subsysnqn;
    this.model = made.model;
    this.serial = made.serial;
    this.firmwareRev = made.firmwareRev;
    this.#iopolicy = made.iopolicy;
    this.#changed = iopolicyChanged;
  }

  get name(): string {
    return `nvme-subsys${this.number}`;
  }

  get iopolicy(): number {
    return this.#iopolicy;
  }

  set iopolicy(iopolicy: number) {
    if (iopolicy === this.#iopolicy) return;
    this.#iopolicy = iopolicy;
    for (const { head } of this.heads) head.iopolicy = iopolicy;
    this.#changed(this);
  }

  /**
   * The controller that a path is of, to `head` if that is there, by what the configuration of a
   * file or a device says. A device's address tells before its cntlid: connections outlive a
   * restart of the array, which may number its controllers anew, so that one is known here by the
   * cntlid that another one has now. Several connections may have one address; a controller has one
   * path to a head.
   */
  controllerOf(way: NvmeWay, isDevice: boolean, head?: NvmeHead): NvmeController | undefined {
    const { cntlid, transport, address } = way;
    const numbered = this.controllers.filter((controller) => controller.cntlid === cntlid);
    if (!isDevice) return numbered[0];
    const there = (controller: NvmeController): boolean =>
      controller.transport === transport && controller.address === address;
    const renumbered = ({ paths }: NvmeController): boolean =>
      paths.length > 0 && paths.every(({ disk }) => disk !== head);
    return numbered.find(there) ?? this.controllers.filter(there).find(renumbered);
  }
}

/** What is known of the way to a controller. */
export interface NvmeWay {
  readonly cntlid: number | undefined;
  readonly transport: string | undefined;
  readonly address: string | undefined;
}

/** struct nvme_ns_head: a namespace, reached through several controllers. */
export class NvmeHead implements HeadDisk {
  readonly subsystem: NvmeSubsystem;
  /** Its number in the subsystem, from 1: `nvme<subsystem>n<instance>`. */
  readonly instance: number;
  readonly nsid: number;
  readonly head: Head;
  readonly wwid: string;
  readonly ids: NamespaceIds;
  readonly blockSize: number;
  readonly devt: Devt;
  /** Of the character device `ng<subsystem>n<instance>`. */
  readonly generic: Devt;
  readonly diskseq: number;
  limits: Limits;
  readonly paths: NvmePath[] = [];
  readonly partitions: Partition[] = [];

  constructor(
    made: Made<
      NvmeHead,
      | 'subsystem'
      | 'instance'
      | 'nsid'
      | 'head'
      | 'wwid'
      | 'ids'
      | 'blockSize'
      | 'devt'
      | 'generic'
      | 'diskseq'
      | 'limits'
    >,
  ) {
    this.subsystem = made.subsystem;
    this.instance = made.instance;
    this.nsid = made.nsid;
    this.head = made.head;
    this.wwid = made.wwid;
    this.ids = made.ids;
    this.blockSize = made.blockSize;
    this.devt = made.devt;
    this.generic = made.generic;
    this.diskseq = made.diskseq;
    this.limits = made.limits;
  }

  get name(): string {
    return `nvme${this.subsystem.number}n${this.instance}`;
  }
}

/** What a controller has done by who made it. */
export interface NvmeOperations {
  delete(controller: NvmeController): Promise<void>;
  reset(controller: NvmeController): Promise<number>;
  rescan(paths: readonly PathDisk[]): Promise<void>;
}

/** struct nvme_ctrl. It has a path to every head of the subsystem that it reaches. */
export class NvmeController {
  readonly number: number;
  readonly cntlid: number;
  readonly subsystem: NvmeSubsystem;
  readonly controller: Controller;
  /** `loop` unless configured. */
  readonly transport: string;
  /** `traddr=/dev/loop0` unless configured. */
  readonly address: string;
  readonly numaNode: number;
  readonly devt: Devt;
  readonly hostnqn: string;
  readonly hostid: string;
  readonly paths: NvmePath[] = [];
  readonly #operations: NvmeOperations;

  constructor(
    made: Made<
      NvmeController,
      | 'number'
      | 'cntlid'
      | 'subsystem'
      | 'controller'
      | 'transport'
      | 'address'
      | 'numaNode'
      | 'devt'
      | 'hostnqn'
      | 'hostid'
    >,
    operations: NvmeOperations,
  ) {
    this.number = made.number;
    this.cntlid = made.cntlid;
    this.subsystem = made.subsystem;
    this.controller = made.controller;
    this.transport = made.transport;
    this.address = made.address;
    this.numaNode = made.numaNode;
    this.devt = made.devt;
    this.hostnqn = made.hostnqn;
    this.hostid = made.hostid;
    this.#operations = operations;
  }

  /** `nvme0`. */
  get name(): string {
    return `nvme${this.number}`;
  }

  /** Drains and removes its paths, then itself. Resolves when it is gone. */
  delete(): Promise<void> {
    return this.#operations.delete(this);
  }

  /** 0 once it is LIVE or CONNECTING again, or -EBUSY where it can't be reset now. */
  reset(): Promise<number> {
    return this.#operations.reset(this);
  }

  /** Reads the sizes of its devices again, and the partition tables. */
  rescan(): Promise<void> {
    return this.#operations.rescan(this.paths);
  }
}

/** struct nvme_ns: the namespace as one controller sees it. */
export class NvmePath implements PathDisk {
  readonly path: Path;
  readonly disk: NvmeHead;
  readonly controller: NvmeController;
  readonly device: string;
  readonly opened: PathDevice;
  readonly diskseq: number;
  readonly limits: Limits;
  readonly #anaGrpid: number;

  /** `anaGrpid`: of a device that does not say it. */
  constructor(
    made: Made<
      NvmePath,
      'path' | 'disk' | 'controller' | 'device' | 'opened' | 'diskseq' | 'limits'
    > & { readonly anaGrpid: number },
  ) {
    this.path = made.path;
    this.disk = made.disk;
    this.controller = made.controller;
    this.#anaGrpid = made.anaGrpid;
    this.device = made.device;
    this.opened = made.opened;
    this.diskseq = made.diskseq;
    this.limits = made.limits;
  }

  /** Its ANA group now; undefined if its controller has no ANA. */
  get anaGrpid(): number | undefined {
    const { identity } = this.opened;
    return identity?.kind === 'nvme' ? identity.anaGrpid : this.#anaGrpid;
  }

  /** `nvme0c0n1`. */
  get name(): string {
    const { subsystem, instance } = this.disk;
    return `nvme${subsystem.number}c${this.controller.number}n${instance}`;
  }
}
