import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { posix } from 'node:path';

/** One node of a tree: what a capture says of it, and what ours is in the same words. */
export interface Described {
  /** F, D, L, B, C. */
  readonly type: string;
  /** `0644`; of links none. */
  readonly mode: string;
  /** Value, link target (absolute) or device number. */
  readonly value: string;
}

export type Tree = ReadonlyMap<string, Described>;

const FIXTURES = fileURLToPath(new URL('../../../../test/fixtures/golden/', import.meta.url));

export function fixture(name: string): string {
  return readFileSync(`${FIXTURES}${name}`, 'utf8');
}

/** Reads `NAME.tree.txt`; what it left out is left out. */
export function readCapture(name: string): Tree {
  const tree = new Map<string, Described>();
  for (const text of fixture(`${name}.tree.txt`).trimEnd().split('\n')) {
    if (/entries, elided\)$|!ENOENT$/.test(text)) continue;
    const match = /^(\S+) ([FDLBC]) ?(\d{4})? ?(?:-> )?(.*)$/.exec(text);
    if (match === null) throw new Error(`${name}: ${text}`);
    const [, path = '', type = '', mode = '', value = ''] = match;
    const place = path.replace(/\/$/, '');
    tree.set(virtual(place), { type, mode, value: valueOf(type, place, value) });
  }
  return tree;
}

function valueOf(type: string, path: string, text: string): string {
  if (type === 'L') return virtual(posix.join(posix.dirname(path), text));
  if (type === 'F' && !text.startsWith('!')) return JSON.parse(text) as string;
  return text;
}

/** Controllers are not on a PCI bus here: they are where the fabrics' are. */
function virtual(path: string): string {
  return path.replace(
    /^\/sys\/devices\/pci.*\/nvme(?=\/nvme\d)/,
    '/sys/devices/virtual/nvme-fabrics/ctl',
  );
}
