import { FILE_TYPE } from './attr.js';
import type { DirectoryNode, TreeNode } from './node.js';
import { Dirent, Direntplus } from './wire.js';

/** Fills a struct fuse_entry_out for a node that the kernel now knows. */
export type PutEntry = (at: number, node: TreeNode) => void;

/** An open directory: what readdir saw at offset 0 stays what the following reads see. */
export class DirectoryFile {
  readonly node: DirectoryNode;
  #entries: (readonly [string, TreeNode])[] = [];

  constructor(node: DirectoryNode) {
    this.node = node;
  }

  /**
   * Writes the struct fuse_dirents from the entry `offset` on into `bytes` at `at`, as many
   * as fit `capacity`; fuse_direntplus if `putEntry` is given. Returns the bytes written.
   */
  read(
    bytes: Uint8Array,
    view: DataView,
    at: number,
    capacity: number,
    offset: number,
    putEntry: PutEntry | undefined,
  ): number {
    if (offset === 0) {
      this.#entries = [
        ['.', this.node],
        ['..', this.node.parent ?? this.node],
        ...this.node.children(),
      ];
    }
    const fixed = putEntry === undefined ? Dirent.SIZE : Direntplus.SIZE;
    let used = 0;
    for (let next = offset; next < this.#entries.length; next++) {
      const [name, node] = this.#entries[next] as readonly [string, TreeNode];
      const text = Buffer.from(name);
      const record = (fixed + text.length + 7) & ~7;
      if (used + record > capacity) break;
      const start = at + used;
      bytes.fill(0, start, start + record);
      // `.` and `..` are not looked up: their entry stays zero.
      if (putEntry !== undefined && next >= 2) putEntry(start, node);
      const dirent = start + fixed - Dirent.SIZE;
      view.setBigUint64(dirent + Dirent.INO, BigInt(node.ino), true);
      view.setBigUint64(dirent + Dirent.OFF, BigInt(next + 1), true);
      view.setUint32(dirent + Dirent.NAMELEN, text.length, true);
      view.setUint32(dirent + Dirent.TYPE, FILE_TYPE[node.kind] >> 12, true);
      bytes.set(text, dirent + Dirent.SIZE);
      used += record;
    }
    return used;
  }
}
