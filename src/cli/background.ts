/**
 * Starts the daemon as a process of its own session and waits until the mount answers. The
 * daemon says "ready", or its error, over the channel of child_process.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MOUNT_TYPE } from '../fuse/connection.js';
import { CliError } from './errors.js';
import type { ErrorReport } from './errors.js';
import { waitForExit } from './process-exit.js';
import { defaultLogFile } from './log.js';
import { mountAt } from './mountinfo.js';
import { probe } from './mountpoint.js';
import { formatMountOptions } from './mount-options.js';
import type { MountOptions } from './mount-options.js';
import { unmount } from './unmount.js';

const START_MS = 60_000;
const STOP_MS = 10_000;

/** The one message that the daemon sends. */
export type StartMessage = { readonly ready: true } | { readonly error: ErrorReport };

/** Mounts in the background. Throws what the daemon reported, with nothing left mounted. */
export async function startBackground(
  configFile: string,
  mountpoint: string,
  options: MountOptions,
): Promise<{ pid: number; log: string }> {
  const log = options.log ?? defaultLogFile();
  const child = spawnDaemon(configFile, mountpoint, { ...options, log });
  try {
    await started(child, log);
    await answers(mountpoint, log);
  } catch (error) {
    await clear(child, mountpoint);
    throw error;
  }
  child.disconnect();
  child.unref();
  return { pid: child.pid ?? 0, log };
}

function spawnDaemon(
  configFile: string,
  mountpoint: string,
  options: MountOptions & { log: string },
): ChildProcess {
  // What native code or Node itself says when it dies goes to the log as well.
  const output = openLog(options.log);
  try {
    const main = fileURLToPath(new URL('main.js', import.meta.url));
    return spawn(
      process.execPath,
      [
        ...process.execArgv,
        main,
        'mount',
        '-f',
        '-o',
        formatMountOptions(options),
        '--',
        configFile,
        mountpoint,
      ],
      { cwd: '/', detached: true, stdio: ['ignore', output, output, 'ipc'] },
    );
  } finally {
    closeSync(output);
  }
}

function openLog(file: string): number {
  try {
    mkdirSync(dirname(file), { recursive: true });
    return openSync(file, 'a', 0o640);
  } catch (error) {
    throw new CliError(
      'MPATHFS_LOG',
      `${file}: can't write the log: ${(error as Error).message}; choose another file with -o log=FILE`,
    );
  }
}

/** Resolves when the daemon said that it is ready. */
function started(child: ChildProcess, log: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(
        new CliError(
          'MPATHFS_TIMEOUT',
          `the daemon was not ready after ${START_MS / 1000} s; see ${log}`,
        ),
      );
    }, START_MS);
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => reject(new CliError('MPATHFS_DAEMON', `stopped by ${signal}`)));
    }
    child.once('message', (message: StartMessage) => {
      clearTimeout(timer);
      if ('ready' in message) resolve();
      else reject(Object.assign(new Error(message.error.message), message.error));
    });
    child.once('error', reject);
    child.once('exit', (status, signal) => {
      clearTimeout(timer);
      const how = signal === null ? `exit status ${status}` : signal;
      reject(
        new CliError('MPATHFS_DAEMON', `the daemon died before it was ready (${how}); see ${log}`),
      );
    });
  });
}

async function answers(mountpoint: string, log: string): Promise<void> {
  if ((await probe(mountpoint)) === 'alive') return;
  throw new CliError('MPATHFS_TIMEOUT', `${mountpoint}: mounted but does not answer; see ${log}`);
}

/** Leaves neither the daemon nor its mount behind. */
async function clear(child: ChildProcess, mountpoint: string): Promise<void> {
  if (child.pid !== undefined) {
    child.kill('SIGTERM');
    if (!(await waitForExit(child.pid, STOP_MS))) {
      child.kill('SIGKILL');
      await waitForExit(child.pid, STOP_MS);
    }
  }
  if (mountAt(mountpoint)?.fsType === MOUNT_TYPE && (await probe(mountpoint)) !== 'alive') {
    await unmount(mountpoint, true, STOP_MS);
  }
}
