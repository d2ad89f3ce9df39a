import type { Limits } from '../shared/limits.js';

/**
 * What a head can do over paths that can do this (block/blk-settings.c: blk_stack_limits):
 * the coarsest granularity, the smallest maximum, and nothing that one path lacks.
 */
export function stackLimits(a: Limits, b: Limits): Limits {
  const physicalBlockSize = Math.max(a.physicalBlockSize, b.physicalBlockSize);
  const discard = a.maxDiscardBytes > 0 && b.maxDiscardBytes > 0;
  return {
    logicalBlockSize: Math.max(a.logicalBlockSize, b.logicalBlockSize),
    physicalBlockSize,
    minimumIoSize: Math.max(a.minimumIoSize, b.minimumIoSize),
    optimalIoSize: lcmNotZero(a.optimalIoSize, b.optimalIoSize),
    discardGranularity: discard ? Math.max(a.discardGranularity, b.discardGranularity) : 0,
    maxDiscardBytes: discard ? Math.min(a.maxDiscardBytes, b.maxDiscardBytes) : 0,
    maxWriteZeroesBytes: Math.min(a.maxWriteZeroesBytes, b.maxWriteZeroesBytes),
    rotational: a.rotational || b.rotational,
  };
}

/** The same limits for a disk with blocks of `size` bytes, at least as large as they were. */
export function withBlockSize(limits: Limits, size: number): Limits {
  return {
    ...limits,
    logicalBlockSize: size,
    physicalBlockSize: Math.max(limits.physicalBlockSize, size),
    minimumIoSize: Math.max(limits.minimumIoSize, size),
  };
}

/** lib/math/lcm.c: lcm_not_zero. */
function lcmNotZero(a: number, b: number): number {
  if (a === 0 || b === 0) return a + b;
  return (a / gcd(a, b)) * b;
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}
