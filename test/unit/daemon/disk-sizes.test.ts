import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { DiskSizes, type Disks } from '../../../src/daemon/disk-sizes.js';
import type { HeadDisk } from '../../../src/topology/disk.js';

interface Rig {
  readonly sizes: DiskSizes;
  readonly bdev: { readonly number: number; size: number };
  readonly warnings: unknown[];
  readonly disk: HeadDisk;
  readonly resized: (disk: HeadDisk) => void;
  readonly sizeOf: (name: string) => number;
}

/** A directory in the place of the mount, with files of 1 byte. */
function setUp(t: ExecutionContext): Rig {
  const directory = mkdtempSync(join(tmpdir(), 'mpathfs-sizes-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  mkdirSync(join(directory, 'dev'));
  for (const name of ['sda', 'sda1', 'sda2']) writeFileSync(join(directory, 'dev', name), 'x');
  const bdev = { number: 3, size: 8192 };
  const partition = (number: number): object => ({
    name: `sda${number}`,
    bdev: { number: 70 + number, size: 512 * number },
  });
  const disk = {
    name: 'sda',
    head: { bdev },
    partitions: [partition(1), partition(2)],
  } as unknown as HeadDisk;
  let resized: (disk: HeadDisk) => void = () => undefined;
  const topology: Disks = {
    disks: [disk],
    on: (_event, listener) => {
      resized = listener;
    },
  };
  const warnings: unknown[] = [];
  const sizes = new DiskSizes(directory, topology, {
    warn: (what: unknown) => warnings.push(what),
  });
  return {
    sizes,
    bdev,
    warnings,
    disk,
    resized: (of) => resized(of),
    sizeOf: (name) => statSync(join(directory, 'dev', name)).size,
  };
}

test('the file of a disk or a partition gets the size of its block device', async (t) => {
  const { sizes, sizeOf, warnings } = setUp(t);
  await sizes.restore(3);
  await sizes.restore(72);
  await sizes.restore(5);
  t.deepEqual(['sda', 'sda1', 'sda2'].map(sizeOf), [8192, 1, 1024]);
  t.deepEqual(warnings, []);
});

test('a disk that has another size gets it; a change meanwhile is not lost', async (t) => {
  const { sizes, sizeOf, bdev, disk, resized } = setUp(t);
  const first = sizes.restore(3);
  bdev.size = 16384;
  resized(disk);
  await first;
  t.is(sizeOf('sda'), 16384);
});

test('a file that is not there is a warning', async (t) => {
  const { sizes, warnings, disk } = setUp(t);
  Object.assign(disk, { name: 'sdz' });
  await sizes.restore(3);
  t.is(warnings.length, 1);
});
