import type { DirectoryNode } from './node.js';
import type { NodeTable } from './node-table.js';
import type { Notifier } from './notifier.js';

/** A name that no directory has. */
const NO_NAME = '.';

/** How long the answer to a store waits for the kernel at most, milliseconds. */
const PATIENCE = 1000;

/**
 * Has the kernel drop what it keeps of directories that change: names (INVAL_ENTRY), then
 * attributes and listing (INVAL_INODE). What happens in one turn is told once.
 *
 * Answers that the kernel has not processed yet when the notification comes:
 * - A LOOKUP or READDIRPLUS that gives a name is asked for and acted on under the inode lock of the
 *   directory (fs/namei.c: lookup_slow, lookup_open; fs/readdir.c: iterate_dir), and INVAL_ENTRY takes
 *   that lock for itself: it comes after whatever such an answer has put into the dcache. A LOOKUP
 *   that only checks a name anew goes without the lock, but puts nothing there: the dentry that it is
 *   about stays unhashed.
 * - A listing goes into its cache under that lock, too, and INVAL_INODE, which drops the cache, takes
 *   no lock: so there is always an INVAL_ENTRY before it, with a name that is nowhere if nothing left.
 *   A listing that is read in several parts finds its first page gone and is not kept.
 * - Attributes from before are refused by their version (fi->attr_version), which INVAL_INODE moves.
 */
export class TreeChanges {
  readonly #nodes: NodeTable;
  readonly #notifier: Notifier;
  /** What left each directory. */
  readonly #changes = new Map<DirectoryNode, Set<string>>();

  constructor(nodes: NodeTable, notifier: Notifier) {
    this.#nodes = nodes;
    this.#notifier = notifier;
  }

  /** Something has changed in the directory; `removed` is gone from it. */
  add(directory: DirectoryNode, removed?: string): void {
    if (!this.#notifier.connected) return;
    let names = this.#changes.get(directory);
    if (names === undefined) {
      if (this.#changes.size === 0) queueMicrotask(() => this.#flush());
      names = new Set();
      this.#changes.set(directory, names);
    }
    if (removed !== undefined) names.add(removed);
  }

  /**
   * Resolves when the kernel has dropped all that has changed up to now: undefined if it has already.
   *
   * The answer to a store waits for this, so that who made the change does not see what was before;
   * nothing else does. The writer holds the inode lock of its attribute, the kernel waits for that of
   * a directory: who holds that one must not wait for the writer. Lookups and listings wait for
   * answers of ours that wait for nothing. But unlink(2) and rename(2) of the very attribute hold the
   * directory's lock and wait for the attribute's (fs/namei.c: vfs_unlink, vfs_rename), before we
   * could refuse them. There is no way to see that from here, so patience ends: then the writer goes
   * on, the others after it, and last the notification.
   */
  settled(): Promise<void> | undefined {
    this.#flush();
    if (!this.#notifier.busy) return undefined;
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, PATIENCE);
      void this.#notifier.idle().then(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /**
   * Nothing is told of directories that the kernel does not know, nor of names in one that has left:
   * they are dropped with it (d_invalidate). Who still has that one open sees it empty.
   */
  #flush(): void {
    for (const [directory, names] of this.#changes) {
      if (this.#nodes.get(directory.ino) === undefined) continue;
      if (!directory.removed) {
        if (names.size === 0) names.add(NO_NAME);
        for (const name of names) this.#notifier.entry(directory.ino, name);
      }
      this.#notifier.inode(directory.ino);
    }
    this.#changes.clear();
  }
}
