import { NONE, PathRank } from '../../shared/layout.js';
import type { Tables } from '../../shared/tables.js';
import { currentPath } from '../current-path.js';
import { Iopolicy } from '../names.js';
import { isDisabled, optimizedStates, usableStates } from '../path-state.js';
import { bestRank, rank } from '../rank.js';
import { searchPath } from './search.js';

/**
 * Stays on the node's path as long as that is optimized, and none ranks before it. Another one
 * is only a fallback: every bio looks for something better. lib/multipath.c: mpath_numa_path.
 */
export function numaPath(t: Tables, head: number, node: number): number {
  const path = currentPath(t, head, node);
  if (path !== NONE) {
    const pathRank = rank(t, path);
    const optimized = (pathRank & (PathRank.NO_IO | PathRank.NONOPTIMIZED)) === 0;
    if (optimized && pathRank <= bestRank(t, head)) {
      const states = usableStates(t, head) & optimizedStates(t, head);
      if (!isDisabled(t, path, states)) return path;
    }
  }
  return searchPath(t, head, node, Iopolicy.NUMA);
}
