import { DISK_INO_BASE } from '../fuse/wire.js';

const HIGH_WORD = 2 ** 32;

/** Gives out the inode numbers of one tree, none of them twice. */
export class InodeNumbers {
  #last = 0;

  /** For directories, links and streams; the first one, 1, is the root's. */
  next(): number {
    return ++this.#last;
  }
}

/** The attribute in this place of a directory: the directory's number in the low word. */
export function attributeIno(directory: number, place: number): number {
  return directory + (place + 1) * HIGH_WORD;
}

/** The file of a block device; see DISK_INO_BASE for the parts of the number. */
export function diskIno(bdev: number, generation: number): number {
  return generation * HIGH_WORD + DISK_INO_BASE + bdev;
}
