import { native, type NativeRing } from '../native/binding.js';
import { SqeFlag, type SubmissionQueue } from './submission-queue.js';

/**
 * The kernel's threads that do what a reactor's ring can't do at once: I/O on files in memory,
 * flushes, discards. They inherit the reactor's CPU, and a thread that copies there is in the
 * loop's way while another CPU is idle. So one is started before the reactor is pinned; it may
 * run anywhere, and as long as all paths are in memory, where nothing blocks, it stays the only
 * one. Devices that can block get as many as the kernel likes: one that hangs must not hold up
 * the others, and those that wait are in nobody's way.
 */
export class RingWorkers {
  readonly #ring: NativeRing;
  /** The kernel's own limit; 0 once it is in force. */
  #usual: number;

  /** On the reactor's thread, with nothing submitted yet. Pins it unless `cpu` is negative. */
  constructor(queue: SubmissionQueue, cpu: number) {
    this.#ring = queue.ring;
    queue.nop(SqeFlag.ASYNC, 0);
    queue.enter(1, 0);
    this.#usual = this.#ring.limitWorkers(1);
    if (cpu >= 0) native.setAffinity(cpu);
  }

  /** A path is not in memory: its operations may block. */
  allowBlocking(): void {
    if (this.#usual === 0) return;
    this.#ring.limitWorkers(this.#usual);
    this.#usual = 0;
  }
}
