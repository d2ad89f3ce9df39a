import type { BlockReader } from './block-reader.js';
import { MBR_SIZE, mbrRecords, TYPE_PROTECTIVE, type MbrRecord } from './mbr-record.js';
import { MAX_PARTITIONS, type PartitionEntry } from './partition-entry.js';

/** So many links of a chain may be without a partition, one after the other. */
const MAX_EMPTY_LINKS = 100;
const FIRST_LOGICAL = 5;
const DISK_SIGNATURE = 0x1b8;

/**
 * block/partitions/msdos.c: msdos_partition. Nothing of what may be inside of a partition
 * (BSD, Solaris, Minix) is looked for. Undefined: there is no MBR.
 */
export async function readMbr(disk: BlockReader): Promise<PartitionEntry[] | undefined> {
  const sector = await disk.read(0, MBR_SIZE);
  const records = sector && mbrRecords(sector);
  if (records === undefined) return undefined;
  // Another status: the boot sector of a file system, a FAT for one, that fills the disk.
  if (!records.every(({ status }) => status === 0 || status === 0x80)) return undefined;
  if (records.some(({ type }) => type === TYPE_PROTECTIVE)) return undefined;

  const table = new MbrTable(disk, sector?.getUint32(DISK_SIGNATURE, true) ?? 0);
  for (const [slot, record] of records.entries()) {
    if (record.size === 0) continue;
    if (isExtended(record)) await table.addExtended(slot + 1, record);
    else table.add(slot + 1, record.start, record.size);
  }
  return table.entries;
}

class MbrTable {
  readonly entries: PartitionEntry[] = [];
  readonly #disk: BlockReader;
  readonly #signature: string;
  /** Number of the next logical partition. */
  #next = FIRST_LOGICAL;

  constructor(disk: BlockReader, signature: number) {
    this.#disk = disk;
    this.#signature = signature.toString(16).padStart(8, '0');
  }

  add(number: number, start: number, size: number): void {
    const { blockSize } = this.#disk;
    this.entries.push({
      number,
      start: start * blockSize,
      size: size * blockSize,
      uuid: `${this.#signature}-${number.toString(16).padStart(2, '0')}`,
      label: undefined,
    });
  }

  /** The container is shown with two sectors only, so that nobody makes a file system on it. */
  async addExtended(number: number, { start, size }: MbrRecord): Promise<void> {
    const { blockSize } = this.#disk;
    this.entries.push({
      number,
      start: start * blockSize,
      size: Math.min(size * blockSize, Math.max(blockSize, 1024)),
      uuid: undefined,
      label: undefined,
    });
    await this.#addLogical(start, size);
  }

  /**
   * parse_extended: a chain of sectors, each with a partition and the place of the next sector.
   * A chain that bites its tail ends when the disk has its most partitions.
   */
  async #addLogical(first: number, firstSize: number): Promise<void> {
    let link = first;
    let linkSize = firstSize;
    for (let empty = 0; empty < MAX_EMPTY_LINKS; empty++) {
      if (this.#next === MAX_PARTITIONS) return;
      const sector = await this.#disk.read(link, MBR_SIZE);
      const records = sector && mbrRecords(sector);
      if (records === undefined) return;
      for (const [slot, record] of records.entries()) {
        const { start, size } = record;
        if (size === 0 || isExtended(record)) continue;
        const at = link + start;
        const inside = start + size <= linkSize && at + size <= first + firstSize;
        // The third and the fourth are garbage at times.
        if (slot >= 2 && !inside) continue;
        this.add(this.#next, at, size);
        empty = -1;
        if (++this.#next === MAX_PARTITIONS) return;
      }
      const next = records.find((record) => record.size !== 0 && isExtended(record));
      if (next === undefined) return;
      link = first + next.start;
      linkSize = next.size;
    }
  }
}

/** DOS, Windows 98 and Linux each have a number for it. */
function isExtended({ type }: MbrRecord): boolean {
  return type === 0x05 || type === 0x0f || type === 0x85;
}
