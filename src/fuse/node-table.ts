import { ByNode } from './by-node.js';
import type { DirectoryNode, TreeNode } from './node.js';

interface Known {
  readonly node: TreeNode;
  /** References that the kernel holds (nlookup). */
  references: number;
}

/** Nodeids from here on are second names; no inode number is that high. Bit 31 stays 0, see DISK_INO_BASE. */
const RENAMED = 2 ** 52;

/**
 * The nodes that the kernel knows, by nodeid. A node leaves when the kernel forgets it; until then
 * the object that it first learned of stays. The nodeid is the inode number, but for renamed nodes.
 */
export class NodeTable {
  readonly #root: DirectoryNode;
  readonly #known = new Map<number, Known>();
  /** The present nodeid of renamed nodes. */
  readonly #renamed = new ByNode<number>();
  #names = 0;

  constructor(root: DirectoryNode) {
    this.#root = root;
  }

  get(nodeid: number): TreeNode | undefined {
    return nodeid === this.#root.ino ? this.#root : this.#known.get(nodeid)?.node;
  }

  /** The kernel is told of the node once more, by an entry of LOOKUP or READDIRPLUS. Returns the nodeid. */
  lookedUp(node: TreeNode): number {
    const nodeid = this.#renamed.get(node.ino) ?? node.ino;
    const known = this.#known.get(nodeid);
    if (known === undefined) this.#known.set(nodeid, { node, references: 1 });
    else known.references++;
    return nodeid;
  }

  /** The kernel gives back `count` references. The root is never forgotten. */
  forget(nodeid: number, count: number): void {
    const known = this.#known.get(nodeid);
    if (known === undefined) return;
    known.references -= count;
    if (known.references <= 0) this.#known.delete(nodeid);
  }

  /**
   * The kernel is to make a new inode of the node when it looks it up the next time: what it
   * believes of the present one it would not give up.
   */
  rename(node: TreeNode): void {
    this.#names = (this.#names + 1) % 0x8000_0000;
    this.#renamed.set(node, RENAMED + this.#names);
  }
}
