import { Errno } from '../../shared/errno.js';
import type { IoStat } from '../../multipath/stat.js';
import type { Limits } from '../../shared/limits.js';
import type { HeadDisk, PathDisk } from '../../topology/disk.js';
import type { AttributeTable } from '../attribute.js';
import { columns, line } from '../format.js';

/** What a head's and a path's disk have in common (struct gendisk). */
export interface Gendisk {
  readonly hidden: boolean;
  /** Bytes. */
  readonly capacity: number;
  readonly diskseq: number;
  /** Minors of its partitions at its own major. */
  readonly range: number;
  readonly limits: Limits;
  readonly stat: IoStat;
}

export class HeadGendisk implements Gendisk {
  readonly range: number;
  readonly #disk: HeadDisk;

  constructor(disk: HeadDisk, range: number) {
    this.#disk = disk;
    this.range = range;
  }

  get hidden(): boolean {
    return false;
  }

  get capacity(): number {
    return this.#disk.head.capacity;
  }

  get diskseq(): number {
    return this.#disk.diskseq;
  }

  get limits(): Limits {
    return this.#disk.limits;
  }

  get stat(): IoStat {
    return this.#disk.head.bdev.stat;
  }
}

export class PathGendisk implements Gendisk {
  readonly range: number;
  readonly #disk: PathDisk;

  constructor(disk: PathDisk, range: number) {
    this.#disk = disk;
    this.range = range;
  }

  get hidden(): boolean {
    return true;
  }

  get capacity(): number {
    return this.#disk.path.capacity;
  }

  get diskseq(): number {
    return this.#disk.diskseq;
  }

  get limits(): Limits {
    return this.#disk.limits;
  }

  get stat(): IoStat {
    return this.#disk.path.stat;
  }
}

/** block/genhd.c: disk_attrs. */
export const BLOCK: AttributeTable<Gendisk> = [
  { name: 'alignment_offset', mode: 0o444, show: () => line(0) },
  { name: 'capability', mode: 0o444, show: () => line(0) },
  { name: 'discard_alignment', mode: 0o444, show: () => line(0) },
  { name: 'diskseq', mode: 0o444, show: ({ diskseq }) => line(diskseq) },
  // No media to change: no events, and none to poll for (block/disk-events.c).
  { name: 'events', mode: 0o444, show: () => '' },
  { name: 'events_async', mode: 0o444, show: () => '' },
  {
    name: 'events_poll_msecs',
    mode: 0o644,
    show: () => line(-1),
    // sscanf("%ld"): what follows the number is not looked at.
    store: (_, text) => {
      const msecs = /^\s*([+-]?\d+)/.exec(text)?.[1];
      return msecs === undefined || Number(msecs) < -1 ? -Errno.EINVAL : -Errno.ENODEV;
    },
  },
  // DISK_MAX_PARTS.
  { name: 'ext_range', mode: 0o444, show: () => line(256) },
  { name: 'hidden', mode: 0o444, show: ({ hidden }) => line(hidden ? 1 : 0) },
  { name: 'inflight', mode: 0o444, show: ({ stat }) => inflightLine(stat) },
  { name: 'partscan', mode: 0o444, show: ({ hidden }) => line(hidden ? 0 : 1) },
  { name: 'range', mode: 0o444, show: ({ range }) => line(range) },
  { name: 'removable', mode: 0o444, show: () => line(0) },
  { name: 'ro', mode: 0o444, show: () => line(0) },
  { name: 'size', mode: 0o444, show: ({ capacity }) => line(Math.floor(capacity / 512)) },
  { name: 'stat', mode: 0o444, show: ({ stat }) => statLine(stat) },
];

/** block/genhd.c: part_inflight_show. */
export function inflightLine(stat: IoStat): string {
  return columns([stat.readsInFlight, stat.writesInFlight]);
}

/** The 17 fields of Documentation/block/stat.rst; nothing is merged here. */
export function statLine(stat: IoStat): string {
  const { readUs, writeUs, discardUs, flushUs } = stat;
  return columns([
    ...[stat.readIos, 0, stat.readSectors, ms(readUs)],
    ...[stat.writeIos, 0, stat.writeSectors, ms(writeUs)],
    stat.readsInFlight + stat.writesInFlight,
    ms(stat.busyUs),
    ms(readUs + writeUs + discardUs + flushUs),
    ...[stat.discardIos, 0, stat.discardSectors, ms(discardUs)],
    ...[stat.flushIos, ms(flushUs)],
  ]);
}

function ms(us: number): number {
  return Math.floor(us / 1000);
}
