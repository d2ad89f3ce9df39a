import { Errno } from '../shared/errno.js';
import type { Stream, StreamNode } from './node.js';
import type { Part } from './replies.js';
import type { WaitingRead, WaitingReads } from './waiting-reads.js';
import { PollEvent } from './wire.js';

const READABLE = PollEvent.IN | PollEvent.RDNORM;

/** An open stream file: reads wait for something to read, in the order in which they came. */
export class StreamFile {
  readonly #stream: Stream;
  readonly #waits: WaitingReads;
  readonly #wake: (poller: number) => void;
  readonly #waiting = new Set<WaitingRead>();
  /** The kernel's name for this file, while somebody waits in poll(). */
  #poller: number | undefined;

  /** `wake` ends a poll(). */
  constructor(node: StreamNode, waits: WaitingReads, wake: (poller: number) => void) {
    this.#waits = waits;
    this.#wake = wake;
    this.#stream = node.open(() => this.#woken());
  }

  /** `unique` names the request to FUSE_INTERRUPT. */
  read(unique: bigint, length: number, nonblocking: boolean): Part | Promise<Part> {
    if (length === 0) return 0;
    // While others wait there is nothing, so none is overtaken.
    const part = this.#stream.read(length);
    if (isPart(part)) return part;
    if (nonblocking) return -Errno.EAGAIN;
    return this.#waits.wait(
      unique,
      length,
      (read) => this.#waiting.add(read),
      (read) => this.#waiting.delete(read),
    );
  }

  /** Readable when a read would not wait. `poller` is woken when that may have changed. */
  poll(poller: number | undefined): number {
    if (poller !== undefined) this.#poller = poller;
    return this.#stream.ready ? READABLE : 0;
  }

  close(): void {
    for (const read of [...this.#waiting]) read.answer(-Errno.EINTR);
    this.#stream.close();
  }

  #woken(): void {
    for (const read of [...this.#waiting]) {
      const part = this.#stream.read(read.length);
      if (!isPart(part)) break;
      read.answer(part);
    }
    if (this.#poller === undefined) return;
    this.#wake(this.#poller);
    this.#poller = undefined;
  }
}

/** Something to answer with: bytes or an errno. */
function isPart(part: Part): boolean {
  return typeof part === 'number' || part.length > 0;
}
