/** `mpathfs umount MOUNTPOINT`. */
import { Command } from 'commander';
import { MOUNT_TYPE } from '../fuse/connection.js';
import { CliError } from './errors.js';
import { runLimited } from './limited.js';
import { mountAt } from './mountinfo.js';
import { realMountpoint } from './mountpoint.js';
import { waitForExit } from './process-exit.js';
import { unmount } from './unmount.js';

const PID_MS = 3000;
const DEFAULT_TIMEOUT_SECS = 60;
const MAX_TIMEOUT_SECS = 2147483;

interface Flags {
  readonly lazy?: true;
  readonly timeout: number;
}

export function umountCommand(): Command {
  return new Command('umount')
    .summary('unmount')
    .description(
      'Writes back what is cached, unmounts MOUNTPOINT and waits until the daemon has ended, so that the devices are free. A mount that is in use stays.',
    )
    .argument('<mountpoint>', 'where an mpathfs is mounted')
    .option('--lazy', 'detach the mount now, whoever uses it; the daemon ends after the last user')
    .option('--timeout <secs>', 'the longest time to wait', seconds, DEFAULT_TIMEOUT_SECS)
    .addHelpText(
      'after',
      `
Examples:
  mpathfs umount /mnt/mpath
  mpathfs umount --timeout 300 /mnt/mpath`,
    )
    .action(umount);
}

async function umount(path: string, flags: Flags): Promise<void> {
  const mountpoint = realMountpoint(path);
  if (mountAt(mountpoint)?.fsType !== MOUNT_TYPE) {
    throw new CliError(
      'MPATHFS_NOT_MOUNTED',
      `${mountpoint}: no mpathfs is mounted here; findmnt -t ${MOUNT_TYPE} lists them`,
    );
  }
  const deadline = Date.now() + flags.timeout * 1000;
  const pid = await daemonPid(mountpoint, Math.min(PID_MS, flags.timeout * 500));
  await unmount(mountpoint, flags.lazy === true, deadline - Date.now());
  // After a lazy unmount the daemon serves those who still use it.
  if (pid === undefined || flags.lazy === true) return;
  if (!(await waitForExit(pid, deadline - Date.now()))) {
    throw new CliError(
      'MPATHFS_TIMEOUT',
      `${mountpoint}: unmounted, but its daemon (pid ${pid}) has not ended and still holds the devices; its log says why`,
    );
  }
}

/** undefined if the mount is dead or does not answer. */
async function daemonPid(mountpoint: string, ms: number): Promise<number | undefined> {
  const file = `${mountpoint}/sys/fs/mpathfs/pid`;
  const { status, stdout } = await runLimited('cat', ['--', file], ms);
  const pid = Number(stdout);
  return status === 0 && Number.isInteger(pid) && pid > 0 ? pid : undefined;
}

function seconds(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= MAX_TIMEOUT_SECS) return value;
  throw new CliError(
    'MPATHFS_USAGE',
    `--timeout must be a number of seconds from 1 to ${MAX_TIMEOUT_SECS}`,
  );
}
