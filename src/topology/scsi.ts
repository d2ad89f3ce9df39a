import type { Controller } from '../multipath/controller.js';
import type { Head } from '../multipath/head.js';
import type { HeadDisk, IopolicyOwner, PathDisk } from './disk.js';

/** struct scsi_mpath_head: a LUN, reached through several scsi_devices. */
export class ScsiMpathDevice implements IopolicyOwner {
  readonly number: number;
  readonly disk: ScsiHead;

  constructor(number: number, disk: ScsiHead) {
    this.number = number;
    this.disk = disk;
  }

  get iopolicy(): number {
    return this.disk.head.iopolicy;
  }

  set iopolicy(iopolicy: number) {
    this.disk.head.iopolicy = iopolicy;
  }
}

/** The head's disk, of class scsi_mpath_disk. */
export interface ScsiHead extends HeadDisk {
  readonly head: Head;
  readonly model: string;
  readonly revision: string;
  /** Its dev_t as the kernel would number it, `8:0`. */
  readonly dev: string;
  readonly paths: ScsiPath[];
}

/** A struct scsi_device and its hidden disk. Each has a host of its own. */
export interface ScsiPath extends PathDisk {
  readonly disk: ScsiHead;
  /** The Scsi_Host's number. */
  readonly host: number;
  readonly controller: Controller;
}

/** `8:0`, `8:16` ...: sixteen minors for each disk, on sd's sixteen majors in turn. */
export function sdDev(index: number): string {
  const group = (index >> 4) & 15;
  const major = group === 0 ? 8 : group < 8 ? 64 + group : 120 + group;
  return `${major}:${(index & 15) * 16}`;
}

/** `sda` ... `sdz`, `sdaa` ... (drivers/scsi/sd.c: sd_format_disk_name). */
export function sdName(index: number): string {
  let letters = '';
  for (let rest = index; rest >= 0; rest = Math.floor(rest / 26) - 1) {
    letters = String.fromCharCode(97 + (rest % 26)) + letters;
  }
  return `sd${letters}`;
}
