import { closeSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { openFile } from '../../../src/drivers/file/open.js';
import { native } from '../../../src/native/binding.js';

const directory = mkdtempSync(join(tmpdir(), 'mpathfs-device-'));
test.after.always(() => rmSync(directory, { recursive: true }));

test('a regular file: its size, now and later', (t) => {
  const file = join(directory, 'file');
  writeFileSync(file, Buffer.alloc(10_000));
  const device = native.openDevice(file);
  t.false(device.block);
  t.is(device.size, 10_000);
  t.true(device.blockSize >= 512);
  truncateSync(file, 20_000);
  t.is(native.deviceSize(device.fd), 20_000);
  closeSync(device.fd);
  t.is(native.deviceSize(device.fd), 0);
});

test('capacity is whole blocks', (t) => {
  const file = join(directory, 'odd');
  writeFileSync(file, Buffer.alloc(10_001));
  const path = openFile(file);
  t.is(path.capacity % path.blockSize, 0);
  t.true(path.capacity <= 10_001 && path.capacity > 10_001 - path.blockSize);
  path.close();
});

test('what is no disk is refused by name', (t) => {
  t.throws(() => openFile(join(directory, 'missing')), { code: 'ENOENT' });
  t.throws(() => openFile(directory), { code: 'EISDIR' });
  t.throws(() => openFile('/dev/null'), { code: 'ENOTBLK' });
});
