/** Gives out numbers as the kernel's IDA does: always the lowest that is free. */
export class LowestFree {
  readonly #first: number;
  readonly #used = new Set<number>();
  /** No number below it is free. */
  #hint: number;

  constructor(first = 0) {
    this.#first = first;
    this.#hint = first;
  }

  take(): number {
    while (this.#used.has(this.#hint)) this.#hint++;
    this.#used.add(this.#hint);
    return this.#hint;
  }

  /** Takes this very number; false if it is not free. */
  reserve(number: number): boolean {
    if (this.#used.has(number)) return false;
    this.#used.add(number);
    return true;
  }

  give(number: number): void {
    if (!this.#used.delete(number)) return;
    if (number >= this.#first && number < this.#hint) this.#hint = number;
  }
}
