import { errnoName } from './errno.js';

/** Node's kind of error, as a system call would end: `code`, and `errno`, which is negative there. */
export function systemError(errno: number, what: string): Error {
  const code = errnoName(errno);
  return Object.assign(new Error(`${code}: ${what}`), { code, errno: -errno });
}

/** The errno of anything that was thrown, positive; 0 if it has none. */
export function systemErrno(error: unknown): number {
  const errno: unknown = error instanceof Error && 'errno' in error ? error.errno : undefined;
  return typeof errno === 'number' ? Math.abs(errno) : 0;
}
