import type { Ownership } from './attr.js';
import { ByNode } from './by-node.js';
import type { TreeNode } from './node.js';

/** Modes and owners, where chmod or chown changed them. Gone with the node, as in sysfs. */
export class Ownerships {
  readonly #owner: { readonly uid: number; readonly gid: number };
  readonly #changed = new ByNode<Ownership>();

  /** `owner`: whose everything is that was not changed. */
  constructor(owner: { readonly uid: number; readonly gid: number }) {
    this.#owner = owner;
  }

  of(node: TreeNode): Ownership {
    const { uid, gid } = this.#owner;
    return this.#changed.get(node.ino) ?? { mode: node.mode, uid, gid };
  }

  change(node: TreeNode, change: Partial<Ownership>): void {
    this.#changed.set(node, { ...this.of(node), ...change });
  }
}
