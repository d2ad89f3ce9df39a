import type { Directory } from './directory.js';
import type { Link } from './link.js';

/** What everything in the tree has: a name, a place, and the links that point to it. */
export abstract class Entry {
  readonly name: string;
  readonly parent: Directory | undefined;
  readonly ino: number;
  readonly mode: number;
  /** Links elsewhere in the tree that point here; they go when this goes. */
  readonly links = new Set<Link>();
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
    this.parent?.forgetChild(this.name);
    for (const link of [...this.links]) link.remove();
  }
}
