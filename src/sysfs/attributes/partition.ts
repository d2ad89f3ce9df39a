import type { Partition } from '../../topology/disk.js';
import type { AttributeTable } from '../attribute.js';
import { line } from '../format.js';
import { inflightLine, statLine } from './block.js';

/** block/partitions/core.c: part_attrs. */
export const PARTITION: AttributeTable<Partition> = [
  { name: 'alignment_offset', mode: 0o444, show: (partition) => line(alignmentOffset(partition)) },
  {
    name: 'discard_alignment',
    mode: 0o444,
    show: (partition) => line(discardAlignment(partition)),
  },
  { name: 'inflight', mode: 0o444, show: ({ bdev }) => inflightLine(bdev.stat) },
  { name: 'partition', mode: 0o444, show: ({ number }) => line(number) },
  { name: 'ro', mode: 0o444, show: () => line(0) },
  { name: 'size', mode: 0o444, show: ({ bdev }) => line(bdev.size / 512) },
  { name: 'start', mode: 0o444, show: ({ bdev }) => line(bdev.start / 512) },
  { name: 'stat', mode: 0o444, show: ({ bdev }) => statLine(bdev.stat) },
];

/** block/partitions/core.c: part_uevent, behind what block/genhd.c: block_uevent adds. */
export function partitionEnv({ disk, number, label, uuid }: Partition): string[] {
  return [
    'DEVTYPE=partition',
    `DISKSEQ=${disk.diskseq}`,
    `PARTN=${number}`,
    ...(label === undefined ? [] : [`PARTNAME=${to7bit(label)}`]),
    ...(uuid === undefined ? [] : [`PARTUUID=${uuid}`]),
  ];
}

/** block/blk-settings.c: bdev_alignment_offset. */
function alignmentOffset({ bdev, disk: { limits } }: Partition): number {
  return distanceToNext(bdev.start, Math.max(limits.physicalBlockSize, limits.minimumIoSize));
}

/** block/blk-settings.c: bdev_discard_alignment. */
function discardAlignment({ bdev, disk: { limits } }: Partition): number {
  const { discardGranularity: granularity } = limits;
  return granularity === 0 ? 0 : distanceToNext(bdev.start, granularity);
}

function distanceToNext(start: number, granularity: number): number {
  return (granularity - (start % granularity)) % granularity;
}

/**
 * block/partitions/efi.c: utf16_le_to_7bit, the low byte of each character where it can be
 * printed, up to one whose low byte is 0. The kernel takes Latin-1's letters for printable, too.
 */
function to7bit(label: string): string {
  const bytes = [...Array(label.length).keys()].map((i) => label.charCodeAt(i) & 0xff);
  const end = bytes.indexOf(0);
  return bytes
    .slice(0, end < 0 ? bytes.length : end)
    .map((byte) => (byte < 0x20 || (byte >= 0x7f && byte < 0xa0) ? '!' : String.fromCharCode(byte)))
    .join('');
}
