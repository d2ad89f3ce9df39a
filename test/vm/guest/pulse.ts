/** Whether the daemon answers and I/O goes on, all the time. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { delay } from '../../support/child.js';
import type { HeadView } from './heads.js';

const EVERY_MS = 100;

/** What was seen, milliseconds. */
export interface Seen {
  /** The longest that the daemon took to answer. */
  readonly answerMs: number;
  /** The longest that no I/O of the disk ended. */
  readonly stallMs: number;
}

/** Reads the disk's statistics again and again; an answer that never comes stops nobody. */
export class Pulse {
  readonly #file: string;
  #stopped = false;
  #asked: number | undefined;
  #moved = Date.now();
  #stat = '';
  #answerMs = 0;
  #stallMs = 0;

  constructor(head: HeadView) {
    this.#file = join(head.directory, 'stat');
    void this.#watch();
  }

  get seen(): Seen {
    const now = Date.now();
    return {
      answerMs: Math.max(this.#answerMs, now - (this.#asked ?? now)),
      stallMs: Math.max(this.#stallMs, now - this.#moved),
    };
  }

  /** What was seen since it was made, or since the last time. */
  restart(): Seen {
    const { seen } = this;
    this.#moved = Date.now();
    this.#answerMs = 0;
    this.#stallMs = 0;
    return seen;
  }

  stop(): void {
    this.#stopped = true;
  }

  async #watch(): Promise<void> {
    while (!this.#stopped) {
      this.#asked = Date.now();
      const stat = done(await readFile(this.#file, 'utf8'));
      const now = Date.now();
      this.#answerMs = Math.max(this.#answerMs, now - this.#asked);
      this.#asked = undefined;
      if (stat !== this.#stat) {
        this.#stallMs = Math.max(this.#stallMs, now - this.#moved);
        this.#moved = now;
        this.#stat = stat;
      }
      await delay(EVERY_MS);
    }
  }
}

/** Reads and writes that have ended: the other fields move while everything hangs. */
function done(stat: string): string {
  const fields = stat.trim().split(/\s+/);
  return `${fields[0]} ${fields[4]}`;
}
