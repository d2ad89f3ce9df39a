import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { HeadDisk } from '../topology/disk.js';
import type { TopologyEvents } from '../topology/events.js';

/** What is needed of the topology. */
export interface Disks {
  readonly disks: readonly HeadDisk[];
  on(event: 'resized', listener: TopologyEvents['resized']): unknown;
}

interface DiskFile {
  /** In dev. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
}

/**
 * Puts the size of disk files right again. With write-back caching the kernel itself keeps a
 * file's size, moves it when somebody writes behind its end, and believes no other size that we
 * tell; only a truncation moves it back, or on, when a disk has got another size. So we truncate
 * our own file, to the size of the disk. That asks this process, which is why nothing here blocks.
 */
export class DiskSizes {
  readonly #directory: string;
  readonly #topology: Disks;
  readonly #log: Pick<Logger, 'warn'>;
  /** Block devices being put right, and whether that is to be done once more. */
  readonly #busy = new Map<number, boolean>();

  constructor(mountpoint: string, topology: Disks, log: Pick<Logger, 'warn'>) {
    this.#directory = join(mountpoint, 'dev');
    this.#topology = topology;
    this.#log = log;
    topology.on('resized', (disk) => void this.restore(disk.head.bdev.number));
  }

  /** The kernel's idea of this block device's size may be wrong. */
  async restore(bdev: number): Promise<void> {
    if (this.#busy.has(bdev)) {
      this.#busy.set(bdev, true);
      return;
    }
    do {
      this.#busy.set(bdev, false);
      await this.#truncate(this.#file(bdev));
    } while (this.#busy.get(bdev) === true);
    this.#busy.delete(bdev);
  }

  async #truncate(file: DiskFile | undefined): Promise<void> {
    if (file === undefined) return;
    try {
      await truncate(join(this.#directory, file.name), file.size);
    } catch (err) {
      this.#log.warn({ err, disk: file.name }, 'the size that the kernel shows may be wrong');
    }
  }

  #file(bdev: number): DiskFile | undefined {
    for (const { name, head, partitions } of this.#topology.disks) {
      if (head.bdev.number === bdev) return { name, size: head.bdev.size };
      const partition = partitions.find((other) => other.bdev.number === bdev);
      if (partition !== undefined) return { name: partition.name, size: partition.bdev.size };
    }
    return undefined;
  }
}
