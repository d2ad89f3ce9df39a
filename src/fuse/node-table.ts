import type { DirectoryNode, TreeNode } from './node.js';

interface Known {
  readonly node: TreeNode;
  /** References that the kernel holds (nlookup). */
  references: number;
}

/** The nodes that the kernel knows, by nodeid. A node leaves when the kernel forgets it. */
export class NodeTable {
  readonly #root: DirectoryNode;
  readonly #known = new Map<number, Known>();

  constructor(root: DirectoryNode) {
    this.#root = root;
  }

  get(nodeid: number): TreeNode | undefined {
    return nodeid === this.#root.ino ? this.#root : this.#known.get(nodeid)?.node;
  }

  /** The kernel is told of the node once more: by an entry of LOOKUP or READDIRPLUS. */
  lookedUp(node: TreeNode): void {
    const known = this.#known.get(node.ino);
    if (known === undefined) this.#known.set(node.ino, { node, references: 1 });
    else known.references++;
  }

  /** The kernel gives back `count` references. The root is never forgotten. */
  forget(nodeid: number, count: number): void {
    const known = this.#known.get(nodeid);
    if (known === undefined) return;
    known.references -= count;
    if (known.references <= 0) this.#known.delete(nodeid);
  }
}
