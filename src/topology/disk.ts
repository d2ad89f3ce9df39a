import type { Head } from '../multipath/head.js';
import type { Path } from '../multipath/path.js';

/** The head disk of either personality. */
export interface HeadDisk {
  /** `nvme0n1`, `sda`. */
  readonly name: string;
  readonly head: Head;
  readonly wwid: string;
  /** Logical block size, bytes. */
  readonly blockSize: number;
}

/** The hidden disk of one path. */
export interface PathDisk {
  /** `nvme0c0n1`, `sda:0`. */
  readonly name: string;
  readonly path: Path;
  readonly disk: HeadDisk;
}

/** What an iopolicy belongs to: an NVMe subsystem, a scsi_mpath_device. */
export interface IopolicyOwner {
  /** A number of IOPOLICY_NAMES. Setting it sets it for every head. */
  iopolicy: number;
}
