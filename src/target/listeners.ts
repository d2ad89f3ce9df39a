/** Who wants to be told of something. */
export class Listeners<A extends readonly unknown[]> {
  readonly #listeners = new Set<(...args: A) => void>();

  /** Until the returned function is called. */
  add(listener: (...args: A) => void): () => void {
    // The same function may be added twice; each addition is one of its own.
    const own = (...args: A): void => {
      listener(...args);
    };
    this.#listeners.add(own);
    return () => {
      this.#listeners.delete(own);
    };
  }

  tell(...args: A): void {
    for (const listener of [...this.#listeners]) listener(...args);
  }
}
