import { performance } from 'node:perf_hooks';
import type { Clock, Timer } from '../multipath/clock.js';

/** The longest delay that setTimeout keeps. */
const MAX_DELAY = 2 ** 31 - 1;

/** The machine's time. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, fire): Timer {
    let timer: NodeJS.Timeout;
    const wait = (left: number): void => {
      timer =
        left > MAX_DELAY
          ? setTimeout(() => wait(left - MAX_DELAY), MAX_DELAY)
          : setTimeout(fire, left);
    };
    wait(ms);
    return { cancel: () => clearTimeout(timer) };
  },
};
