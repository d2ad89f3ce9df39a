/** Asks for another look soon; `vain` is how many found nothing since somebody began to wait. */
export type Poll = (look: () => void, vain: number) => void;

interface Wait {
  readonly done: () => boolean;
  readonly resolve: () => void;
}

/** Waits that only looking again can end. All of them share one poll. */
export class Waits {
  readonly #poll: Poll;
  #waits: Wait[] = [];
  #polling = false;
  #vain = 0;

  constructor(poll: Poll) {
    this.#poll = poll;
  }

  /** Resolves when `done` says true, which it is asked here already. */
  until(done: () => boolean): Promise<void> {
    if (done()) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waits.push({ done, resolve });
      this.#vain = 0;
      if (!this.#polling) this.#again();
    });
  }

  #again(): void {
    this.#polling = true;
    this.#poll(() => {
      this.#look();
    }, this.#vain++);
  }

  /** `done` may begin a wait of its own. */
  #look(): void {
    const waits = this.#waits;
    this.#waits = [];
    const left = waits.filter(({ done, resolve }) => {
      if (!done()) return true;
      resolve();
      return false;
    });
    this.#waits = [...left, ...this.#waits];
    if (this.#waits.length > 0) this.#again();
    else this.#polling = false;
  }
}
