import { Head, MAX_PATHS_PER_HEAD, PATH_LIST_STRIDE } from '../shared/layout.js';
import type { Tables } from '../shared/tables.js';

/**
 * A head's path list in the tables. There are two, and Head.LIST says which one counts:
 * the writer fills the other and switches with one store. It must let a grace period
 * (rcu.ts) pass before it publishes again, since a reader may still walk the old list.
 */

/** Where the head's current list is in `t.head`: its count, then its path numbers. */
export function listAt(t: Tables, head: number): number {
  const base = head * t.headStride;
  return base + Head.LISTS + Atomics.load(t.head, base + Head.LIST) * PATH_LIST_STRIDE;
}

/** Makes `paths` the head's list. */
export function publishList(t: Tables, head: number, paths: readonly number[]): void {
  if (paths.length > MAX_PATHS_PER_HEAD) throw new RangeError('too many paths for one head');
  const base = head * t.headStride;
  const idle = 1 - Atomics.load(t.head, base + Head.LIST);
  const at = base + Head.LISTS + idle * PATH_LIST_STRIDE;
  Atomics.store(t.head, at, paths.length);
  paths.forEach((path, i) => Atomics.store(t.head, at + 1 + i, path));
  Atomics.store(t.head, base + Head.LIST, idle);
}
