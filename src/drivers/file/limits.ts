import { existsSync, readFileSync } from 'node:fs';
import type { Limits } from '../../shared/limits.js';

/** The most that one request of ours discards or zeroes: fallocate takes a signed 64-bit length, a FUSE write 1 MiB. */
const FILE_MAX_BYTES = 2 ** 31 - 512;

/**
 * The limits of the block device with this number, as its kernel has them in sysfs; a partition
 * has those of its disk. Where there is nothing to read, what any device can do.
 */
export function blockLimits(
  devt: { readonly major: number; readonly minor: number },
  blockSize: number,
  sys = '/sys',
): Limits {
  const device = `${sys}/dev/block/${devt.major}:${devt.minor}`;
  const queue = existsSync(`${device}/queue`) ? `${device}/queue` : `${device}/../queue`;
  const read = (name: string, otherwise: number): number => {
    const file = `${queue}/${name}`;
    const value = existsSync(file) ? Number(readFileSync(file, 'utf8')) : Number.NaN;
    return Number.isSafeInteger(value) && value >= 0 ? value : otherwise;
  };
  return {
    logicalBlockSize: read('logical_block_size', blockSize),
    physicalBlockSize: read('physical_block_size', blockSize),
    minimumIoSize: read('minimum_io_size', blockSize),
    optimalIoSize: read('optimal_io_size', 0),
    discardGranularity: read('discard_granularity', 0),
    maxDiscardBytes: read('discard_max_bytes', 0),
    maxWriteZeroesBytes: read('write_zeroes_max_bytes', 0),
    rotational: read('rotational', 0) !== 0,
  };
}

/**
 * A regular file: discard and write-zeroes are FALLOC_FL_PUNCH_HOLE and ZERO_RANGE, which give
 * space back by blocks of the file system (drivers/block/loop.c: loop_get_discard_config).
 */
export function fileLimits(blockSize: number, fsBlockSize: number): Limits {
  return {
    logicalBlockSize: blockSize,
    physicalBlockSize: blockSize,
    minimumIoSize: blockSize,
    optimalIoSize: 0,
    discardGranularity: fsBlockSize,
    maxDiscardBytes: FILE_MAX_BYTES,
    maxWriteZeroesBytes: FILE_MAX_BYTES,
    rotational: false,
  };
}
