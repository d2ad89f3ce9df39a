import type { IoStat } from '../../multipath/stat.js';
import type { HeadDisk, PathDisk } from '../../topology/disk.js';
import type { AttributeTable } from '../attribute.js';
import { columns, line } from '../format.js';

/** What a head's and a path's disk have in common (struct gendisk). */
export interface Gendisk {
  readonly hidden: boolean;
  /** Bytes. */
  readonly capacity: number;
  readonly blockSize: number;
  readonly stat: IoStat;
}

export function headGendisk({ head, blockSize }: HeadDisk): Gendisk {
  return {
    hidden: false,
    blockSize,
    get capacity() {
      return head.capacity;
    },
    get stat() {
      return head.stat;
    },
  };
}

export function pathGendisk({ path, disk }: PathDisk): Gendisk {
  return {
    hidden: true,
    blockSize: disk.blockSize,
    get capacity() {
      return disk.head.capacity;
    },
    get stat() {
      return path.stat;
    },
  };
}

/** block/genhd.c: disk_attrs. */
export const BLOCK: AttributeTable<Gendisk> = [
  { name: 'size', mode: 0o444, show: ({ capacity }) => line(capacity / 512) },
  { name: 'hidden', mode: 0o444, show: ({ hidden }) => line(hidden ? 1 : 0) },
  { name: 'ro', mode: 0o444, show: () => line(0) },
  { name: 'removable', mode: 0o444, show: () => line(0) },
  { name: 'stat', mode: 0o444, show: ({ stat }) => columns(statFields(stat)) },
  {
    name: 'inflight',
    mode: 0o444,
    show: ({ stat }) => columns([stat.readsInFlight, stat.writesInFlight]),
  },
];

/** block/blk-sysfs.c, the directory `queue`. */
export const QUEUE: AttributeTable<Gendisk> = [
  { name: 'logical_block_size', mode: 0o444, show: ({ blockSize }) => line(blockSize) },
  { name: 'physical_block_size', mode: 0o444, show: ({ blockSize }) => line(blockSize) },
  { name: 'hw_sector_size', mode: 0o444, show: ({ blockSize }) => line(blockSize) },
  { name: 'minimum_io_size', mode: 0o444, show: ({ blockSize }) => line(blockSize) },
  { name: 'optimal_io_size', mode: 0o444, show: () => line(0) },
  { name: 'rotational', mode: 0o444, show: () => line(0) },
  { name: 'zoned', mode: 0o444, show: () => line('none') },
];

/** The 17 fields of Documentation/block/stat.rst; nothing is merged here. */
function statFields(stat: IoStat): number[] {
  const { readUs, writeUs, discardUs, flushUs } = stat;
  return [
    ...[stat.readIos, 0, stat.readSectors, ms(readUs)],
    ...[stat.writeIos, 0, stat.writeSectors, ms(writeUs)],
    stat.readsInFlight + stat.writesInFlight,
    ms(stat.busyUs),
    ms(readUs + writeUs + discardUs + flushUs),
    ...[stat.discardIos, 0, stat.discardSectors, ms(discardUs)],
    ...[stat.flushIos, ms(flushUs)],
  ];
}

function ms(us: number): number {
  return Math.floor(us / 1000);
}
