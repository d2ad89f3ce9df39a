/** The longest time that a timer can run, milliseconds. */
export const DELAY_MAX = 0x7fffffff;

/** A pending call that can be called off. */
export interface Timer {
  /** Calls it off. Does nothing once it has fired. */
  cancel(): void;
}

/** Time as the core sees it; a simulation puts its own in place. */
export interface Clock {
  /** Milliseconds since some fixed moment, never going back. */
  now(): number;
  /** Calls `fire` once, `ms` milliseconds from now. */
  after(ms: number, fire: () => void): Timer;
}
