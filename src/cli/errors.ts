/** An error for the person at the command line: what is wrong and what to do next. */
export class CliError extends Error {
  readonly code: CliErrorCode;

  constructor(code: CliErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CliError';
    this.code = code;
  }
}

export type CliErrorCode =
  | 'MPATHFS_USAGE'
  /** The mountpoint can't be one. */
  | 'MPATHFS_MOUNTPOINT'
  /** Something is in use: the mountpoint by a mount, or the mount by a process. */
  | 'MPATHFS_BUSY'
  | 'MPATHFS_NOT_MOUNTED'
  | 'MPATHFS_TIMEOUT'
  | 'MPATHFS_LOG'
  | 'MPATHFS_DAEMON'
  | 'MPATHFS_UNMOUNT';

/** Any error as the channel to the parent process carries it. */
export interface ErrorReport {
  readonly code: string;
  readonly message: string;
  readonly stack: string | undefined;
}

export function reportOf(error: unknown): ErrorReport {
  if (!(error instanceof Error)) {
    return { code: 'MPATHFS_DAEMON', message: String(error), stack: undefined };
  }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'MPATHFS_DAEMON';
  return { code, message: error.message, stack: error.stack };
}
