import type { Limits } from '../../shared/limits.js';
import type { AttributeDeclaration, AttributeTable } from '../attribute.js';
import { line } from '../format.js';
import type { Gendisk } from './block.js';

/**
 * block/blk-sysfs.c: queue_attrs, the directory `queue`. All of it is read-only: a queue is as
 * its reactors and devices are, and there is nothing to set. Who tunes a queue by writing gets
 * EACCES, not a success that changes nothing.
 */
export const QUEUE: AttributeTable<Gendisk> = [
  constant('add_random', 0),
  constant('atomic_write_boundary_bytes', 0),
  constant('atomic_write_max_bytes', 0),
  constant('atomic_write_unit_max_bytes', 0),
  constant('atomic_write_unit_min_bytes', 0),
  constant('chunk_sectors', 0),
  constant('dax', 0),
  limit('discard_granularity', (limits) => limits.discardGranularity),
  limit('discard_max_bytes', (limits) => limits.maxDiscardBytes),
  limit('discard_max_hw_bytes', (limits) => limits.maxDiscardBytes),
  constant('discard_zeroes_data', 0),
  // A request is copied into a buffer of its reactor: memory of any address will do.
  constant('dma_alignment', 0),
  // A write with O_DSYNC comes as a write and a flush.
  constant('fua', 0),
  limit('hw_sector_size', (limits) => limits.logicalBlockSize),
  constant('io_poll', 0),
  constant('io_poll_delay', -1),
  constant('iostats', 1),
  limit('logical_block_size', (limits) => limits.logicalBlockSize),
  constant('max_discard_segments', 1),
  // The largest FUSE request: 256 pages.
  constant('max_hw_sectors_kb', 1024),
  constant('max_integrity_segments', 0),
  constant('max_sectors_kb', 1024),
  constant('max_segment_size', 0xffff_ffff),
  constant('max_segments', 256),
  limit('minimum_io_size', (limits) => limits.minimumIoSize),
  // Requests are never merged.
  constant('nomerges', 2),
  constant('nr_zones', 0),
  limit('optimal_io_size', (limits) => limits.optimalIoSize),
  limit('physical_block_size', (limits) => limits.physicalBlockSize),
  // Of the mount; the kernel's default. A path is read with O_DIRECT.
  { name: 'read_ahead_kb', mode: 0o444, show: ({ hidden }) => line(hidden ? 0 : 128) },
  limit('rotational', (limits) => (limits.rotational ? 1 : 0)),
  constant('stable_writes', 0),
  constant('virt_boundary_mask', 0),
  // What a device holds in its cache is safe only after a flush.
  constant('write_cache', 'write back'),
  constant('write_same_max_bytes', 0),
  limit('write_zeroes_max_bytes', (limits) => limits.maxWriteZeroesBytes),
  constant('zone_append_max_bytes', 0),
  constant('zone_write_granularity', 0),
  constant('zoned', 'none'),
];

/** What only a queue of requests has: a path's. A head's takes bios (blk_mq_queue_attrs). */
export const PATH_QUEUE: AttributeTable<Gendisk> = [
  // The reactor that submitted a request completes it, on its own CPU.
  constant('rq_affinity', 2),
  constant('scheduler', 'none'),
];

function constant(name: string, value: number | string): AttributeDeclaration<Gendisk> {
  return { name, mode: 0o444, show: () => line(value) };
}

function limit(name: string, of: (limits: Limits) => number): AttributeDeclaration<Gendisk> {
  return { name, mode: 0o444, show: ({ disk }) => line(of(disk.limits)) };
}
