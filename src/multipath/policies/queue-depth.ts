import { NONE, Path, PATH_STRIDE, PathRank } from '../../shared/layout.js';
import type { Tables } from '../../shared/tables.js';
import { nrActive } from '../nr-active.js';
import { listAt } from '../path-list.js';
import { isDisabled, usableStates } from '../path-state.js';
import { bestRank, rank } from '../rank.js';

/**
 * Of the paths of the lowest rank the one whose controller has the fewest bios in flight; of
 * equals the first in the list. Does not touch current_path.
 * lib/multipath.c: mpath_queue_depth_path.
 */
export function queueDepthPath(t: Tables, head: number): number {
  const usable = usableStates(t, head);
  const best = bestRank(t, head);
  const at = listAt(t, head);
  const count = Atomics.load(t.head, at);
  let found = NONE;
  let foundRank: number = PathRank.NO_IO;
  let foundDepth = 0;
  for (let i = 1; i <= count; i++) {
    const path = Atomics.load(t.head, at + i);
    const pathRank = rank(t, path);
    if (pathRank > foundRank || pathRank === PathRank.NO_IO) continue;
    if (isDisabled(t, path, usable)) continue;
    const depth = depthOf(t, path);
    if (pathRank === foundRank && depth >= foundDepth) continue;
    if (depth === 0 && pathRank <= best) return path;
    found = path;
    foundRank = pathRank;
    foundDepth = depth;
  }
  return found;
}

/** Of the whole controller, not of the path alone: that is where the queues are. */
function depthOf(t: Tables, path: number): number {
  const controller = Atomics.load(t.path, path * PATH_STRIDE + Path.CONTROLLER);
  return nrActive(t, controller);
}
