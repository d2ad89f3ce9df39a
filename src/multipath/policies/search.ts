import { NONE, Path, PATH_STRIDE, PathRank } from '../../shared/layout.js';
import type { Tables } from '../../shared/tables.js';
import { setCurrentPath } from '../current-path.js';
import { Iopolicy, LOCAL_DISTANCE } from '../names.js';
import { listAt } from '../path-list.js';
import { isDisabled, usableStates } from '../path-state.js';
import { rank } from '../rank.js';

/**
 * Walks the whole list: of the usable paths of the lowest rank the nearest one, of those equally
 * near the first in the list. What it finds becomes current_path[node].
 * lib/multipath.c: __mpath_find_path.
 */
export function searchPath(t: Tables, head: number, node: number, iopolicy: number): number {
  const usable = usableStates(t, head);
  const at = listAt(t, head);
  const count = Atomics.load(t.head, at);
  let found = NONE;
  let foundRank: number = PathRank.NO_IO;
  let foundDistance = 0;
  for (let i = 1; i <= count; i++) {
    const path = Atomics.load(t.head, at + i);
    const pathRank = rank(t, path);
    if (pathRank > foundRank || pathRank === PathRank.NO_IO) continue;
    if (isDisabled(t, path, usable)) continue;
    const distance = iopolicy === Iopolicy.NUMA ? distanceTo(t, node, path) : LOCAL_DISTANCE;
    if (pathRank < foundRank || distance < foundDistance) {
      foundRank = pathRank;
      foundDistance = distance;
      found = path;
    }
  }
  if (found !== NONE) setCurrentPath(t, head, node, found);
  return found;
}

/** A device without a node is near to all of them. */
function distanceTo(t: Tables, node: number, path: number): number {
  const other = Atomics.load(t.path, path * PATH_STRIDE + Path.NODE);
  return other === NONE ? LOCAL_DISTANCE : Atomics.load(t.distance, node * t.sizes.nodes + other);
}
