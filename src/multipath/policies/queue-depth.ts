import { NONE, Path, PATH_STRIDE } from '../../shared/layout.js';
import type { Tables } from '../../shared/tables.js';
import { AccessState } from '../names.js';
import { nrActive } from '../nr-active.js';
import { listAt } from '../path-list.js';
import { accessState, isDisabled } from '../path-state.js';

/**
 * The optimized path whose controller has the fewest bios in flight, else the non-optimized
 * one; of equals the first in the list. Does not touch current_path.
 * lib/multipath.c: mpath_queue_depth_path.
 */
export function queueDepthPath(t: Tables, head: number): number {
  const at = listAt(t, head);
  const count = Atomics.load(t.head, at);
  let optimized = NONE;
  let optimizedDepth = 0;
  let fallback = NONE;
  let fallbackDepth = 0;
  for (let i = 1; i <= count; i++) {
    const path = Atomics.load(t.head, at + i);
    if (isDisabled(t, path)) continue;
    const state = accessState(t, path);
    const depth = depthOf(t, path);
    if (state === AccessState.OPTIMIZED) {
      if (optimized === NONE || depth < optimizedDepth) {
        if (depth === 0) return path;
        optimizedDepth = depth;
        optimized = path;
      }
    } else if (state === AccessState.NONOPTIMIZED) {
      if (fallback === NONE || depth < fallbackDepth) {
        fallbackDepth = depth;
        fallback = path;
      }
    }
  }
  return optimized === NONE ? fallback : optimized;
}

/** Of the whole controller, not of the path alone: that is where the queues are. */
function depthOf(t: Tables, path: number): number {
  const controller = Atomics.load(t.path, path * PATH_STRIDE + Path.CONTROLLER);
  return nrActive(t, controller);
}
