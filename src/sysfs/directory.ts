import type { DirectoryNode, TreeWatcher } from '../fuse/node.js';
import type { BlockDevice } from '../multipath/block-device.js';
import { AttributeGroup, type Attribute, type AttributeTable } from './attribute.js';
import { DiskFile } from './disk-file.js';
import { Entry } from './entry.js';
import { attributeIno, InodeNumbers } from './inode-numbers.js';
import { Link } from './link.js';
import { StreamFile, type StreamSource } from './stream-file.js';

type Child = Directory | Link | StreamFile | DiskFile;

/** What all of one tree share. */
interface Shared {
  readonly inodes: InodeNumbers;
  watcher: TreeWatcher | undefined;
}

/**
 * A directory: a kobject, or one of its attribute groups. Its attributes are only tables until
 * somebody looks at one: a tree has hundreds of thousands of them.
 */
export class Directory extends Entry implements DirectoryNode {
  readonly kind = 'directory';
  readonly #shared: Shared;
  // Made when first needed: of thousands of directories many have only one of the two.
  #children: Map<string, Child> | undefined;
  #groups: readonly AttributeGroup[] | undefined;
  #directories = 0;

  private constructor(name: string, parent: Directory | undefined, shared: Shared) {
    super(name, parent, shared.inodes.next(), 0o755);
    this.#shared = shared;
  }

  /** The root of a new tree. */
  static root(): Directory {
    return new Directory('', undefined, { inodes: new InodeNumbers(), watcher: undefined });
  }

  /** From now on `watcher` hears of every change in the whole tree. */
  watch(watcher: TreeWatcher): void {
    this.#shared.watcher = watcher;
  }

  get directories(): number {
    return this.#directories;
  }

  child(name: string): Child | Attribute | undefined {
    const child = this.#children?.get(name);
    if (child !== undefined || this.removed) return child;
    let base = 0;
    for (const group of this.#groups ?? []) {
      const place = group.find(name);
      if (place >= 0) return group.node(place, attributeIno(this.ino, base + place), this);
      base += group.length;
    }
    return undefined;
  }

  *children(): Generator<readonly [string, Child | Attribute]> {
    yield* this.#children ?? [];
    let base = 0;
    for (const group of this.#groups ?? []) {
      for (const [place, name] of group.list()) {
        yield [name, group.node(place, attributeIno(this.ino, base + place), this)];
      }
      base += group.length;
    }
  }

  /** The directory of that name below this one, made if it is not there. */
  directory(name: string): Directory {
    const found = this.#children?.get(name);
    if (found instanceof Directory) return found;
    const made = this.#add(new Directory(name, this, this.#shared));
    this.#directories++;
    this.#shared.watcher?.directoryChanged(this);
    return made;
  }

  /** The same for several levels. */
  path(...names: readonly string[]): Directory {
    return names.reduce((at: Directory, name) => at.directory(name), this);
  }

  /** Adds the attributes of a table that `object` has. */
  attributes<T>(table: AttributeTable<T>, object: T): this {
    const group = new AttributeGroup(table, object);
    // An array that grows by push has room for 17.
    this.#groups = [...(this.#groups ?? []), group];
    this.#shared.watcher?.directoryChanged(this);
    return this;
  }

  link(name: string, target: Entry): Link {
    return this.#add(new Link(name, this, this.#shared.inodes.next(), target));
  }

  stream(name: string, source: StreamSource): StreamFile {
    return this.#add(new StreamFile(name, this, this.#shared.inodes.next(), source));
  }

  disk(name: string, bdev: BlockDevice): DiskFile {
    return this.#add(new DiskFile(name, this, bdev));
  }

  /** sysfs_notify: these attributes of this directory have changed. */
  notify(...names: readonly string[]): void {
    const { watcher } = this.#shared;
    if (watcher === undefined) return;
    for (const name of names) {
      const node = this.child(name);
      if (node?.kind === 'attribute') watcher.attributeChanged(node.ino);
    }
  }

  override remove(): void {
    if (this.removed) return;
    for (const child of [...(this.#children?.values() ?? [])]) child.remove();
    super.remove();
  }

  /** A child has left; only Entry.remove calls this. */
  forgetChild(name: string): void {
    const child = this.#children?.get(name);
    if (child === undefined) return;
    this.#children?.delete(name);
    this.#shared.watcher?.entryRemoved(this, name);
    if (!(child instanceof Directory)) return;
    this.#directories--;
    this.#shared.watcher?.directoryChanged(this);
  }

  #add<E extends Child>(child: E): E {
    const children = (this.#children ??= new Map());
    if (children.has(child.name)) throw new Error(`${child.name} is already there`);
    children.set(child.name, child);
    this.#shared.watcher?.directoryChanged(this);
    return child;
  }
}
