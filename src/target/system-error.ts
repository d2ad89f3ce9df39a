import { Errno } from '../shared/errno.js';

/** Node's kind of error, as a system call would end: `code` and negative `errno`. */
export function systemError(code: keyof typeof Errno, what: string): Error {
  return Object.assign(new Error(`${code}: ${what}`), { code, errno: -Errno[code] });
}

/** The errno of anything that was thrown, negative; -EIO where it has none. */
export function errnoOf(error: unknown): number {
  const { errno } = error as { errno?: unknown };
  return typeof errno === 'number' ? errno : -Errno.EIO;
}
