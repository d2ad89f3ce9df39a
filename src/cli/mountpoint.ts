/** The directory of a mount: what it is, and what is there. */
import { realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { MOUNT_TYPE } from '../fuse/connection.js';
import { CliError } from './errors.js';
import { runLimited } from './limited.js';
import { mountAt } from './mountinfo.js';

const PROBE_MS = 5000;

/** What a stat of a mountpoint said. */
export type Liveness = 'alive' | 'dead' | 'silent';

/**
 * The path as mountinfo has it. Does not touch the directory itself as long as its last
 * component is no link: a hung or dead mount may be on it.
 */
export function realMountpoint(path: string): string {
  const absolute = resolve(path);
  const candidate = join(realpathOrSame(dirname(absolute)), basename(absolute));
  if (mountAt(candidate) !== undefined) return candidate;
  return realpathOrSame(candidate);
}

/**
 * Checks that a mount can go to `mountpoint` (from realMountpoint). `dead` means that an
 * mpathfs whose daemon is gone has to be taken away first.
 */
export async function inspectMountpoint(mountpoint: string): Promise<'free' | 'dead'> {
  if (mountAt(mountpoint)?.fsType === MOUNT_TYPE) {
    const liveness = await probe(mountpoint);
    if (liveness === 'dead') return 'dead';
    throw new CliError(
      'MPATHFS_BUSY',
      liveness === 'alive'
        ? `${mountpoint}: an mpathfs is mounted here already; take another directory, or unmount it: mpathfs umount ${mountpoint}`
        : `${mountpoint}: an mpathfs is mounted here and does not answer; to give it up: mpathfs umount --lazy ${mountpoint}`,
    );
  }
  checkDirectory(mountpoint);
  return 'free';
}

/** Stats a mountpoint in a child process, so that a mount that hangs does not hang us. */
export async function probe(mountpoint: string): Promise<Liveness> {
  const { status, stderr } = await runLimited('stat', ['-f', '--', mountpoint], PROBE_MS);
  if (status === 0) return 'alive';
  // ENOTCONN: the daemon is gone. ECONNABORTED: the connection was cut.
  return /endpoint is not connected|connection abort/i.test(stderr) ? 'dead' : 'silent';
}

function checkDirectory(mountpoint: string): void {
  const stat = statSync(mountpoint, { throwIfNoEntry: false });
  if (stat === undefined) {
    throw new CliError(
      'MPATHFS_MOUNTPOINT',
      `${mountpoint}: no such directory; make it first: mkdir -p ${mountpoint}`,
    );
  }
  if (!stat.isDirectory()) {
    throw new CliError(
      'MPATHFS_MOUNTPOINT',
      `${mountpoint}: not a directory; a mountpoint must be one`,
    );
  }
}

function realpathOrSame(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
