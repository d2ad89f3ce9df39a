import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { blockLimits } from '../../../src/drivers/file/limits.js';
import { openPath } from '../../../src/drivers/file/open.js';

function scratch(t: ExecutionContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'mpathfs-drivers-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  return directory;
}

test('a file knows its size as it changes, whole blocks of it', (t) => {
  const file = join(scratch(t), 'image');
  writeFileSync(file, '');
  truncateSync(file, 1 << 20);
  const opened = openPath(file);
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
  t.throws(() => openPath(join(directory, 'none')), { code: 'ENOENT' });
  t.throws(() => openPath(directory), { code: 'EISDIR' });
  t.throws(() => openPath('/dev/null'), { code: 'ENOTBLK' });
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
