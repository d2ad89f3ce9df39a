import type { ReactorMessage } from './frontend.js';

/**
 * What a reactor has for the main thread by the dozen. It goes out at the end of a turn of the
 * loop, one message for all of a kind: a message costs both threads more than what is in it.
 */
export class Outbox {
  readonly #post: (message: ReactorMessage) => void;
  #entries: number[] = [];
  #answers: number[] = [];

  constructor(post: (message: ReactorMessage) => void) {
    this.#post = post;
  }

  request(entry: number): void {
    this.#entries.push(entry);
  }

  checked(path: number, errno: number): void {
    this.#answers.push(path, errno);
  }

  /** True if there were requests: their answers are near. */
  flush(): boolean {
    if (this.#answers.length > 0) {
      this.#post({ kind: 'checked', answers: this.#answers });
      this.#answers = [];
    }
    if (this.#entries.length === 0) return false;
    this.#post({ kind: 'requests', entries: this.#entries });
    this.#entries = [];
    return true;
  }
}
