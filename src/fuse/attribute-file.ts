import { Errno } from '../shared/errno.js';
import { PAGE_SIZE } from './attr.js';
import type { AttributeNode, Shown } from './node.js';
import type { Part } from './replies.js';

/** What all open files of one attribute share (fs/kernfs/file.c: struct kernfs_open_node). */
export interface OpenAttribute {
  /** Counts the changes that were told. Starts with one that nobody has seen. */
  event: number;
  readonly files: Set<AttributeFile>;
}

/**
 * An open attribute, with the reading and writing rules of kernfs
 * (fs/kernfs/file.c, fs/seq_file.c).
 */
export class AttributeFile {
  readonly node: AttributeNode;
  readonly opened: OpenAttribute;
  /** The event that the last value read was taken after. */
  seen = 0;
  /** The kernel's name for this file, while somebody waits in poll(). */
  poller: number | undefined;
  #value: Uint8Array | undefined;
  /** Where the last read ended. */
  #position = 0;

  constructor(node: AttributeNode, opened: OpenAttribute) {
    this.node = node;
    this.opened = opened;
  }

  /**
   * The part of the value at `offset`, or a negative errno. The value is taken anew at
   * offset 0 and wherever a read does not go on where the last one ended (seq_read_iter,
   * traverse): pieces read in order are of one value.
   */
  read(offset: number, length: number): Part | Promise<Part> {
    if (this.#value !== undefined && offset !== 0 && offset === this.#position) {
      return this.#part(this.#value, offset, length);
    }
    this.seen = this.opened.event;
    const shown = this.node.show?.() ?? -Errno.EIO;
    return shown instanceof Promise
      ? shown.then((value) => this.#take(value, offset, length))
      : this.#take(shown, offset, length);
  }

  /**
   * Stores what was written, wherever in the file. Returns the bytes taken, never more than
   * a page (kernfs_fop_write_iter), or a negative errno. An empty write stores nothing.
   */
  write(data: Buffer): number | Promise<number> {
    const taken = Math.min(data.length, PAGE_SIZE);
    if (taken === 0) return 0;
    const stored = this.node.store?.(data.toString('utf8', 0, taken)) ?? -Errno.EIO;
    if (typeof stored === 'number') return stored < 0 ? stored : taken;
    return stored.then((result) => (result < 0 ? result : taken));
  }

  #take(shown: Shown, offset: number, length: number): Part {
    if (typeof shown === 'number') return shown;
    this.#value = typeof shown === 'string' ? Buffer.from(shown) : shown;
    return this.#part(this.#value, offset, length);
  }

  #part(value: Uint8Array, offset: number, length: number): Uint8Array {
    const part = value.subarray(offset, offset + length);
    this.#position = offset + part.length;
    return part;
  }
}

/**
 * Whether an open with this access mode is allowed: even root gets EACCES where the file has
 * no such permission at all or no such method (kernfs_fop_open).
 */
export function mayOpenAttribute(
  node: AttributeNode,
  mode: number,
  read: boolean,
  write: boolean,
): boolean {
  if (write && ((mode & 0o222) === 0 || node.store === undefined)) return false;
  if (read && ((mode & 0o444) === 0 || node.show === undefined)) return false;
  return true;
}
