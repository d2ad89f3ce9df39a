/**
 * The bios of one reactor, as parallel arrays: a bio is a number, and no object is made
 * for an I/O. Whoever fills the fields owns the bio until its `end` was called.
 */
export class BioTable {
  readonly count: number;
  /** A BioOp. */
  readonly op: Int32Array;
  readonly head: Int32Array;
  /** The path that it was last sent to, NONE before the first. */
  readonly path: Int32Array;
  /** Bits of BioFlag. */
  readonly flags: Int32Array;
  /** First byte on the disk. */
  readonly offset: Float64Array;
  /** Bytes. */
  readonly length: Float64Array;
  /** fallocate mode of a DISCARD or WRITE_ZEROES. */
  readonly mode: Int32Array;
  /** Where the data is: byte offset in the reactor's arena. */
  readonly data: Int32Array;
  /** Next bio on the list that it is on, NONE at the end. */
  readonly next: Int32Array;
  /** When it was sent to the path, microseconds of the ring's clock. */
  readonly startUs: Float64Array;

  constructor(count: number) {
    this.count = count;
    this.op = new Int32Array(count);
    this.head = new Int32Array(count);
    this.path = new Int32Array(count).fill(-1);
    this.flags = new Int32Array(count);
    this.offset = new Float64Array(count);
    this.length = new Float64Array(count);
    this.mode = new Int32Array(count);
    this.data = new Int32Array(count);
    this.next = new Int32Array(count).fill(-1);
    this.startUs = new Float64Array(count);
  }
}

/** What a bio does. */
export const BioOp = {
  READ: 0,
  WRITE: 1,
  /** Flush of the device's cache; no data, no offset. */
  FLUSH: 2,
  /** fallocate on the device: punch hole, zero range. */
  DISCARD: 3,
} as const;

/** Bits of BioTable.flags. */
export const BioFlag = {
  /** Counted in Tables.active (NVME_MPATH_CNT_ACTIVE). */
  CNT_ACTIVE: 1,
} as const;

/** Sends a bio to a path: the reactor's ring, or a simulated device. */
export interface PathIo {
  /**
   * Starts `bio` on `path`. Its end is reported later through Submitter.complete, exactly
   * once and never from inside this call.
   */
  issue(bio: number, path: number): void;
}

/** Where a finished bio goes: the request it was made from. */
export interface BioEnd {
  /** `error` is 0 or an errno, positive. Called exactly once for each submitted bio. */
  end(bio: number, error: number): void;
}

/** What a reactor's core tells the main thread. Rare: once per path failure, not per bio. */
export interface FailureReport {
  /** The path's controller was LIVE and this bio's `errno` took it to RESETTING. */
  pathFailed(path: number, errno: number): void;
}
