import { DELAY_MAX, type Clock, type Timer } from './clock.js';

/** When a path of a head counts as marginal: attributes of the head. */
export interface MarginalRule {
  /** That many failed I/Os, each of which took the path out of use; 0: never. */
  readonly failures: number;
  /** Within that time. */
  readonly windowSecs: number;
  /** After that time with a connection and without a failure it is normal again; 0: never. */
  readonly recoverySecs: number;
}

export const MARGINAL_DEFAULTS: MarginalRule = { failures: 5, windowSecs: 60, recoverySecs: 60 };

/**
 * Whether one path is marginal: it answers its checks, and yet its I/O fails again and again.
 * Such a path is not put back each time, it has to earn it.
 *
 * By its own doing a path becomes marginal and normal again as the rule says. What was set from
 * outside stays until it is set again.
 */
export class MarginalState {
  readonly #clock: Clock;
  readonly #rule: () => MarginalRule;
  readonly #changed: () => void;
  #marginal = false;
  /** By its own doing. */
  #earned = false;
  /** When it failed, milliseconds of the clock; the latest ones. */
  #failures: readonly number[] = [];
  #recovery: Timer | undefined;

  constructor(clock: Clock, rule: () => MarginalRule, changed: () => void) {
    this.#clock = clock;
    this.#rule = rule;
    this.#changed = changed;
  }

  get marginal(): boolean {
    return this.#marginal;
  }

  /** From outside. */
  set marginal(marginal: boolean) {
    this.#become(marginal, false);
  }

  /** The path's I/O failed, and the device is to blame. */
  failed(): void {
    const { failures, windowSecs } = this.#rule();
    if (failures === 0 || this.#marginal) return;
    const now = this.#clock.now();
    const recent = this.#failures.filter((at) => now - at <= windowSecs * 1000);
    this.#failures = [...recent, now].slice(-failures);
    if (this.#failures.length === failures) this.#become(true, true);
  }

  /** Its controller is LIVE: time without a failure counts from now on. */
  connected(): void {
    this.disconnected();
    const ms = this.#rule().recoverySecs * 1000;
    if (!this.#earned || ms === 0 || ms > DELAY_MAX) return;
    this.#recovery = this.#clock.after(ms, () => {
      this.#become(false, false);
    });
  }

  /** Its controller is not LIVE any more, or the path goes: no time counts. */
  disconnected(): void {
    this.#recovery?.cancel();
    this.#recovery = undefined;
  }

  /** The rule is no longer there. */
  forgive(): void {
    if (this.#earned) this.#become(false, false);
    else this.#failures = [];
  }

  #become(marginal: boolean, earned: boolean): void {
    this.disconnected();
    this.#failures = [];
    this.#earned = earned;
    if (marginal === this.#marginal) return;
    this.#marginal = marginal;
    this.#changed();
  }
}
