import { DISK_INO_BASE } from '../fuse/wire.js';

/** Gives out the inode numbers of one tree, none of them twice. */
export class InodeNumbers {
  #last = 0;
  #disks = 0;

  /** For anything but a disk; the first one, 1, is the root's. */
  next(): number {
    return ++this.#last;
  }

  /** For the disk file of a head; see DISK_INO_BASE for the parts of the number. */
  nextDisk(head: number): number {
    return this.#disks++ * 2 ** 32 + DISK_INO_BASE + head;
  }
}
