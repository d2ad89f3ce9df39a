import { BioOp, type BioEnd, type BioTable } from '../multipath/bio.js';
import type { Submitter } from '../multipath/submitter.js';
import { Errno } from '../shared/errno.js';
import { STAT_STRIDE } from '../shared/layout.js';
import type { Tables } from '../shared/tables.js';
import { accountEnd, accountStart } from './accounting.js';
import { PAGE, type Arena } from './arena.js';
import type { ReactorMessage } from './frontend.js';
import type { SubmissionQueue } from './submission-queue.js';

/** What the main thread writes into a page read's slot, in words from the slot's start. */
export const PageRead = {
  /** Number of a whole disk, and its generation. */
  BDEV: 0,
  GENERATION: 1,
  /** First byte, a multiple of PAGE; two words, low one first. */
  OFFSET: 2,
} as const;

export interface PageReadsParts {
  readonly tables: Tables;
  readonly index: number;
  readonly bios: BioTable;
  readonly arena: Arena;
  readonly queue: SubmissionQueue;
  readonly post: (message: ReactorMessage) => void;
}

const TWO_32 = 4294967296;

/** Pages of heads that the main thread reads. They are bios, and counted, like anybody's I/O. */
export class PageReads implements BioEnd {
  readonly #p: PageReadsParts;
  readonly #startUs: Float64Array;

  constructor(parts: PageReadsParts) {
    this.#p = parts;
    this.#startUs = new Float64Array(parts.bios.count);
  }

  /** Starts the read that is described in the bio's slot. A page that ends with the disk is short. */
  read(bio: number, submitter: Submitter): void {
    const { tables, bios, arena, queue } = this.#p;
    const { words } = arena;
    const slot = arena.slot(bio);
    const at = slot >> 2;
    const bdev = words[at + PageRead.BDEV]!;
    if (Atomics.load(tables.generation, bdev) !== words[at + PageRead.GENERATION]) {
      this.#done(bio, Errno.EIO, 0);
      return;
    }
    const low = words[at + PageRead.OFFSET]! >>> 0;
    const offset = low + (words[at + PageRead.OFFSET + 1]! >>> 0) * TWO_32;
    const left = tables.capacity[bdev]! - offset;
    if (left <= 0) {
      this.#done(bio, 0, 0);
      return;
    }
    bios.op[bio] = BioOp.READ;
    bios.head[bio] = bdev;
    bios.offset[bio] = offset;
    bios.length[bio] = Math.min(left, PAGE);
    bios.data[bio] = slot + PAGE;
    accountStart(tables.bdevStat, this.#stat(bio), BioOp.READ, queue.clock, this.#startUs, bio);
    submitter.submit(bio);
  }

  end(bio: number, error: number): void {
    const { tables, bios, queue } = this.#p;
    const length = bios.length[bio]!;
    accountEnd(
      tables.bdevStat,
      this.#stat(bio),
      BioOp.READ,
      queue.clock,
      this.#startUs,
      bio,
      error === 0 ? length / 512 : 0,
    );
    this.#done(bio, error, error === 0 ? length : 0);
  }

  #done(bio: number, errno: number, length: number): void {
    this.#p.post({ kind: 'page', bio, errno, length });
  }

  #stat(bio: number): number {
    const { tables, bios, index } = this.#p;
    return (index * tables.bdevs + bios.head[bio]!) * STAT_STRIDE;
  }
}
