import { Errno } from '../shared/errno.js';
import type { Part } from './replies.js';

/** A read of a stream that had nothing to give. */
export interface WaitingRead {
  readonly length: number;
  /** Answers it and takes it back from who has it. */
  answer(part: Part): void;
}

/** Interrupts that are remembered; see `interrupt`. */
const REMEMBERED = 256;

/**
 * The reads that wait until there is something to read. Each holds a request entry of its reactor,
 * so they are few. Every one is answered once: when its stream wakes, by FUSE_INTERRUPT, when its
 * file is closed, or when all streams end.
 */
export class WaitingReads {
  readonly #limit: number;
  readonly #reads = new Map<bigint, WaitingRead>();
  readonly #interrupted: bigint[] = [];
  #ended = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * The answer that the read waits for; `enter` gets the read, `leave` takes it back. No bytes, the
   * end of the file, once all streams have ended; EAGAIN if too many wait already.
   */
  wait(
    unique: bigint,
    length: number,
    enter: (read: WaitingRead) => void,
    leave: (read: WaitingRead) => void,
  ): Part | Promise<Part> {
    if (this.#ended) return 0;
    if (this.#interrupted.includes(unique)) return -Errno.EINTR;
    if (this.#reads.size >= this.#limit) return -Errno.EAGAIN;
    return new Promise((resolve) => {
      const read: WaitingRead = {
        length,
        answer: (part) => {
          this.#reads.delete(unique);
          leave(read);
          resolve(part);
        },
      };
      this.#reads.set(unique, read);
      enter(read);
    });
  }

  /**
   * FUSE_INTERRUPT of any request. It may overtake the read that it is for, which then came by
   * another reactor: it is remembered for a while. No request has the number of an earlier one.
   */
  interrupt(unique: bigint): void {
    const read = this.#reads.get(unique);
    if (read !== undefined) {
      read.answer(-Errno.EINTR);
      return;
    }
    if (this.#interrupted.push(unique) > REMEMBERED) this.#interrupted.shift();
  }

  /** Whoever waits, now or later, reads the end of the file. */
  end(): void {
    this.#ended = true;
    for (const read of [...this.#reads.values()]) read.answer(0);
  }
}
