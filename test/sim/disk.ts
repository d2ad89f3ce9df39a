import { Diagnosis, type PathDriver } from '../../src/multipath/driver.js';
import { AccessState } from '../../src/multipath/names.js';
import type { Path } from '../../src/multipath/path.js';
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

/**
 * One way to a disk: up or down, in an access state of its own that the core learns of by and
 * by, and sometimes slow to answer its driver.
 */
export class SimDevice implements PathDriver {
  readonly disk: SimDisk;
  readonly #random: Random;
  up = true;
  /** An AccessState: what the array says. */
  access: number = AccessState.OPTIMIZED;
  /** It blames the access state for whatever happens, and reports a state that carries I/O. */
  liar = false;
  closed = 0;
  /** Checks and diagnoses that wait for the simulation to answer them. */
  readonly answers: (() => void)[] = [];
  checking = false;
  diagnosing = false;
  /** It was asked the same thing twice at a time. */
  askedTwice = false;
  diagnoses = 0;
  accessDiagnoses = 0;

  constructor(disk: SimDisk, random: Random) {
    this.disk = disk;
    this.#random = random;
  }

  /** Whether I/O that comes to it now is done. */
  get serves(): boolean {
    return this.up && !this.liar && carriesIo(this.access);
  }

  async check(path: Path): Promise<number> {
    this.askedTwice ||= this.checking;
    this.checking = true;
    await this.#sometimesLate(0.3);
    this.checking = false;
    if (!this.up) return Errno.EIO;
    this.#learn(path);
    return 0;
  }

  async diagnose(path: Path): Promise<number> {
    this.askedTwice ||= this.diagnosing;
    this.diagnosing = true;
    this.diagnoses++;
    await this.#sometimesLate(0.15);
    this.diagnosing = false;
    if (this.#random.chance(0.05)) throw new Error('the driver is at its end');
    if (!this.up) return Diagnosis.DEVICE;
    this.#learn(path);
    if (carriesIo(this.access) && !this.liar) return Diagnosis.DEVICE;
    this.accessDiagnoses++;
    return Diagnosis.ACCESS;
  }

  #learn(path: Path): void {
    path.anaPending = false;
    path.accessState = this.access;
  }

  async #sometimesLate(chance: number): Promise<void> {
    if (this.#random.chance(chance)) await new Promise<void>((done) => this.answers.push(done));
  }

  /** A path error; a write that got one may have reached the disk all the same. */
  fail(): number {
    return this.#random.pick([Errno.EIO, Errno.ENODEV, Errno.ETIMEDOUT, Errno.ENOLINK])!;
  }
}

function carriesIo(state: number): boolean {
  return state === AccessState.OPTIMIZED || state === AccessState.NONOPTIMIZED;
}
