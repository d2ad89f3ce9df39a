import type { DiskNode } from '../fuse/node.js';
import type { Head } from '../multipath/head.js';
import type { Directory } from './directory.js';
import { Entry } from './entry.js';

/** The file of a head disk. */
export class DiskFile extends Entry implements DiskNode {
  readonly kind = 'disk';
  readonly #head: Head;

  constructor(name: string, parent: Directory, ino: number, head: Head) {
    super(name, parent, ino, 0o660);
    this.#head = head;
  }

  get head(): number {
    return this.#head.number;
  }

  size(): number {
    return this.#head.capacity;
  }

  live(): boolean {
    return this.#head.live;
  }
}
