import { Errno } from '../shared/errno.js';
import type { Controller } from '../multipath/controller.js';
import type { Head } from '../multipath/head.js';
import type { Path } from '../multipath/path.js';
import type { Limits } from '../shared/limits.js';
import type { Devt } from './devt.js';
import type { HeadDisk, IopolicyOwner, Partition, PathDevice, PathDisk } from './disk.js';

/** struct scsi_mpath_head: a LUN, reached through several scsi_devices. */
export class ScsiMpathDevice implements IopolicyOwner {
  readonly number: number;
  readonly disk: ScsiHead;

  constructor(number: number, disk: Omit<ScsiHeadMade, 'device'>) {
    this.number = number;
    this.disk = new ScsiHead({ ...disk, device: this });
  }

  get iopolicy(): number {
    return this.disk.head.iopolicy;
  }

  set iopolicy(iopolicy: number) {
    this.disk.head.iopolicy = iopolicy;
  }
}

type ScsiHeadMade = Pick<
  ScsiHead,
  | 'device'
  | 'vendor'
  | 'model'
  | 'revision'
  | 'serial'
  | 'head'
  | 'wwid'
  | 'blockSize'
  | 'devt'
  | 'diskseq'
  | 'limits'
>;

/** The head's disk, of class scsi_mpath_disk. */
export class ScsiHead implements HeadDisk {
  readonly device: ScsiMpathDevice;
  readonly vendor: string;
  readonly model: string;
  readonly revision: string;
  /** For VPD page 0x80. */
  readonly serial: string;
  readonly head: Head;
  readonly wwid: string;
  readonly blockSize: number;
  readonly devt: Devt;
  readonly diskseq: number;
  limits: Limits;
  readonly paths: ScsiPath[] = [];
  readonly partitions: Partition[] = [];

  constructor(made: ScsiHeadMade) {
    this.device = made.device;
    this.vendor = made.vendor;
    this.model = made.model;
    this.revision = made.revision;
    this.serial = made.serial;
    this.head = made.head;
    this.wwid = made.wwid;
    this.blockSize = made.blockSize;
    this.devt = made.devt;
    this.diskseq = made.diskseq;
    this.limits = made.limits;
  }

  /** `sda`. */
  get name(): string {
    return sdName(this.device.number);
  }
}

/** What hosts and scsi_devices have done by who made them. */
export interface ScsiOperations {
  scan(host: ScsiHost): Promise<void>;
  delete(path: ScsiPath): Promise<void>;
  rescan(paths: readonly PathDisk[]): Promise<void>;
}

/**
 * A struct Scsi_Host. There is one for each path. Of a configured path it stays when its device
 * goes, and `scan` finds the device again; of one that was added at run time it goes with it.
 */
export class ScsiHost {
  readonly number: number;
  /** The device behind channel 0, id 0, LUN 0. */
  readonly device: string;
  /** The scsi_device that it has now. */
  path: ScsiPath | undefined;
  readonly #operations: ScsiOperations;

  constructor(number: number, device: string, operations: ScsiOperations) {
    this.number = number;
    this.device = device;
    this.#operations = operations;
  }

  /**
   * Looks for devices in a channel, id and LUN, undefined = each. Adds what was deleted and is
   * there again. -EINVAL for what it can't have (drivers/scsi/scsi_scan.c:
   * scsi_scan_host_selected), else 0, found or not.
   */
  async scan(
    channel: number | undefined,
    id: number | undefined,
    lun: number | undefined,
  ): Promise<number> {
    if ([channel, id, lun].some((at) => at !== undefined && at !== 0)) return -Errno.EINVAL;
    await this.#operations.scan(this);
    return 0;
  }
}

/** A struct scsi_device and its hidden disk. */
export class ScsiPath implements PathDisk {
  readonly path: Path;
  readonly disk: ScsiHead;
  readonly host: ScsiHost;
  readonly controller: Controller;
  /** Its number among the head's paths: `sda:<index>`. */
  readonly index: number;
  readonly device: string;
  readonly opened: PathDevice;
  readonly diskseq: number;
  readonly limits: Limits;
  readonly #operations: ScsiOperations;

  constructor(
    made: Pick<
      ScsiPath,
      'path' | 'disk' | 'host' | 'controller' | 'index' | 'device' | 'opened' | 'diskseq' | 'limits'
    >,
    operations: ScsiOperations,
  ) {
    this.path = made.path;
    this.disk = made.disk;
    this.host = made.host;
    this.controller = made.controller;
    this.index = made.index;
    this.device = made.device;
    this.opened = made.opened;
    this.diskseq = made.diskseq;
    this.limits = made.limits;
    this.#operations = operations;
  }

  /** `sda:0`. */
  get name(): string {
    return `${this.disk.name}:${this.index}`;
  }

  /**
   * `0:0:0:0`, host, channel, id and LUN. The hosts are this mount's own, one for each path: the
   * machine's number of a host may be that of another one here.
   */
  get address(): string {
    return `${this.host.number}:0:0:0`;
  }

  /** Drains and removes it. Resolves when it is gone. */
  delete(): Promise<void> {
    return this.#operations.delete(this);
  }

  /** Reads the size of its device again, and the partition table. */
  rescan(): Promise<void> {
    return this.#operations.rescan([this]);
  }
}

/** Minors of a disk with its partitions (drivers/scsi/sd.c: SD_MINORS). */
export const SD_MINORS = 16;

/** Sixteen minors for each disk, on sd's sixteen majors in turn (drivers/scsi/sd.c: sd_probe). */
export function sdDev(index: number): Devt {
  const group = (index >> 4) & 15;
  const major = group === 0 ? 8 : group < 8 ? 64 + group : 120 + group;
  return { major, minor: ((index & 15) << 4) | (index & 0xfff00) };
}

/** `sda` ... `sdz`, `sdaa` ... (drivers/scsi/sd.c: sd_format_disk_name). */
export function sdName(index: number): string {
  let letters = '';
  for (let rest = index; rest >= 0; rest = Math.floor(rest / 26) - 1) {
    letters = String.fromCharCode(97 + (rest % 26)) + letters;
  }
  return `sd${letters}`;
}
