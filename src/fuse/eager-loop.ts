import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';
import { native } from '../native/binding.js';

/** Milliseconds. */
const EAGER = 0.3;

/**
 * Keeps the main thread from sleeping for a moment after each request. Who walks the tree asks
 * again within microseconds of the answer, and to wake a CPU that sleeps takes longer than all
 * the work for a request: three to five times as long on a virtual machine.
 */
export class EagerLoop {
  /** With one CPU it would only keep the others from it. */
  readonly #useful = availableParallelism() > 1;
  #until = 0;
  #running = false;

  /** A request has come. */
  touch(): void {
    if (!this.#useful) return;
    this.#until = performance.now() + EAGER;
    if (this.#running) return;
    this.#running = true;
    setImmediate(this.#turn);
  }

  readonly #turn = (): void => {
    if (performance.now() < this.#until) {
      // Who asks may be waiting for this very CPU.
      native.yield();
      setImmediate(this.#turn);
    } else {
      this.#running = false;
    }
  };
}
