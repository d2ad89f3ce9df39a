import type { Path } from './path.js';

/**
 * What the core knows of a kind of device, the part of `struct mpath_head_template` that every
 * bio asks for: in which states of its controller a path takes I/O. Each is a set of
 * ControllerState, 1 << state; the head's record holds them.
 */
export interface HeadTemplate {
  /** !is_disabled. */
  readonly usable: number;
  /** is_optimized, together with the access state OPTIMIZED. */
  readonly optimized: number;
  /** available_path: without a usable path, a bio waits for one of these. */
  readonly available: number;
}

/** What a path error turned out to be. */
export const Diagnosis = {
  /** The device, or the way to it: its controller is connected anew. */
  DEVICE: 0,
  /** The array's access state, which the driver has set on the path: the controller is well. */
  ACCESS: 1,
} as const;

/** What the core asks of the driver of a path. It never asks the same thing twice at a time. */
export interface PathDriver {
  /** 0 if the device answers, else an errno. It also brings up to date what the driver knows. */
  check(path: Path): Promise<number>;
  /**
   * An I/O ended with the path error `errno`, and the path takes no further one until this
   * resolves, to a Diagnosis. The core does not wait for ever: late answers are ignored.
   */
  diagnose(path: Path, errno: number): Promise<number>;
}
