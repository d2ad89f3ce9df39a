/** mpathfs in a child process: a mount with its daemon in the foreground. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { delay, output, run, start, until } from './child.js';
import type { Finished, Running } from './child.js';
import { isMounted } from './mountinfo.js';
import type { Owner } from './scratch.js';
import type { Capability } from './capability.js';

export type Transport = 'ring' | 'devfuse';

/** The transports, each with what it needs of the machine. */
export const TRANSPORTS: readonly (readonly [Transport, readonly Capability[]])[] = [
  ['ring', ['fuse', 'io_uring', 'fuse-over-io_uring']],
  ['devfuse', ['fuse', 'io_uring']],
];

/** The longest that a daemon may take to unmount and end. */
const TERMINATE_MS = 20_000;

const CLI = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));

/** The command line `mpathfs ...`. */
export function mpathfs(...args: readonly string[]): [string, ...string[]] {
  return [process.execPath, CLI, ...args];
}

export interface MountOptions {
  /** The configuration, TOML. */
  readonly config: string;
  readonly transport: Transport;
  /** Where its directory and configuration file are made. */
  readonly directory: string;
  /** Flags of node for the daemon: `--trace-gc`. */
  readonly nodeFlags?: readonly string[];
}

export interface Mount {
  readonly mountpoint: string;
  readonly daemon: Running;
  /** A file below the mountpoint. */
  file(path: string): string;
  /** SIGTERM, and waits for the daemon's end. */
  terminate(): Promise<Finished>;
}

/** Mounts, and resolves once the mount answers; unmounted by the owner's teardown at the latest. */
export async function mount(owner: Owner, options: MountOptions): Promise<Mount> {
  const mountpoint = join(options.directory, 'mnt');
  const config = join(options.directory, 'mpathfs.toml');
  mkdirSync(mountpoint, { recursive: true });
  writeFileSync(config, options.config);
  const transport = `transport=${options.transport}`;
  const [node, ...args] = mpathfs('mount', config, mountpoint, '-f', '-o', transport);
  const daemon = start([node, ...(options.nodeFlags ?? []), ...args], { dieWithParent: true });
  owner.teardown(async () => {
    await daemon.stop();
    if (isMounted(mountpoint)) await output(['umount', '--lazy', mountpoint]);
  });
  const settled = async (): Promise<boolean> => !daemon.running() || (await responds(mountpoint));
  await until('the mount answers', settled, 20_000);
  if (!daemon.running()) throw new Error(`mpathfs didn't mount:\n${daemon.log()}`);
  return {
    mountpoint,
    daemon,
    file: (path) => join(mountpoint, path),
    terminate: async () => {
      daemon.kill('SIGTERM');
      await Promise.race([daemon.finished, delay(TERMINATE_MS)]);
      if (daemon.running()) {
        throw new Error(`the daemon runs on ${TERMINATE_MS} ms after SIGTERM:\n${daemon.log()}`);
      }
      return daemon.finished;
    },
  };
}

async function responds(mountpoint: string): Promise<boolean> {
  if (!isMounted(mountpoint)) return false;
  const listed = await run(['ls', join(mountpoint, 'dev')], { timeoutMs: 2000 });
  return listed.code === 0;
}
