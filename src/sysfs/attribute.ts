import type { AttributeNode, Shown } from '../fuse/node.js';
import type { Directory } from './directory.js';
import { Entry } from './entry.js';

/** One attribute of objects of type T (struct device_attribute). */
export interface AttributeDeclaration<T> {
  readonly name: string;
  /** Permission bits. */
  readonly mode: number;
  /** The whole value with its newline, or a negative errno. */
  show?(object: T): Shown | Promise<Shown>;
  /** Takes what was written, up to the first NUL. 0 or a negative errno. */
  store?(object: T, text: string): number | Promise<number>;
  /** Whether this object has the attribute (is_visible). Absent: every object has. */
  visible?(object: T): boolean;
}

/** Names an attribute table's element type, and lets it be written as a plain array. */
export type AttributeTable<T> = readonly AttributeDeclaration<T>[];

/** An attribute file: a declaration, applied to one object. */
export class Attribute extends Entry implements AttributeNode {
  readonly kind = 'attribute';
  readonly show?: () => Shown | Promise<Shown>;
  readonly store?: (text: string) => number | Promise<number>;

  constructor(parent: Directory, ino: number, { name, mode, show, store }: BoundDeclaration) {
    super(name, parent, ino, mode);
    if (show !== undefined) this.show = show;
    if (store !== undefined) this.store = (text) => store(cString(text));
  }
}

/** A declaration with its object filled in. */
export interface BoundDeclaration {
  readonly name: string;
  readonly mode: number;
  readonly show: (() => Shown | Promise<Shown>) | undefined;
  readonly store: ((text: string) => number | Promise<number>) | undefined;
}

/** Fills the object in. */
export function bind<T>(declaration: AttributeDeclaration<T>, object: T): BoundDeclaration {
  const { name, mode } = declaration;
  return {
    name,
    mode,
    show: declaration.show && (() => declaration.show?.(object) ?? ''),
    store: declaration.store && ((text) => declaration.store?.(object, text) ?? 0),
  };
}

/** Stores see a C string, as in the kernel. */
function cString(text: string): string {
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}
