import { Errno, errnoName } from '../shared/errno.js';

export type TargetErrorCode =
  | 'MPATHFS_TARGET_NAME'
  | 'MPATHFS_TARGET_UNKNOWN'
  | 'MPATHFS_TARGET_DISABLED'
  | 'MPATHFS_TARGET_IMAGE'
  | 'MPATHFS_TARGET_SAME_ID';

/**
 * A software target can't be made, or has no such port. The message says what to do; who opens a
 * path names that.
 */
export class TargetError extends Error {
  readonly code: TargetErrorCode;

  constructor(code: TargetErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'TargetError';
    this.code = code;
  }
}

/** `owner` can't be enabled: its image ended with a negative errno. */
export function imageRefused(owner: string, image: string, error: number): TargetError {
  const missing = error === -Errno.ENOENT;
  return new TargetError(
    'MPATHFS_TARGET_IMAGE',
    `${owner} can't open its image ${image}: ${errnoName(-error)}; ` +
      (missing ? `create it (truncate -s 1G ${image}) or name another` : 'name another'),
  );
}

/** `unit` has the id of another, so that they would be taken for one disk. */
export function sameId(unit: string, other: string, naa: string): TargetError {
  return new TargetError(
    'MPATHFS_TARGET_SAME_ID',
    `unit ${unit} has the id of unit ${other}, naa.${naa}, which is made of the hex digits of ` +
      `a serial number; give it another serial, or a wwid`,
  );
}

/** A namespace without a block. */
export function emptyImage(image: string): TargetError {
  return new TargetError(
    'MPATHFS_TARGET_IMAGE',
    `its image ${image} is empty; give it a size (truncate -s 1G ${image}), ` +
      `and write 1 to revalidate_size if it is in use`,
  );
}
