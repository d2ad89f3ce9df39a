import { Head } from '../../shared/layout.js';
import type { Tables } from '../../shared/tables.js';
import { Iopolicy } from '../names.js';
import { numaPath } from './numa.js';
import { queueDepthPath } from './queue-depth.js';
import { roundRobinPath } from './round-robin.js';

/** The head's policy, an Iopolicy. lib/multipath.c: mpath_read_iopolicy. */
export function iopolicyOf(t: Tables, head: number): number {
  return Atomics.load(t.head, head * t.headStride + Head.IOPOLICY);
}

/**
 * The path for the next bio to `head` from a CPU of `node`, NONE if no path is usable.
 * lib/multipath.c: mpath_find_path.
 */
export function findPath(t: Tables, head: number, node: number): number {
  switch (iopolicyOf(t, head)) {
    case Iopolicy.QUEUE_DEPTH:
      return queueDepthPath(t, head);
    case Iopolicy.ROUND_ROBIN:
      return roundRobinPath(t, head, node);
    default:
      return numaPath(t, head, node);
  }
}
