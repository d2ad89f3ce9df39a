import type { DirectoryNode } from '../fuse/node.js';
import type { Head } from '../multipath/head.js';
import { Attribute, bind, type AttributeTable } from './attribute.js';
import { DiskFile } from './disk-file.js';
import { Entry } from './entry.js';
import type { InodeNumbers } from './inode-numbers.js';
import { Link } from './link.js';

type Child = Directory | Link | Attribute | DiskFile;

/** A directory: a kobject, or one of its attribute groups. */
export class Directory extends Entry implements DirectoryNode {
  readonly kind = 'directory';
  readonly #inodes: InodeNumbers;
  readonly #children = new Map<string, Child>();

  private constructor(name: string, parent: Directory | undefined, inodes: InodeNumbers) {
    super(name, parent, inodes.next(), 0o755);
    this.#inodes = inodes;
  }

  /** The root of a new tree. */
  static root(inodes: InodeNumbers): Directory {
    return new Directory('', undefined, inodes);
  }

  child(name: string): Child | undefined {
    return this.#children.get(name);
  }

  children(): Iterable<readonly [string, Child]> {
    return this.#children;
  }

  /** The directory of that name below this one, made if it is not there. */
  directory(name: string): Directory {
    const found = this.#children.get(name);
    if (found instanceof Directory) return found;
    return this.#add(new Directory(name, this, this.#inodes));
  }

  /** The same for several levels. */
  path(...names: readonly string[]): Directory {
    return names.reduce((at: Directory, name) => at.directory(name), this);
  }

  /** Adds the attributes of a table that `object` has. */
  attributes<T>(table: AttributeTable<T>, object: T): this {
    for (const declaration of table) {
      if (declaration.visible?.(object) === false) continue;
      this.#add(new Attribute(this, this.#inodes.next(), bind(declaration, object)));
    }
    return this;
  }

  link(name: string, target: Entry): Link {
    return this.#add(new Link(name, this, this.#inodes.next(), target));
  }

  disk(name: string, head: Head): DiskFile {
    return this.#add(new DiskFile(name, this, this.#inodes.nextDisk(head.number), head));
  }

  override remove(): void {
    super.remove();
    for (const child of [...this.#children.values()]) child.remove();
  }

  /** A child has left; only Entry.remove calls this. */
  forgetChild(name: string): void {
    this.#children.delete(name);
  }

  #add<E extends Child>(child: E): E {
    if (this.#children.has(child.name)) throw new Error(`${child.name} is already there`);
    this.#children.set(child.name, child);
    return child;
  }
}
