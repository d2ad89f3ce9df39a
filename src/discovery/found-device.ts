import type { TransportType } from '../drivers/nvme/transport-type.js';

/** A whole disk of this machine that a path may be made of, as its sysfs tells. */
export interface FoundDevice {
  readonly kind: 'nvme' | 'scsi';
  /** `/dev/nvme0n1`, `/dev/sdb`. */
  readonly device: string;
  /** As the kernel prints it; undefined where the device has no unique id. */
  readonly wwid: string | undefined;
  /** NVMe: the controller's address, empty of such a head; SCSI: `2:0:0:0`. Outlives the name. */
  readonly address: string;
  readonly devt: { readonly major: number; readonly minor: number };
  /** Never given out twice, as device numbers and names are; undefined before Linux 5.15. */
  readonly diskseq: number | undefined;
  /** Bytes. */
  readonly size: number;
  /** -1 = none. */
  readonly numaNode: number;
  /** SCSI: vendor and model. */
  readonly model: string;
  readonly serial: string;
  /** NVMe only, and not of a head that the kernel multipaths itself. */
  readonly namespace: FoundNamespace | undefined;
  /** Others use it already, so no device of the same disk can be a path: they would not know of each other. */
  readonly inUse: boolean;
  /** Why it can't be a path now, in words for the user; undefined: it can. */
  readonly unusable: string | undefined;
}

export interface FoundNamespace {
  readonly subsysnqn: string;
  readonly nsid: number;
  readonly cntlid: number;
  readonly transport: TransportType;
  /** `nvme0`. */
  readonly controller: string;
}
