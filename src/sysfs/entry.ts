import type { Directory } from './directory.js';
import type { Link } from './link.js';

/** What directories, links and files of the tree have: a name, a place, and the links that point to it. */
export abstract class Entry {
  readonly name: string;
  readonly parent: Directory | undefined;
  readonly ino: number;
  readonly mode: number;
  /** Links elsewhere in the tree that point here; they go when this goes. */
  #links: Set<Link> | undefined;
  #removed = false;

  constructor(name: string, parent: Directory | undefined, ino: number, mode: number) {
    this.name = name;
    this.parent = parent;
    this.ino = ino;
    this.mode = mode;
  }

  get removed(): boolean {
    return this.#removed;
  }

  /** Takes this, all below it and every link to any of that out of the tree. */
  remove(): void {
    if (this.#removed) return;
    this.#removed = true;
    for (const link of [...(this.#links ?? [])]) link.remove();
    this.parent?.forgetChild(this.name);
  }

  /** A link points here; only Link calls these two. */
  linked(link: Link): void {
    (this.#links ??= new Set()).add(link);
  }

  unlinked(link: Link): void {
    this.#links?.delete(link);
  }
}
