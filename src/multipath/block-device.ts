import type { Tables } from '../shared/tables.js';
import type { Head } from './head.js';
import type { IoStat } from './stat.js';
import { bdevStat, clearStat } from './stat.js';

/**
 * Generations go round after so many: with a bdev number they make an inode number, which is
 * exact in a double below 2^53.
 */
const GENERATIONS = 1 << 20;

/**
 * `struct block_device`: a head's whole disk, or a partition of it. Its words are in the tables
 * (start, size, head, generation), where the reactors read them; its number is what an open file
 * names. The whole disk's number is the head's.
 *
 * Its number is used again only when no reactor can touch it any more. `close` moves the
 * generation, so that a request that is looked at later is refused. After a grace period no
 * batch is left that compared before the move, hence the I/Os that count as in flight are all
 * that there will ever be. When they have ended, and the batch that ended the last of them has
 * too (a second grace period), nobody reads or writes a word of it. See Engine.
 */
export class BlockDevice {
  readonly number: number;
  /** How often the number was used before: a file of an earlier user gets EIO. */
  readonly generation: number;
  readonly head: Head;
  /** Open files, kept by who serves them. */
  openers = 0;
  readonly #tables: Tables;
  readonly #start: number;
  #closed = false;

  /** Fills record `number`. */
  constructor(tables: Tables, number: number, head: Head, start: number, size: number) {
    this.number = number;
    this.generation = Atomics.load(tables.generation, number);
    this.head = head;
    this.#tables = tables;
    this.#start = start;
    clearStat(tables, tables.bdevStat, tables.bdevs, number);
    Atomics.store(tables.bdevHead, number, head.number);
    tables.start[number] = start;
    tables.capacity[number] = size;
  }

  /** Bytes from the start of the disk, 0 for the whole disk. */
  get start(): number {
    return this.#start;
  }

  /** Bytes; 0 once it was removed. */
  get size(): number {
    return this.#closed ? 0 : (this.#tables.capacity[this.number] ?? 0);
  }

  get stat(): IoStat {
    return bdevStat(this.#tables, this.number);
  }

  /** Engine, head: another size. */
  resize(bytes: number): void {
    if (!this.#closed) this.#tables.capacity[this.number] = bytes;
  }

  /**
   * Engine: from now on its files get EIO. The size stays in the table: a batch that compared
   * generations before must not take it for the end of the disk.
   */
  close(): void {
    this.#closed = true;
    const next = (this.generation + 1) % GENERATIONS;
    Atomics.store(this.#tables.generation, this.number, next);
  }

  /** I/Os under way, over all reactors. */
  inflight(): number {
    const { readsInFlight, writesInFlight } = this.stat;
    return readsInFlight + writesInFlight;
  }
}
