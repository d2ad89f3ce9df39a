/** Runs asynchronous work one piece after the other, in the order of the calls. */
export class Mutex {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    // The caller has the error; the next piece of work runs all the same.
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** Resolves when all work that was asked for before this call is done. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
