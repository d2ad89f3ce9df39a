import { EngineError } from './errors.js';

/** The free records of one table. The one that was freed longest ago is used next. */
export class Records {
  readonly #what: string;
  readonly #free: number[];

  constructor(what: string, count: number) {
    this.#what = what;
    this.#free = Array.from({ length: count }, (_, i) => i);
  }

  take(): number {
    const record = this.#free.shift();
    if (record === undefined) {
      throw new EngineError('ERR_TABLE_FULL', `no room for another ${this.#what}`);
    }
    return record;
  }

  give(record: number): void {
    this.#free.push(record);
  }
}
