import type { Controller } from '../multipath/controller.js';
import type { Head } from '../multipath/head.js';
import type { Path } from '../multipath/path.js';
import type { HeadDisk, IopolicyOwner, PathDisk } from './disk.js';

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
  /** Namespaces that it ever had. */
  namespaces = 0;
  #iopolicy: number;

  constructor(
    number: number,
    identity: Pick<NvmeSubsystem, 'subsysnqn' | 'model' | 'serial' | 'firmwareRev' | 'iopolicy'>,
  ) {
    this.number = number;
    this.subsysnqn = identity.subsysnqn;
    this.model = identity.model;
    this.serial = identity.serial;
    this.firmwareRev = identity.firmwareRev;
    this.#iopolicy = identity.iopolicy;
  }

  get name(): string {
    return `nvme-subsys${this.number}`;
  }

  get iopolicy(): number {
    return this.#iopolicy;
  }

  set iopolicy(iopolicy: number) {
    this.#iopolicy = iopolicy;
    for (const { head } of this.heads) head.iopolicy = iopolicy;
  }
}

/** struct nvme_ns_head: a namespace, reached through several controllers. */
export interface NvmeHead extends HeadDisk {
  readonly head: Head;
  readonly subsystem: NvmeSubsystem;
  readonly nsid: number;
  readonly paths: NvmePath[];
}

/** struct nvme_ctrl. Each has one path. */
export interface NvmeController {
  /** `nvme0`. */
  readonly name: string;
  readonly cntlid: number;
  readonly subsystem: NvmeSubsystem;
  readonly controller: Controller;
  /** The device that it stands for. */
  readonly device: string;
  readonly numaNode: number;
}

/** struct nvme_ns: the namespace as one controller sees it. */
export interface NvmePath extends PathDisk {
  readonly path: Path;
  readonly disk: NvmeHead;
  readonly controller: NvmeController;
}
