import { NONE, Path, PATH_STRIDE } from '../../shared/layout.js';
import type { Tables } from '../../shared/tables.js';
import { setCurrentPath } from '../current-path.js';
import { AccessState, Iopolicy, LOCAL_DISTANCE } from '../names.js';
import { listAt } from '../path-list.js';
import { accessState, isDisabled } from '../path-state.js';

const INT_MAX = 0x7fffffff;

/**
 * Walks the whole list: the nearest optimized path, else the nearest non-optimized one; of
 * two equally near the first in the list. What it finds becomes current_path[node].
 * lib/multipath.c: __mpath_find_path.
 */
export function searchPath(t: Tables, head: number, node: number, iopolicy: number): number {
  const at = listAt(t, head);
  const count = Atomics.load(t.head, at);
  let found = NONE;
  let foundDistance = INT_MAX;
  let fallback = NONE;
  let fallbackDistance = INT_MAX;
  for (let i = 1; i <= count; i++) {
    const path = Atomics.load(t.head, at + i);
    if (isDisabled(t, path)) continue;
    const state = accessState(t, path);
    const distance = iopolicy === Iopolicy.NUMA ? distanceTo(t, node, path) : LOCAL_DISTANCE;
    if (state === AccessState.OPTIMIZED) {
      if (distance < foundDistance) {
        foundDistance = distance;
        found = path;
      }
    } else if (state === AccessState.NONOPTIMIZED && distance < fallbackDistance) {
      fallbackDistance = distance;
      fallback = path;
    }
  }
  if (found === NONE) found = fallback;
  if (found !== NONE) setCurrentPath(t, head, node, found);
  return found;
}

/** A device without a node is near to all of them. */
function distanceTo(t: Tables, node: number, path: number): number {
  const other = Atomics.load(t.path, path * PATH_STRIDE + Path.NODE);
  return other === NONE ? LOCAL_DISTANCE : Atomics.load(t.distance, node * t.sizes.nodes + other);
}
