import { EngineError } from './errors.js';

/** The free records of one table. The one that was freed longest ago is used next. */
export class Records {
  readonly #what: string;
  readonly #count: number;
  /** Records from this one on were never used. */
  #unused = 0;
  /** In the order in which they were freed. */
  readonly #freed = new Set<number>();

  constructor(what: string, count: number) {
    this.#what = what;
    this.#count = count;
  }

  take(): number {
    if (this.#unused < this.#count) return this.#unused++;
    for (const record of this.#freed) {
      this.#freed.delete(record);
      return record;
    }
    throw new EngineError('ERR_TABLE_FULL', `no room for another ${this.#what}`);
  }

  give(record: number): void {
    this.#freed.add(record);
  }
}
