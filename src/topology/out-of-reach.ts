import { Errno } from '../shared/errno.js';

const ERRNOS: ReadonlySet<number> = new Set([
  Errno.EIO,
  Errno.ENXIO,
  Errno.EAGAIN,
  Errno.ENOLINK,
  Errno.ENOTCONN,
  Errno.ETIMEDOUT,
]);

/** Of a device that is there and can't be opened: whether it may be reached again later. */
export function isOutOfReach(errno: number): boolean {
  return ERRNOS.has(errno);
}
