import { Errno } from '../../shared/errno.js';
import type { Head } from '../../multipath/head.js';
import type { Path } from '../../multipath/path.js';
import type { IoStat } from '../../multipath/stat.js';
import type { HeadDisk, PathDisk } from '../../topology/disk.js';
import type { AttributeTable } from '../attribute.js';
import { columns, line } from '../format.js';

/** A disk as its attributes need it (struct gendisk): a head's, or the hidden one of a path. */
export interface Gendisk {
  readonly hidden: boolean;
  /** Minors of its partitions at its own major. */
  readonly range: number;
  readonly disk: Pick<HeadDisk | PathDisk, 'diskseq' | 'limits'>;
  /** Its size and its I/O. */
  readonly device: Pick<Head | Path, 'capacity' | 'stat'>;
}

/** block/genhd.c: disk_attrs. */
export const BLOCK: AttributeTable<Gendisk> = [
  { name: 'alignment_offset', mode: 0o444, show: () => line(0) },
  { name: 'capability', mode: 0o444, show: () => line(0) },
  { name: 'discard_alignment', mode: 0o444, show: () => line(0) },
  { name: 'diskseq', mode: 0o444, show: ({ disk }) => line(disk.diskseq) },
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
  { name: 'inflight', mode: 0o444, show: ({ device }) => inflightLine(device.stat) },
  { name: 'partscan', mode: 0o444, show: ({ hidden }) => line(hidden ? 0 : 1) },
  { name: 'range', mode: 0o444, show: ({ range }) => line(range) },
  { name: 'removable', mode: 0o444, show: () => line(0) },
  { name: 'ro', mode: 0o444, show: () => line(0) },
  { name: 'size', mode: 0o444, show: ({ device }) => line(Math.floor(device.capacity / 512)) },
  { name: 'stat', mode: 0o444, show: ({ device }) => statLine(device.stat) },
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
