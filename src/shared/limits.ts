/** What a device can do, `struct queue_limits`. Bytes. */
export interface Limits {
  readonly logicalBlockSize: number;
  readonly physicalBlockSize: number;
  readonly minimumIoSize: number;
  /** 0 if there is none. */
  readonly optimalIoSize: number;
  /** 0: it has no discard. */
  readonly discardGranularity: number;
  readonly maxDiscardBytes: number;
  readonly maxWriteZeroesBytes: number;
  readonly rotational: boolean;
}
