import { Errno } from '../shared/errno.js';
import { AttributeFile, type OpenAttribute } from './attribute-file.js';
import type { AttributeNode, Shown } from './node.js';
import { DEFAULT_POLLMASK, PollEvent } from './wire.js';

const CHANGED = DEFAULT_POLLMASK | PollEvent.ERR | PollEvent.PRI;

/** The attributes that are open, and who waits for a change of one. */
export class OpenAttributes {
  readonly #opened = new Map<number, OpenAttribute>();
  readonly #wake: (poller: number) => void;

  /** `wake` ends the poll() of an open file, by the kernel's name for it. */
  constructor(wake: (poller: number) => void) {
    this.#wake = wake;
  }

  open(node: AttributeNode): AttributeFile {
    let opened = this.#opened.get(node.ino);
    if (opened === undefined) {
      opened = { event: 1, files: new Set() };
      this.#opened.set(node.ino, opened);
    }
    const file = new AttributeFile(node, opened);
    opened.files.add(file);
    return file;
  }

  close(file: AttributeFile): void {
    file.opened.files.delete(file);
    if (file.opened.files.size === 0) this.#opened.delete(file.node.ino);
  }

  /**
   * fs/kernfs/file.c: kernfs_fop_poll. Always readable and writable; POLLERR and POLLPRI until
   * the value was read after the last change. `poller` is woken by the next one.
   */
  poll(file: AttributeFile, poller: number | undefined): number {
    if (poller !== undefined) file.poller = poller;
    return file.node.removed || file.seen !== file.opened.event ? CHANGED : DEFAULT_POLLMASK;
  }

  /** fs/kernfs/file.c: kernfs_notify. */
  changed(ino: number): void {
    const opened = this.#opened.get(ino);
    if (opened === undefined) return;
    opened.event++;
    for (const file of opened.files) {
      if (file.poller === undefined) continue;
      this.#wake(file.poller);
      file.poller = undefined;
    }
  }

  /** As AttributeFile.write; a store that changes what is shown is a change, if anybody waits for one. */
  write(file: AttributeFile, data: Buffer): number | Promise<number> {
    for (const { poller } of file.opened.files) {
      if (poller !== undefined) return this.#writeWatched(file, data);
    }
    return file.write(data);
  }

  async #writeWatched(file: AttributeFile, data: Buffer): Promise<number> {
    const { node, opened } = file;
    const before = await shown(node);
    if (node.removed) return -Errno.ENODEV;
    const { event } = opened;
    const taken = await file.write(data);
    // Not counted again where the store told it: who has read the value since would wake once more.
    if (taken > 0 && opened.event === event && !same(before, await shown(node))) {
      this.changed(node.ino);
    }
    return taken;
  }
}

/** Undefined where there is no value: that is for who reads it to be told. */
async function shown(node: AttributeNode): Promise<Shown | undefined> {
  try {
    return await node.show?.();
  } catch {
    return undefined;
  }
}

function same(a: Shown | undefined, b: Shown | undefined): boolean {
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) === 0;
  return a === b;
}
