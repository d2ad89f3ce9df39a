/** Takes a mount away with the system's own commands, in a child that can't hang us. */
import { CliError } from './errors.js';
import { runLimited } from './limited.js';
import { usersOf } from './users.js';

/**
 * Unmounts `mountpoint`; the kernel writes its cached data back first unless `lazy`.
 * Throws MPATHFS_BUSY, MPATHFS_TIMEOUT or MPATHFS_UNMOUNT.
 */
export async function unmount(mountpoint: string, lazy: boolean, ms: number): Promise<void> {
  const root = process.getuid?.() === 0;
  const { status, stderr, timedOut } = root
    ? await runLimited('umount', ['-i', '-c', ...(lazy ? ['-l'] : []), '--', mountpoint], ms)
    : await runLimited('fusermount3', ['-u', ...(lazy ? ['-z'] : []), '--', mountpoint], ms);
  if (status === 0) return;
  if (timedOut) {
    throw new CliError(
      'MPATHFS_TIMEOUT',
      `${mountpoint}: not unmounted in time: cached data may be waiting for a path; bring a path back, give it more time with --timeout, or give the mount up with --lazy`,
    );
  }
  if (/busy/i.test(stderr)) {
    const users = usersOf(mountpoint);
    throw new CliError(
      'MPATHFS_BUSY',
      `${mountpoint}: in use${users.length > 0 ? ` by ${users.join(', ')}` : ''}; close what uses it and try again (or --lazy to detach it now)`,
    );
  }
  throw new CliError('MPATHFS_UNMOUNT', `${mountpoint}: not unmounted: ${stderr.trim()}`);
}
