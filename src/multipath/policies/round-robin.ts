import { NONE, PathRank } from '../../shared/layout.js';
import type { Tables } from '../../shared/tables.js';
import { currentPath, setCurrentPath } from '../current-path.js';
import { Iopolicy } from '../names.js';
import { listAt } from '../path-list.js';
import { isDisabled, usableStates } from '../path-state.js';
import { bestRank, rank } from '../rank.js';
import { searchPath } from './search.js';

/**
 * Of the paths of the lowest rank: the first after the current one, going round, if they are
 * optimized, and the LAST on that way round if they are not. The current path is kept if it
 * alone has that rank. lib/multipath.c: mpath_round_robin_path.
 *
 * A current path that has left the list is no place to go on from: like the kernel after
 * v3 this must neither loop for ever nor return it, so the search starts afresh.
 */
export function roundRobinPath(t: Tables, head: number, node: number): number {
  const usable = usableStates(t, head);
  const old = currentPath(t, head, node);
  const at = listAt(t, head);
  const count = Atomics.load(t.head, at);
  const place = old === NONE ? 0 : placeOf(t, at, count, old);
  if (place === 0) return searchPath(t, head, node, Iopolicy.ROUND_ROBIN);
  if (count === 1) return isDisabled(t, old, usable) ? NONE : old;

  const best = bestRank(t, head);
  let found = NONE;
  let foundRank: number = PathRank.NO_IO;
  for (let step = 1, i = place; step < count; step++) {
    i = i === count ? 1 : i + 1;
    const path = Atomics.load(t.head, at + i);
    const pathRank = rank(t, path);
    if (pathRank > foundRank || pathRank === PathRank.NO_IO) continue;
    const optimized = (pathRank & PathRank.NONOPTIMIZED) === 0;
    if (pathRank === foundRank && optimized) continue;
    if (isDisabled(t, path, usable)) continue;
    found = path;
    foundRank = pathRank;
    if (optimized && pathRank <= best) break;
  }

  // foundRank is still NO_IO where there is none.
  if (foundRank > best && rank(t, old) < foundRank && !isDisabled(t, old, usable)) return old;
  if (found !== NONE) setCurrentPath(t, head, node, found);
  return found;
}

/** Place of `path` in the list, from 1; 0 where it is not in it. */
function placeOf(t: Tables, at: number, count: number, path: number): number {
  let i = count;
  while (i > 0 && Atomics.load(t.head, at + i) !== path) i--;
  return i;
}
