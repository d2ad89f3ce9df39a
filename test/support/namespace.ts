/** Programs that believe the mount's sys/ to be /sys. */
import { join } from 'node:path';
import { run } from './child.js';
import type { Finished } from './child.js';
import type { Mount } from './mpathfs.js';

/** Runs a command in a private mount namespace with the mount's sys/ bound over /sys. */
export function withSysfs(mount: Mount, ...command: readonly string[]): Promise<Finished> {
  const script = 'mount --bind "$1" /sys && shift && exec "$@"';
  const namespace = ['unshare', '--mount', '--propagation', 'private'];
  const bound = ['bash', '-c', script, 'bash', join(mount.mountpoint, 'sys'), ...command];
  return run([...namespace, ...bound]);
}
