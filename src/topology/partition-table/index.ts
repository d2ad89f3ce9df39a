import { BlockReader, type TableSource } from './block-reader.js';
import { readGpt } from './gpt.js';
import { readMbr } from './mbr.js';
import type { PartitionEntry } from './partition-entry.js';

export { PAGE_SIZE, type TableSource } from './block-reader.js';
export type { PartitionEntry } from './partition-entry.js';

/**
 * The partitions of a disk, by number; none if it has no table. Rejects as `read` does.
 * block/partitions/core.c: blk_add_partitions: what begins behind the end of the disk is left
 * out, what ends there is cut.
 */
export async function readPartitionTable(source: TableSource): Promise<PartitionEntry[]> {
  const disk = new BlockReader(source);
  const end = disk.blocks * disk.blockSize;
  const entries = (await readGpt(disk)) ?? (await readMbr(disk)) ?? [];
  return entries
    .filter(({ start }) => start < end)
    .map((entry) => ({ ...entry, size: Math.min(entry.size, end - entry.start) }))
    .sort((a, b) => a.number - b.number);
}
