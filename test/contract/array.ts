import type { OpenedPath } from '../../src/drivers/opened-path.js';
import type { Clock } from '../../src/multipath/clock.js';

/** An access state that the array can give to a group of paths. */
export interface ArrayState {
  /** Its name to the array. */
  readonly name: string;
  /** The core's AccessState for it. */
  readonly accessState: number;
  /** The paths carry I/O. */
  readonly usable: boolean;
  /** A path can be opened in it; absent: it can. */
  readonly opens?: boolean;
}

/**
 * One disk behind several paths, and what can be changed on the array that it is of. What an array
 * can't do is absent; the checks that need it are skipped. It starts with every path usable.
 */
export interface ContractArray {
  /** Which group each path is of: they change their access state together. */
  readonly groups: readonly number[];
  readonly clock: Clock;
  /** How long a change on the array may take to be noticed, ms. */
  readonly boundMs: number;
  open(path: number): Promise<OpenedPath>;
  /** Lets time pass by `clock`, and everything happen that is due. */
  wait(ms: number): Promise<void>;
  /** The first is what every group starts with; it is optimized. */
  readonly states?: readonly ArrayState[];
  setState?(group: number, name: string): Promise<void>;
  setPreferred?(group: number, preferred: boolean): Promise<void>;
  /** The device behind the path goes away, and comes back. */
  remove?(path: number): Promise<void>;
  restore?(path: number): Promise<void>;
  resize?(bytes: number): Promise<void>;
  /** Nothing is left to happen by itself. */
  idle?(): boolean;
  close(): Promise<void>;
}
