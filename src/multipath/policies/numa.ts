import { NONE } from '../../shared/layout.js';
import type { Tables } from '../../shared/tables.js';
import { currentPath } from '../current-path.js';
import { Iopolicy } from '../names.js';
import { isDisabled, isOptimized } from '../path-state.js';
import { searchPath } from './search.js';

/**
 * Stays on the node's path as long as that is optimized. A non-optimized path is only a
 * fallback: every bio looks for something better. lib/multipath.c: mpath_numa_path.
 */
export function numaPath(t: Tables, head: number, node: number): number {
  const path = currentPath(t, head, node);
  if (path === NONE || !isOptimized(t, path) || isDisabled(t, path)) {
    return searchPath(t, head, node, Iopolicy.NUMA);
  }
  return path;
}
