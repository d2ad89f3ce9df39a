export type TopologyErrorCode =
  | 'MPATHFS_PATH_OPEN'
  | 'MPATHFS_PATH_EMPTY'
  | 'MPATHFS_PATH_SIZE'
  | 'MPATHFS_PATH_BLOCK_SIZE'
  | 'MPATHFS_PATH_REFUSED'
  /** The device is another than the configuration says. */
  | 'MPATHFS_PATH_IDENTITY'
  | 'MPATHFS_SAME_DISK';

/** The configured disks can't be put together. The message names the device and what to do. */
export class TopologyError extends Error {
  readonly code: TopologyErrorCode;

  constructor(code: TopologyErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'TopologyError';
    this.code = code;
  }
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
