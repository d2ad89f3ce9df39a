import type { DiskConfig } from '../config/types.js';
import { Tables } from '../shared/tables.js';
import type { Machine } from './machine.js';

/** Beyond what is there at first: what may be added while the daemon runs. It costs some 100 KiB. */
const ROOM = { heads: 256, paths: 1024 };
/** For each head, on average. */
const PARTITIONS = 4;

/** Tables with room for these disks and more, and the machine's distances. */
export function makeTables(
  disks: readonly DiskConfig[],
  machine: Machine,
  reactors: number,
): Tables {
  const heads = disks.length + ROOM.heads;
  const paths = disks.reduce((sum, disk) => sum + disk.paths.length, ROOM.paths);
  const tables = new Tables({
    heads,
    partitions: heads * PARTITIONS,
    paths,
    controllers: paths,
    nodes: machine.nodes,
    reactors,
  });
  for (let a = 0; a < machine.nodes; a++) {
    for (let b = 0; b < machine.nodes; b++) {
      tables.distance[a * machine.nodes + b] = machine.distance(a, b);
    }
  }
  return tables;
}
