import {
  closeSync,
  constants,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { blockLimits } from '../../../src/drivers/file/limits.js';
import { openFile } from '../../../src/drivers/file/open.js';
import { openFilePath } from '../../../src/drivers/file/path.js';
import { Diagnosis } from '../../../src/multipath/driver.js';
import type { Path } from '../../../src/multipath/path.js';
import { output } from '../../support/child.js';
import { requires } from '../../support/requires.js';
import { attachLoop } from '../../support/scratch.js';

function scratch(t: ExecutionContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'mpathfs-drivers-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  return directory;
}

test('a file knows its size as it changes, whole blocks of it', (t) => {
  const file = join(scratch(t), 'image');
  writeFileSync(file, '');
  truncateSync(file, 1 << 20);
  const opened = openFile(file);
  t.is(opened.capacity, 1 << 20);
  truncateSync(file, 2 ** 21 + 100);
  t.is(opened.size(), 2 ** 21);
  truncateSync(file, 0);
  t.is(opened.size(), 0);
  const { limits, blockSize } = opened;
  t.is(limits.logicalBlockSize, blockSize);
  t.true(limits.discardGranularity >= blockSize && limits.maxDiscardBytes > 0);
  t.false(limits.rotational);
  opened.close();
});

test('what is no device has its error', (t) => {
  const directory = scratch(t);
  t.throws(() => openFile(join(directory, 'none')), { code: 'ENOENT' });
  t.throws(() => openFile(directory), { code: 'EISDIR' });
  t.throws(() => openFile('/dev/null'), { code: 'ENOTBLK' });
});

test('a file that can not be closed any more is closed all the same', (t) => {
  const file = join(scratch(t), 'image');
  writeFileSync(file, Buffer.alloc(4096));
  const opened = openFile(file);
  closeSync(opened.fd); // What a file system that has gone does: close(2) reports an error.
  t.notThrows(() => opened.close());
  t.is(opened.fd, -1);
});

test('a closed file has no descriptor, and is closed once', (t) => {
  const file = join(scratch(t), 'image');
  writeFileSync(file, Buffer.alloc(4096));
  const first = openFile(file);
  const number = first.fd;
  first.close();
  const second = openFile(file);
  t.is(second.fd, number);
  first.close();
  t.deepEqual([first.fd, first.size()], [-1, 0]);
  t.is(second.size(), 4096);
  second.close();
});

test('about a path that is just a file nothing is known but whether it can be read', async (t) => {
  const name = join(scratch(t), 'image');
  writeFileSync(name, Buffer.alloc(4096));
  const file = openFile(name);
  const path = { number: 3 } as Path;
  const opened = openFilePath(file, { readCheck: ({ number }) => Promise.resolve(number) });
  t.is(await opened.driver.check(path), 3);
  t.is(await opened.driver.diagnose(path, 5), Diagnosis.DEVICE);
  t.deepEqual(
    [opened.identity, opened.accessState, opened.aluaState, opened.devt],
    [undefined, undefined, undefined, undefined],
  );
  t.deepEqual([opened.fd, opened.capacity], [file.fd, 4096]);
  opened.close();
  t.is(file.fd, -1);
});

requires('root', 'loop devices')('a block device: its number, its claim, its lock', async (t) => {
  const image = join(scratch(t), 'image');
  writeFileSync(image, Buffer.alloc(1 << 20));
  const device = await attachLoop(t, image);
  const [first, second] = [openFile(device), openFile(device)];
  const shown = (
    await output(['lsblk', '--nodeps', '--noheadings', '--output', 'MAJ:MIN', device])
  ).trim();
  t.is(`${first.devt!.major}:${first.devt!.minor}`, shown);
  first.close();
  t.throws(() => openSync(device, constants.O_RDONLY | constants.O_EXCL), { code: 'EBUSY' });
  second.close();
  closeSync(openSync(device, constants.O_RDONLY | constants.O_EXCL));
  await output(['blockdev', '--setro', device]);
  // The loop device would keep it beyond its image.
  t.teardown(() => output(['blockdev', '--setrw', device]));
  t.throws(() => openFile(device), { code: 'EROFS', message: /write-protected/ });
});

test("a block device's limits are those of its queue, a partition's those of its disk", (t) => {
  const sys = scratch(t);
  const disk = join(sys, 'devices/sdx');
  mkdirSync(join(disk, 'queue'), { recursive: true });
  mkdirSync(join(disk, 'sdx1'));
  mkdirSync(join(sys, 'dev/block'), { recursive: true });
  symlinkSync('../../devices/sdx', join(sys, 'dev/block/8:16'));
  symlinkSync('../../devices/sdx/sdx1', join(sys, 'dev/block/8:17'));
  const queue = {
    logical_block_size: 512,
    physical_block_size: 4096,
    minimum_io_size: 4096,
    optimal_io_size: 65536,
    discard_granularity: 512,
    discard_max_bytes: 2147483136,
    write_zeroes_max_bytes: 33553920,
    rotational: 1,
  };
  for (const [name, value] of Object.entries(queue)) {
    writeFileSync(join(disk, 'queue', name), `${value}\n`);
  }
  const expected = {
    logicalBlockSize: 512,
    physicalBlockSize: 4096,
    minimumIoSize: 4096,
    optimalIoSize: 65536,
    discardGranularity: 512,
    maxDiscardBytes: 2147483136,
    maxWriteZeroesBytes: 33553920,
    rotational: true,
  };
  t.deepEqual(blockLimits({ major: 8, minor: 16 }, 512, sys), expected);
  t.deepEqual(blockLimits({ major: 8, minor: 17 }, 512, sys), expected);
  t.deepEqual(blockLimits({ major: 8, minor: 32 }, 4096, sys), {
    logicalBlockSize: 4096,
    physicalBlockSize: 4096,
    minimumIoSize: 4096,
    optimalIoSize: 0,
    discardGranularity: 0,
    maxDiscardBytes: 0,
    maxWriteZeroesBytes: 0,
    rotational: false,
  });
});
