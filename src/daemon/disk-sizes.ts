import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { disksOf, type Topology } from '../topology/topology.js';

/**
 * Puts the size of disk files right again. With write-back caching the kernel itself moves a
 * file's size when somebody writes behind its end, and believes no other size that we tell; only
 * a truncation moves it back. So we truncate our own file, to the size of the disk. That asks
 * this process, which is why nothing here blocks.
 */
export class DiskSizes {
  readonly #directory: string;
  readonly #topology: Topology;
  readonly #log: Logger;
  /** Heads being put right. */
  readonly #busy = new Set<number>();

  constructor(mountpoint: string, topology: Topology, log: Logger) {
    this.#directory = join(mountpoint, 'dev');
    this.#topology = topology;
    this.#log = log;
  }

  async restore(head: number): Promise<void> {
    const disk = disksOf(this.#topology).find((other) => other.head.number === head);
    if (disk === undefined || this.#busy.has(head)) return;
    this.#busy.add(head);
    try {
      await truncate(join(this.#directory, disk.name), disk.head.capacity);
    } catch (err) {
      this.#log.warn({ err, disk: disk.name }, 'the size that the kernel shows may be wrong');
    } finally {
      this.#busy.delete(head);
    }
  }
}
