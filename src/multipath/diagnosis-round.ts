import type { Clock, Timer } from './clock.js';
import { Diagnosis } from './driver.js';
import type { Path } from './path.js';

/** A driver that has not answered by then has a device that does not answer. */
const LIMIT_MS = 1000;

/** What the drivers said: each path that was asked and is still there is in one of them. */
export interface Verdict {
  readonly device: readonly Path[];
  readonly access: readonly Path[];
}

/**
 * Asks the drivers of the paths of one controller whose I/O failed, each path once, for as long
 * as the controller is RESETTING. It ends once: when all have answered, with the first path whose
 * device is to blame, or after a second; answers that come later are ignored.
 */
export class DiagnosisRound {
  readonly #ended: (verdict: Verdict) => void;
  readonly #timer: Timer;
  readonly #waiting = new Set<Path>();
  readonly #device = new Set<Path>();
  readonly #access = new Set<Path>();
  #over = false;

  /** `ended` is never called from in here, nor from `ask`. */
  constructor(clock: Clock, ended: (verdict: Verdict) => void) {
    this.#ended = ended;
    this.#timer = clock.after(LIMIT_MS, () => {
      for (const path of this.#waiting) if (!path.removed) this.#device.add(path);
      this.#end();
    });
  }

  ask(path: Path, errno: number): void {
    if (this.#waiting.has(path) || this.#access.has(path)) return;
    this.#waiting.add(path);
    void path.diagnose(errno).then((diagnosis) => {
      if (this.#over || !this.#waiting.delete(path)) return;
      if (!path.removed) {
        if (diagnosis === Diagnosis.ACCESS) this.#access.add(path);
        else this.#device.add(path);
      }
      this.#endIfDone();
    });
  }

  /** The path is gone: its answer does not count. */
  forget(path: Path): void {
    this.#waiting.delete(path);
    this.#access.delete(path);
    this.#endIfDone();
  }

  /** Whatever comes is ignored. */
  stop(): void {
    this.#over = true;
    this.#timer.cancel();
  }

  #endIfDone(): void {
    if (!this.#over && (this.#device.size > 0 || this.#waiting.size === 0)) this.#end();
  }

  #end(): void {
    this.stop();
    this.#ended({ device: [...this.#device], access: [...this.#access] });
  }
}
