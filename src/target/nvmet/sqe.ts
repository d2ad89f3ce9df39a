const LENGTH = 64;

/** A submission queue entry, taken apart. What it lacks at the end is 0. */
export class Sqe {
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    const whole = new Uint8Array(LENGTH);
    whole.set(bytes.subarray(0, LENGTH));
    this.#view = new DataView(whole.buffer);
  }

  get opcode(): number {
    return this.#view.getUint8(0);
  }

  get nsid(): number {
    return this.#view.getUint32(4, true);
  }

  /** Command dword `number`, 10 to 15. */
  cdw(number: number): number {
    return this.#view.getUint32(number * 4, true);
  }

  /** Command dwords `number` (low) and the next. */
  qword(number: number): bigint {
    return this.#view.getBigUint64(number * 4, true);
  }
}
