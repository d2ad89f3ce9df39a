import { errnoName } from '../shared/errno.js';

export type TargetErrorCode =
  | 'MPATHFS_TARGET_NAME'
  | 'MPATHFS_TARGET_UNKNOWN'
  | 'MPATHFS_TARGET_DISABLED'
  | 'MPATHFS_TARGET_IMAGE';

/** A software target can't be made, or has no such port. The message says what to do. */
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
  return new TargetError(
    'MPATHFS_TARGET_IMAGE',
    `${owner} can't open its image ${image}: ${errnoName(-error)}; ` +
      `create it (truncate -s 1G ${image}) or name another`,
  );
}
