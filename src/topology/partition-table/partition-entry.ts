/** What a partition table says of one partition. */
export interface PartitionEntry {
  /** From 1. */
  readonly number: number;
  /** Bytes, both multiples of the logical block size. */
  readonly start: number;
  readonly size: number;
  /** PARTUUID. */
  readonly uuid: string | undefined;
  /** The name in a GPT. */
  readonly label: string | undefined;
}

/** A disk has fewer partitions than this (block/genhd.c: DISK_MAX_PARTS). */
export const MAX_PARTITIONS = 256;
