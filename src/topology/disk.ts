import type { OpenedPath } from '../drivers/opened-path.js';
import type { BlockDevice } from '../multipath/block-device.js';
import type { Head } from '../multipath/head.js';
import type { Path } from '../multipath/path.js';
import type { Limits } from '../shared/limits.js';
import type { Devt } from './devt.js';

/** The head disk of either personality. */
export interface HeadDisk {
  /** `nvme0n1`, `sda`. */
  readonly name: string;
  readonly head: Head;
  readonly wwid: string;
  /** Logical block size, bytes. */
  readonly blockSize: number;
  readonly devt: Devt;
  /** Counts all disks that there ever were, path disks too (block/genhd.c). */
  readonly diskseq: number;
  /** Of all its paths together (blk_stack_limits). */
  readonly limits: Limits;
  /** By number. */
  readonly partitions: readonly Partition[];
}

/** The hidden disk of one path. */
export interface PathDisk {
  /** `nvme0c0n1`, `sda:0`. */
  readonly name: string;
  readonly path: Path;
  readonly disk: HeadDisk;
  /** The name of the device behind it. */
  readonly device: string;
  readonly opened: PathDevice;
  readonly diskseq: number;
  readonly limits: Limits;
}

/** What a path's device says; it may say something else later. */
export type PathDevice = Pick<OpenedPath, 'identity' | 'aluaState' | 'devt' | 'size'>;

/** A part of a head disk, from its partition table. */
export interface Partition {
  /** `nvme0n1p1`, `sda1`. */
  readonly name: string;
  /** From 1. */
  readonly number: number;
  readonly disk: HeadDisk;
  readonly bdev: BlockDevice;
  readonly devt: Devt;
  /** PARTUUID, and the name in a GPT; undefined where the table has none. */
  readonly uuid: string | undefined;
  readonly label: string | undefined;
}

/** What an iopolicy belongs to: an NVMe subsystem, a scsi_mpath_device. */
export interface IopolicyOwner {
  /** A number of IOPOLICY_NAMES. Setting it sets it for every head. */
  iopolicy: number;
}
