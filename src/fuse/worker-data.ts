import type { ArenaShape } from '../reactor/arena.js';
import type { TableSizes } from '../shared/tables.js';

/** How requests reach the reactors. */
export const TRANSPORTS = ['ring', 'devfuse'] as const;
export type TransportName = (typeof TRANSPORTS)[number];

/** What a reactor's Worker is started with. */
export interface WorkerData {
  readonly tables: SharedArrayBuffer;
  readonly sizes: TableSizes;
  readonly arena: SharedArrayBuffer;
  readonly arenaShape: ArenaShape;
  readonly index: number;
  /** CPU to run on, -1 for any. */
  readonly cpu: number;
  /** NUMA node that the policies take for this reactor's. */
  readonly node: number;
  /** Ring transport: the queues that this reactor serves, `depth` entries each. */
  readonly queues: readonly number[];
  readonly depth: number;
  readonly eventFd: number;
}
