import { Errno } from '../shared/errno.js';

/**
 * Whether an I/O that ended with `errno` (positive) may succeed on another path. What the
 * target itself says is final: every path leads to the same target.
 * include/linux/blk_types.h: blk_path_error; block/blk-core.c: blk_errors.
 */
export function isPathError(errno: number): boolean {
  switch (errno) {
    case Errno.EOPNOTSUPP: // BLK_STS_NOTSUPP
    case Errno.ENOSPC: // BLK_STS_NOSPC
    case Errno.EREMOTEIO: // BLK_STS_TARGET
    case Errno.EBADE: // BLK_STS_RESV_CONFLICT
    case Errno.ENODATA: // BLK_STS_MEDIUM
    case Errno.EILSEQ: // BLK_STS_PROTECTION
      return false;
    default:
      return true;
  }
}
