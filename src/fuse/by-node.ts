import type { TreeNode } from './node.js';

/** With this many, the first look for what is not needed any more. */
const FEW = 64;

/**
 * What is remembered of some nodes, as long as they are in the tree. By inode number, since an
 * attribute's node is another object each time.
 */
export class ByNode<V> {
  readonly #entries = new Map<number, { readonly node: TreeNode; readonly value: V }>();
  #limit = FEW;

  get(ino: number): V | undefined {
    // Mostly there is none.
    return this.#entries.size === 0 ? undefined : this.#entries.get(ino)?.value;
  }

  set(node: TreeNode, value: V): void {
    this.#entries.set(node.ino, { node, value });
    if (this.#entries.size <= this.#limit) return;
    for (const [ino, entry] of this.#entries) if (entry.node.removed) this.#entries.delete(ino);
    this.#limit = Math.max(FEW, 2 * this.#entries.size);
  }

  get size(): number {
    return this.#entries.size;
  }
}
