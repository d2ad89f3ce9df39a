import { Listeners } from './listeners.js';
import type { Faults } from '../drivers/target-device.js';

/** Faults of an open path that follow a model. */
export class ModelFaults implements Faults {
  readonly #listeners = new Listeners<[]>();
  readonly #stop: () => void;
  #errno: number;

  /** `errno` looks at the model, `model` tells when that may give something else. */
  constructor(errno: () => number, model: Listeners<[]>) {
    this.#errno = errno();
    this.#stop = model.add(() => {
      const now = errno();
      if (now === this.#errno) return;
      this.#errno = now;
      this.#listeners.tell();
    });
  }

  get read(): number {
    return this.#errno;
  }

  get write(): number {
    return this.#errno;
  }

  onChange(changed: () => void): () => void {
    return this.#listeners.add(changed);
  }

  /** It follows no more. */
  close(): void {
    this.#stop();
  }
}
