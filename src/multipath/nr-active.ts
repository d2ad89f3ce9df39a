import type { Tables } from '../shared/tables.js';

/*
 * nr_active of a controller, kept by reactor. Plain loads and stores: each count has one writer,
 * and nothing is ordered by it; a sum that is some nanoseconds old chooses as well.
 */

/** Bios in flight on the controller that the queue-depth policy counts, over all reactors. */
export function nrActive(t: Tables, controller: number): number {
  const active = t.active;
  let sum = 0;
  for (let at = controller; at < active.length; at += t.activeStride) sum += active[at]!;
  return sum;
}

/** Counts a bio of this reactor in (1) or out (-1). */
export function countActive(t: Tables, reactor: number, controller: number, step: number): void {
  const at = reactor * t.activeStride + controller;
  t.active[at] = t.active[at]! + step;
}
