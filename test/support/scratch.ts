/** Private directories, images and loop devices; all gone at the test's end. */
import { randomFillSync } from 'node:crypto';
import { closeSync, existsSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { output } from './child.js';

/** Where clean-up is registered: ava's ExecutionContext has it. */
export interface Owner {
  teardown(undo: () => void | Promise<void>): void;
}

/** A new private directory, on tmpfs where there is one. */
export function scratch(owner: Owner): string {
  const base = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  const directory = mkdtempSync(join(base, 'mpathfs-test-'));
  owner.teardown(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

/** Makes an image of random bytes. */
export function makeImage(file: string, size: number): string {
  const chunk = Buffer.alloc(Math.min(size, 4 << 20));
  const fd = openSync(file, 'wx', 0o666);
  for (let at = 0; at < size; at += chunk.length) {
    randomFillSync(chunk);
    writeSync(fd, chunk, 0, Math.min(chunk.length, size - at), at);
  }
  closeSync(fd);
  return file;
}

/** A loop device on `image`, with direct I/O where the image's file system has it. */
export async function attachLoop(owner: Owner, image: string): Promise<string> {
  const direct = ['losetup', '--find', '--show', '--direct-io=on', image];
  const device = (await output(direct)).trim();
  owner.teardown(async () => {
    await output(['losetup', '--detach', device]);
  });
  return device;
}
