import type { DiskNode } from '../fuse/node.js';
import type { BlockDevice } from '../multipath/block-device.js';
import type { Directory } from './directory.js';
import { Entry } from './entry.js';
import { diskIno } from './inode-numbers.js';

/** The file of a head disk or of a partition. */
export class DiskFile extends Entry implements DiskNode {
  readonly kind = 'disk';
  readonly #bdev: BlockDevice;

  constructor(name: string, parent: Directory, bdev: BlockDevice) {
    super(name, parent, diskIno(bdev.number, bdev.generation), 0o660);
    this.#bdev = bdev;
  }

  get bdev(): number {
    return this.#bdev.number;
  }

  size(): number {
    return this.#bdev.size;
  }

  live(): boolean {
    return this.#bdev.head.live;
  }

  opened(): void {
    this.#bdev.openers++;
  }

  released(): void {
    this.#bdev.openers--;
  }
}
