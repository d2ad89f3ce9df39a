import type { PathChecker } from '../../src/multipath/control.js';
import { Errno } from '../../src/shared/errno.js';
import type { Random } from './random.js';

export const BLOCKS = 12;
export const BLOCK_SIZE = 512;

/** What all paths of a head lead to, and what may be on it. */
export class SimDisk {
  readonly content = new Int32Array(BLOCKS);
  /** Reference: the values that each block may have after the writes that have ended. */
  readonly possible = Array.from({ length: BLOCKS }, () => new Set([0]));
  /** Blocks with an I/O under way: one at a time, so that the reference is exact. */
  readonly busy = new Set<number>();
}

/** One way to a disk: up or down, and sometimes slow to answer its checker. */
export class SimDevice implements PathChecker {
  readonly disk: SimDisk;
  readonly #random: Random;
  up = true;
  closed = 0;
  /** Checks that wait for the simulation to answer them. */
  readonly answers: (() => void)[] = [];
  checking = false;
  checkedTwice = false;

  constructor(disk: SimDisk, random: Random) {
    this.disk = disk;
    this.#random = random;
  }

  async check(): Promise<number> {
    this.checkedTwice ||= this.checking;
    this.checking = true;
    if (this.#random.chance(0.3)) await new Promise<void>((resolve) => this.answers.push(resolve));
    this.checking = false;
    return this.up ? 0 : Errno.EIO;
  }

  /** A path error; a write that got one may have reached the disk all the same. */
  fail(): number {
    return this.#random.pick([Errno.EIO, Errno.ENODEV, Errno.ETIMEDOUT, Errno.ENOLINK])!;
  }
}
