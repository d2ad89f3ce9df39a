import type { Devt } from './devt.js';
import { LowestFree } from '../shared/lowest-free.js';

/** Block devices whose driver has no numbers for them: all of NVMe, and a disk's 16th partition. */
export const BLOCK_EXT_MAJOR = 259;

/** Gives out the device numbers of one major. */
export class DevtNumbers {
  readonly major: number;
  readonly #minors = new LowestFree();

  constructor(major: number) {
    this.major = major;
  }

  take(): Devt {
    return { major: this.major, minor: this.#minors.take() };
  }

  give({ minor }: Devt): void {
    this.#minors.give(minor);
  }
}
