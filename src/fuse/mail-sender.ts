import { writeSync } from 'node:fs';
import type { Waits } from '../multipath/waits.js';
import { post } from '../reactor/mailbox.js';
import { Reactor as Word, REACTOR_STRIDE } from '../shared/layout.js';
import type { Tables } from '../shared/tables.js';

const ONE = Buffer.from(new BigUint64Array([1n]).buffer);
/** Words of a message. */
const WORDS = 4;

/**
 * The main thread's way to one reactor. Messages arrive in the order of their posting; those
 * that find the mailbox full wait here. The reactor is woken once for all that is posted in one
 * go: by a microtask, so as soon as the code that posts has come to its end.
 */
export class MailSender {
  readonly #t: Tables;
  readonly #reactor: number;
  readonly #eventFd: number;
  readonly #waits: Waits;
  /** False once the reactor has ended. */
  readonly #alive: () => boolean;
  #held: number[] = [];
  /** How many messages there were, as MAIL_HEAD counts them. */
  #count: number;
  #waking = false;

  constructor(t: Tables, reactor: number, eventFd: number, waits: Waits, alive: () => boolean) {
    this.#t = t;
    this.#reactor = reactor;
    this.#eventFd = eventFd;
    this.#waits = waits;
    this.#alive = alive;
    this.#count = Atomics.load(t.reactor, reactor * REACTOR_STRIDE + Word.MAIL_TAIL);
  }

  post(what: number, a = 0, b = 0, c = 0): void {
    this.#count = (this.#count + 1) | 0;
    if (this.#held.length > 0 || !post(this.#t, this.#reactor, what, a, b, c)) {
      this.#held.push(what, a, b, c);
      if (this.#held.length === WORDS) void this.#waits.until(() => this.#sendHeld());
    }
    this.wake();
  }

  /** Has the reactor look at its mail, and at what else may have changed. */
  wake(): void {
    if (this.#waking) return;
    this.#waking = true;
    queueMicrotask(() => {
      this.#waking = false;
      writeSync(this.#eventFd, ONE);
    });
  }

  /** Resolves when the reactor has acted on all that was posted until now, or has ended. */
  acted(): Promise<void> {
    const count = this.#count;
    return this.#waits.until(() => {
      const head = Atomics.load(this.#t.reactor, this.#reactor * REACTOR_STRIDE + Word.MAIL_HEAD);
      return ((head - count) | 0) >= 0 || !this.#alive();
    });
  }

  /** As many as there is room for now; true if none is left. */
  #sendHeld(): boolean {
    const held = this.#held;
    let at = 0;
    while (
      at < held.length &&
      post(this.#t, this.#reactor, held[at]!, held[at + 1]!, held[at + 2]!, held[at + 3]!)
    ) {
      at += WORDS;
    }
    if (at > 0) {
      this.#held = held.slice(at);
      this.wake();
    }
    return this.#held.length === 0 || !this.#alive();
  }
}
