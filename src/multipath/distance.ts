import type { Tables } from '../shared/tables.js';
import { LOCAL_DISTANCE, REMOTE_DISTANCE } from './names.js';

/** Node distances of a machine that does not tell them (include/linux/topology.h). */
export function fillDistances(t: Tables): void {
  const { nodes } = t.sizes;
  for (let from = 0; from < nodes; from++) {
    for (let to = 0; to < nodes; to++) {
      const distance = from === to ? LOCAL_DISTANCE : REMOTE_DISTANCE;
      Atomics.store(t.distance, from * nodes + to, distance);
    }
  }
}
