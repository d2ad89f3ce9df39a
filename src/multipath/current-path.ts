import { Head, NONE } from '../shared/layout.js';
import type { Tables } from '../shared/tables.js';

/** The path that the head last used from `node`, or NONE. */
export function currentPath(t: Tables, head: number, node: number): number {
  return Atomics.load(t.head, head * t.headStride + Head.CURRENT_PATH + node);
}

export function setCurrentPath(t: Tables, head: number, node: number, path: number): void {
  Atomics.store(t.head, head * t.headStride + Head.CURRENT_PATH + node, path);
}

/** lib/multipath.c: mpath_clear_current_path. Forgets `path` on every node that has it. */
export function clearCurrentPath(t: Tables, head: number, path: number): void {
  const at = head * t.headStride + Head.CURRENT_PATH;
  for (let node = 0; node < t.sizes.nodes; node++) {
    // Not a load and a store: another path that was chosen in between is to stay.
    Atomics.compareExchange(t.head, at + node, path, NONE);
  }
}

/** lib/multipath.c: mpath_clear_paths. Every node looks for a path afresh. */
export function clearCurrentPaths(t: Tables, head: number): void {
  for (let node = 0; node < t.sizes.nodes; node++) setCurrentPath(t, head, node, NONE);
}
