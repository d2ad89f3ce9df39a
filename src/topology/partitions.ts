import type { EventEmitter } from 'eventemitter3';
import type { BlockDevice } from '../multipath/block-device.js';
import { EngineError } from '../multipath/errors.js';
import type { Head } from '../multipath/head.js';
import { Errno } from '../shared/errno.js';
import { systemErrno } from '../shared/system-error.js';
import type { Devt } from './devt.js';
import { BLOCK_EXT_MAJOR, type DevtNumbers } from './devt-numbers.js';
import type { HeadDisk, Partition } from './disk.js';
import type { TopologyEvents } from './events.js';
import { readPartitionTable, type PartitionEntry } from './partition-table/index.js';
import { SD_MINORS } from './scsi.js';

/** A disk whose partitions are kept here. */
export interface ScannedDisk extends HeadDisk {
  readonly partitions: Partition[];
}

export interface PartitionScannerOptions {
  readonly engine: {
    /** Start and size in bytes. Throws an EngineError if there is no room. */
    addPartition(head: Head, start: number, size: number): BlockDevice;
    /** Resolves once no I/O of it is left. */
    removePartition(bdev: BlockDevice): Promise<void>;
  };
  /** See TableSource.read; the Error has an `errno`. */
  readonly read: (head: Head, offset: number) => Promise<Uint8Array>;
  /** Those of BLOCK_EXT_MAJOR. */
  readonly devts: DevtNumbers;
  readonly events: EventEmitter<TopologyEvents>;
}

/** The scans of one disk: the last that was asked for, and whether it still waits for its turn. */
interface Scans {
  last: Promise<number>;
  waiting: boolean;
}

/** Keeps the partitions of the disks as their partition tables say. */
export class PartitionScanner {
  readonly #options: PartitionScannerOptions;
  readonly #scans = new WeakMap<ScannedDisk, Scans>();
  readonly #dropped = new WeakSet<ScannedDisk>();

  constructor(options: PartitionScannerOptions) {
    this.#options = options;
  }

  /**
   * block/genhd.c: disk_scan_partitions, block/ioctl.c: blkdev_reread_part. Reads the table and
   * makes the disk's partitions what it says; one that is as it was stays. Resolves with 0, or
   * -EBUSY if one that would have to go is open, or the errno of a read that failed: nothing has
   * changed then. -ENOSPC: there was no room for all of them.
   *
   * Runs after a scan of the disk that is under way; who asks meanwhile shares the next one.
   */
  scan(disk: ScannedDisk): Promise<number> {
    const scans = this.#scans.get(disk) ?? { last: Promise.resolve(0), waiting: false };
    this.#scans.set(disk, scans);
    if (!scans.waiting) {
      scans.waiting = true;
      scans.last = this.#scanAfter(scans.last, disk, scans);
    }
    return scans.last;
  }

  /** The disk is being removed: its partitions go now, open or not, and no scan adds another. */
  drop(disk: ScannedDisk): void {
    this.#dropped.add(disk);
    for (const partition of [...disk.partitions]) void this.#remove(disk, partition);
  }

  async #scanAfter(before: Promise<number>, disk: ScannedDisk, scans: Scans): Promise<number> {
    await Promise.allSettled([before]);
    scans.waiting = false;
    return await this.#scan(disk);
  }

  async #scan(disk: ScannedDisk): Promise<number> {
    const entries = await this.#read(disk);
    if (this.#gone(disk)) return 0;
    if (typeof entries === 'number') return entries;

    // From the look at the openers to the last event nothing is awaited: no open comes between.
    const stale = disk.partitions.filter(
      (partition) => !entries.some((entry) => same(partition, entry)),
    );
    if (stale.some(({ bdev }) => bdev.openers > 0)) return -Errno.EBUSY;
    await Promise.all(stale.map((partition) => this.#remove(disk, partition)));
    if (this.#gone(disk)) return 0;

    for (const entry of entries) {
      if (disk.partitions.some(({ number }) => number === entry.number)) continue;
      if (!this.#add(disk, entry)) return -Errno.ENOSPC;
    }
    return 0;
  }

  /** It was removed, perhaps since we last looked. */
  #gone(disk: ScannedDisk): boolean {
    return this.#dropped.has(disk) || disk.head.removed;
  }

  async #read({ head, blockSize }: ScannedDisk): Promise<PartitionEntry[] | number> {
    const { read } = this.#options;
    try {
      return await readPartitionTable({
        capacity: head.capacity,
        blockSize,
        read: (offset) => read(head, offset),
      });
    } catch (error) {
      return -(systemErrno(error) || Errno.EIO);
    }
  }

  /** block/partitions/core.c: add_partition. False: there is no room. */
  #add(disk: ScannedDisk, { number, start, size, uuid, label }: PartitionEntry): boolean {
    const { engine, events } = this.#options;
    let bdev: BlockDevice;
    try {
      bdev = engine.addPartition(disk.head, start, size);
    } catch (error) {
      if (error instanceof EngineError) return false;
      throw error;
    }
    const devt = this.#devt(disk, number);
    const partition = {
      name: partitionName(disk.name, number),
      number,
      disk,
      bdev,
      devt,
      uuid,
      label,
    };
    disk.partitions.push(partition);
    disk.partitions.sort((a, b) => a.number - b.number);
    events.emit('partitionAdded', partition);
    return true;
  }

  /** Its device number is free again once nothing uses it, as in the kernel. */
  async #remove(disk: ScannedDisk, partition: Partition): Promise<void> {
    const { engine, events, devts } = this.#options;
    const { bdev, devt } = partition;
    disk.partitions.splice(disk.partitions.indexOf(partition), 1);
    events.emit('partitionRemoved', partition);
    await engine.removePartition(bdev);
    if (devt.major === BLOCK_EXT_MAJOR) devts.give(devt);
  }

  /** The minors behind the disk's, as far as it has some, or an extended one. */
  #devt({ devt: { major, minor } }: ScannedDisk, number: number): Devt {
    const minors = major === BLOCK_EXT_MAJOR ? 0 : SD_MINORS;
    return number < minors ? { major, minor: minor + number } : this.#options.devts.take();
  }
}

/** A `p` stands between two digits. */
function partitionName(disk: string, number: number): string {
  return `${disk}${/\d$/.test(disk) ? 'p' : ''}${number}`;
}

function same({ number, bdev, uuid, label }: Partition, entry: PartitionEntry): boolean {
  return (
    number === entry.number &&
    bdev.start === entry.start &&
    bdev.size === entry.size &&
    uuid === entry.uuid &&
    label === entry.label
  );
}
