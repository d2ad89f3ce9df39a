/** The daemon's process: from the checked configuration to its clean end. */
import type { Logger } from 'pino';
import type { Config } from '../config/types.js';
import { startDaemon } from '../daemon/daemon.js';
import { inspectMountpoint } from './mountpoint.js';
import type { MountOptions } from './mount-options.js';
import { unmount } from './unmount.js';

const REPLACE_MS = 10_000;

type Daemon = Awaited<ReturnType<typeof startDaemon>>;

/** Serves the mount until it is unmounted; `ready` is called once it answers. */
export async function runForeground(
  config: Config,
  mountpoint: string,
  options: MountOptions,
  log: Logger,
  ready: () => void,
): Promise<void> {
  if ((await inspectMountpoint(mountpoint)) === 'dead') {
    await unmount(mountpoint, true, REPLACE_MS);
    log.warn({ mountpoint }, 'replaced a dead mount: its daemon had ended without unmounting');
  }
  const signals = catchSignals(log);
  const daemon = await startDaemon(config, {
    mountpoint,
    transport: options.transport,
    allowOther: options.allowOther,
    reactors: options.reactors,
    poll: options.poll,
    log,
  });
  signals.direct(daemon, mountpoint);
  ready();
  await daemon.finished;
}

/**
 * The first signal unmounts; if the mount is in use it goes on. The second one detaches it
 * whoever uses it. Signals that come before the mount is there count as well.
 */
function catchSignals(log: Logger): { direct(daemon: Daemon, mountpoint: string): void } {
  const received: NodeJS.Signals[] = [];
  let handle = (signal: NodeJS.Signals): void => void received.push(signal);
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => handle(signal));
  }
  return {
    direct(daemon, mountpoint) {
      let count = 0;
      handle = (signal) => {
        count++;
        const lazy = count > 1;
        log.info({ signal, mountpoint }, lazy ? 'detaching the mount' : 'unmounting');
        daemon.stop(lazy).catch((error: unknown) => stopFailed(error, mountpoint, log));
      };
      received.forEach(handle);
    },
  };
}

function stopFailed(error: unknown, mountpoint: string, log: Logger): void {
  if (error instanceof Error && 'code' in error && error.code === 'EBUSY') {
    log.error(
      { mountpoint },
      'the mount is in use and stays; close what uses it and unmount again, or send a second signal to detach it',
    );
  } else {
    log.error({ err: error, mountpoint }, 'unmounting failed');
  }
}
