/** The systems that mpathfs is compared with. */
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { has, inPath } from '../support/capability.js';
import { output, start, until } from '../support/child.js';
import type { Running } from '../support/child.js';
import { isMounted } from '../support/mountinfo.js';
import { attachLoop } from '../support/scratch.js';
import type { Owner } from '../support/scratch.js';
import type { Backing, Subject, System } from './system.js';

export const LOOP = 'loop device';
export const NBDFUSE = 'nbdfuse';
/** The three ways of qemu-storage-daemon to do its I/O; none is the fastest everywhere. */
export const QSD = 'qemu-storage-daemon';
export const QSD_THREADS = 'qemu-storage-daemon aio=threads';
export const QSD_NATIVE = 'qemu-storage-daemon aio=native';

/** The kernel's own loop device on the image: the limit. */
export function loopDevice(backing: Backing): System {
  return {
    backing,
    names: [LOOP],
    unavailable: () => (has('root') && has('loop devices') ? '' : 'loop devices need root'),
    start: async (owner, image) => [subject(LOOP, await attachLoop(owner, image.file))],
  };
}

export function nbdfuse(): System {
  return {
    backing: 'file',
    names: [NBDFUSE],
    unavailable: () =>
      lacking([
        ['nbdfuse', 'libnbd-bin'],
        ['nbdkit', 'nbdkit'],
      ]),
    start: async (owner, image) => {
      const mountpoint = join(image.directory, 'nbdfuse');
      mkdirSync(mountpoint);
      const file = join(mountpoint, 'disk');
      const nbdkit = ['[', 'nbdkit', '--exit-with-parent', 'file', image.file, ']'];
      await serve(owner, ['nbdfuse', file, ...nbdkit], mountpoint);
      return [subject(NBDFUSE, file)];
    },
  };
}

/** `--export type=fuse` mounts on a regular file. */
export function qemuStorageDaemon(name: string, blockdev: string): System {
  return {
    backing: 'file',
    names: [name],
    unavailable: () => lacking([['qemu-storage-daemon', 'qemu-system-common']]),
    start: async (owner, image) => {
      const file = join(image.directory, `${name.replace(/\W+/g, '-')}.raw`);
      closeSync(openSync(file, 'wx'));
      const node = `driver=file,node-name=image,filename=${image.file},${blockdev}`;
      const fuse = `type=fuse,id=export,node-name=image,mountpoint=${file},writable=on`;
      const command = ['qemu-storage-daemon', '--blockdev', node, '--export', fuse];
      await serve(owner, command, file);
      return [subject(name, file)];
    },
  };
}

function subject(name: string, file: string): Subject {
  const nothing = (): Promise<void> => Promise.resolve();
  return { name, file, before: nothing, after: nothing };
}

function lacking(programs: readonly (readonly [program: string, debian: string])[]): string {
  const missing = programs.filter(([program]) => !inPath(program));
  if (missing.length === 0) return '';
  return `missing: apt-get install ${missing.map(([, debian]) => debian).join(' ')}`;
}

/** Starts a FUSE server and waits for its mount; teardown unmounts and ends it. */
async function serve(owner: Owner, command: readonly string[], at: string): Promise<void> {
  const server: Running = start(command, { dieWithParent: true });
  owner.teardown(async () => {
    if (isMounted(at)) await output(['umount', at]);
    server.kill('SIGTERM');
    await Promise.race([server.finished, new Promise((done) => setTimeout(done, 2000))]);
    await server.stop();
  });
  await until(`${command[0] ?? ''} mounts`, () => isMounted(at), 10_000).catch((error: unknown) => {
    throw new Error(server.log(), { cause: error });
  });
}
