import type { Clock, Timer } from '../../multipath/clock.js';
import { AnaState, type AnaLog } from './ana-log.js';

/**
 * How long groups may stay in the state `change`: twice ANATT, then the controller is reset.
 * drivers/nvme/host/multipath.c: nvme_read_ana_log, nvme_anatt_timeout. There every read starts
 * the time afresh, and it is read when something has changed; here it is read all the time, so
 * what starts it afresh is a log that says something new.
 */
export class AnattTimer {
  readonly #clock: Clock;
  readonly #ms: number;
  readonly #expired: () => void;
  #timer: Timer | undefined;
  /** What the last log said. */
  #said: string | undefined;

  /** `secs`: ANATT; 0 = no limit. `expired` is called at most once for each log. */
  constructor(clock: Clock, secs: number, expired: () => void) {
    this.#clock = clock;
    this.#ms = secs * 2 * 1000;
    this.#expired = expired;
  }

  /** A log was read. */
  update(log: AnaLog): void {
    const said = summary(log);
    if (said === this.#said) return;
    this.stop();
    this.#said = said;
    if (this.#ms === 0 || log.groups.every(({ state }) => state !== AnaState.CHANGE)) return;
    this.#timer = this.#clock.after(this.#ms, () => {
      this.stop(); // The log after the reset counts as new.
      this.#expired();
    });
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#said = undefined;
  }
}

function summary({ changeCount, groups }: AnaLog): string {
  const each = groups.map((group) => `${group.id} ${group.state} ${group.changeCount}`);
  return [changeCount, ...each].join();
}
