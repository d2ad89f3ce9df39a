import { NONE } from '../../shared/layout.js';
import type { Tables } from '../../shared/tables.js';
import { currentPath, setCurrentPath } from '../current-path.js';
import { AccessState, Iopolicy } from '../names.js';
import { listAt } from '../path-list.js';
import { accessState, isDisabled } from '../path-state.js';
import { searchPath } from './search.js';

/**
 * The first optimized path after the current one, going round; without one, the LAST
 * non-optimized path on that way round. The current path is kept if it is the only
 * optimized one, or the only usable one. lib/multipath.c: mpath_round_robin_path.
 *
 * A current path that has left the list is no place to go on from: like the kernel after
 * v3 this must neither loop for ever nor return it, so the search starts afresh.
 */
export function roundRobinPath(t: Tables, head: number, node: number): number {
  const old = currentPath(t, head, node);
  const at = listAt(t, head);
  const count = Atomics.load(t.head, at);
  const place = old === NONE ? 0 : placeOf(t, at, count, old);
  if (place === 0) return searchPath(t, head, node, Iopolicy.ROUND_ROBIN);
  if (count === 1) return isDisabled(t, old) ? NONE : old;

  let found = NONE;
  let foundState: number = AccessState.NONOPTIMIZED;
  for (let step = 1, i = place; step < count; step++) {
    i = i === count ? 1 : i + 1;
    const path = Atomics.load(t.head, at + i);
    if (isDisabled(t, path)) continue;
    const state = accessState(t, path);
    if (state === AccessState.OPTIMIZED) {
      found = path;
      foundState = state;
      break;
    }
    if (state === AccessState.NONOPTIMIZED) found = path;
  }

  if (foundState !== AccessState.OPTIMIZED && !isDisabled(t, old)) {
    const state = accessState(t, old);
    if (state === AccessState.OPTIMIZED) return old;
    if (state === AccessState.NONOPTIMIZED && found === NONE) return old;
  }
  if (found !== NONE) setCurrentPath(t, head, node, found);
  return found;
}

/** Place of `path` in the list, from 1; 0 where it is not in it. */
function placeOf(t: Tables, at: number, count: number, path: number): number {
  let i = count;
  while (i > 0 && Atomics.load(t.head, at + i) !== path) i--;
  return i;
}
