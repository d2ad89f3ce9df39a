import { AddPathError } from '../config/add-path.js';
import { EngineError } from '../multipath/errors.js';
import { Errno } from '../shared/errno.js';
import { messageOf, TopologyError } from './topology-error.js';

/** Why a path can't be added, with the errno for who asked. */
export class Refusal extends Error {
  readonly errno: number;
  /** What it was to join was being removed. */
  readonly removed: boolean;

  constructor(errno: keyof typeof Errno, message: string, cause?: unknown, removed = false) {
    super(message, { cause });
    this.name = 'Refusal';
    this.errno = Errno[errno];
    this.removed = removed;
  }
}

/** What anything that was thrown means for who asked. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  const message = messageOf(error);
  if (error instanceof EngineError) {
    const removed = error.code === 'ERR_REMOVED';
    return new Refusal(removed ? 'EBUSY' : 'ENOSPC', message, error, removed);
  }
  if (
    error instanceof AddPathError ||
    error instanceof TopologyError ||
    error instanceof RangeError
  ) {
    return new Refusal('EINVAL', message, error);
  }
  return new Refusal(systemErrno(error), message, error);
}

/** Of an error of a system call. A directory, a pipe, no port of a target ... is no device. */
function systemErrno(error: unknown): keyof typeof Errno {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOTBLK' || code === 'EISDIR' || code.startsWith('MPATHFS_')) return 'ENODEV';
  return code in Errno ? (code as keyof typeof Errno) : 'EIO';
}
