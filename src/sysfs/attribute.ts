import type { AttributeNode, Shown } from '../fuse/node.js';

/** One attribute of objects of type T (struct device_attribute). */
export interface AttributeDeclaration<T> {
  readonly name: string;
  /** Permission bits. */
  readonly mode: number;
  /** st_size; 4096 if not given, 0 for a binary attribute. */
  readonly size?: number;
  /** The whole value with its newline, or a negative errno. */
  show?(object: T): Shown | Promise<Shown>;
  /** Takes what was written, up to the first NUL. 0 or a negative errno. */
  store?(object: T, text: string): number | Promise<number>;
  /** Whether this object has the attribute (is_visible). Absent: every object has. */
  visible?(object: T): boolean;
}

/** Names an attribute table's element type, and lets it be written as a plain array. */
export type AttributeTable<T> = readonly AttributeDeclaration<T>[];

/** The directory that an attribute is in. */
interface Owner {
  readonly ino: number;
  readonly removed: boolean;
}

/** A table's attributes of one object, in a directory. */
export class AttributeGroup {
  readonly #table: AttributeTable<unknown>;
  readonly #object: unknown;

  constructor(table: AttributeTable<unknown>, object: unknown) {
    this.#table = table;
    this.#object = object;
  }

  /** Attributes in the table. */
  get length(): number {
    return this.#table.length;
  }

  /** The place in the table of the attribute that the object has under this name, or -1. */
  find(name: string): number {
    const place = this.#table.findIndex((declaration) => declaration.name === name);
    return place >= 0 && this.#has(place) ? place : -1;
  }

  /** The places of all that the object has, with their names. */
  *list(): Generator<readonly [number, string]> {
    for (const [place, { name }] of this.#table.entries()) {
      if (this.#has(place)) yield [place, name];
    }
  }

  /** The attribute file for a place. */
  node(place: number, ino: number, owner: Owner): Attribute {
    return new Attribute(ino, owner, this.#at(place), this.#object);
  }

  #has(place: number): boolean {
    return this.#at(place).visible?.(this.#object) !== false;
  }

  #at(place: number): AttributeDeclaration<unknown> {
    return this.#table[place] as AttributeDeclaration<unknown>;
  }
}

/** An attribute file: a declaration, applied to one object. Made when somebody asks for it. */
export class Attribute implements AttributeNode {
  readonly kind = 'attribute';
  readonly name: string;
  readonly ino: number;
  readonly mode: number;
  readonly size: number;
  readonly show?: () => Shown | Promise<Shown>;
  readonly store?: (text: string) => number | Promise<number>;
  readonly #owner: Owner;

  constructor(
    ino: number,
    owner: Owner,
    declaration: AttributeDeclaration<unknown>,
    object: unknown,
  ) {
    this.name = declaration.name;
    this.ino = ino;
    this.mode = declaration.mode;
    this.size = declaration.size ?? 4096;
    this.#owner = owner;
    if (declaration.show !== undefined) this.show = () => declaration.show?.(object) ?? '';
    if (declaration.store !== undefined) {
      this.store = (text) => declaration.store?.(object, cString(text)) ?? 0;
    }
  }

  get directory(): number {
    return this.#owner.ino;
  }

  get removed(): boolean {
    return this.#owner.removed;
  }
}

/** Stores see a C string, as in the kernel. */
function cString(text: string): string {
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}
