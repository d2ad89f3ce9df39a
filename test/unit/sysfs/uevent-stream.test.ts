import { fc, testProp } from '@fast-check/ava';
import test from 'ava';
import { Errno } from '../../../src/shared/errno.js';
import { UeventSource } from '../../../src/sysfs/uevent-stream.js';
import { Uevents } from '../../../src/sysfs/uevents.js';

const OBJECT = { devpath: '/devices/x', subsystem: 'block', env: ['DEVTYPE=disk'] };

function text(seqnum: number, action = 'add'): string {
  return `${action}@/devices/x\nACTION=${action}\nDEVPATH=/devices/x\nSUBSYSTEM=block\nDEVTYPE=disk\nSEQNUM=${seqnum}\n\n`;
}

function string(read: Uint8Array | number): string {
  return typeof read === 'number' ? String(read) : Buffer.from(read).toString();
}

test('a reader sees what happens from its open on', (t) => {
  const uevents = new Uevents();
  const source = new UeventSource(uevents);
  let woken = 0;
  uevents.emit('add', OBJECT);
  const stream = source.open(() => woken++);
  t.false(stream.ready);
  t.is(string(stream.read(4096)), '');
  uevents.emit('add', OBJECT);
  uevents.emit('remove', OBJECT);
  // It is woken once: then it has something.
  t.is(woken, 1);
  t.true(stream.ready);
  const late = source.open(() => undefined);
  t.is(string(stream.read(4096)), text(2) + text(3, 'remove'));
  t.false(stream.ready);
  t.false(late.ready);
  uevents.emit('add', OBJECT);
  t.is(woken, 2);
  t.is(string(late.read(4096)), text(4));
  stream.close();
  uevents.emit('add', OBJECT);
  t.is(woken, 2);
  t.false(stream.ready);
});

testProp(
  'nothing is lost or out of order, whatever the reads ask for',
  [fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 200 })), { maxLength: 60 })],
  (t, steps) => {
    const uevents = new Uevents();
    const stream = new UeventSource(uevents).open(() => undefined);
    let wanted = '';
    let got = '';
    for (const length of steps) {
      if (length === 0) {
        uevents.emit('add', OBJECT);
        wanted += text(uevents.seqnum);
        continue;
      }
      const read = string(stream.read(length));
      t.true(read.length <= length);
      t.is(read.length === 0, got.length === wanted.length);
      got += read;
    }
    got += string(stream.read(1 << 20));
    t.is(got, wanted);
  },
);

test('a reader that is too slow is told once, and misses whole uevents', (t) => {
  const uevents = new Uevents();
  const stream = new UeventSource(uevents).open(() => undefined);
  const big = { ...OBJECT, env: ['X='.padEnd(100 * 1024, 'x')] };
  for (let i = 0; i < 4; i++) uevents.emit('add', big);
  t.is(stream.read(1 << 20), -Errno.ENOBUFS);
  const seqnums = (): string[] => string(stream.read(1 << 20)).match(/SEQNUM=\d+/g) ?? [];
  t.deepEqual(seqnums(), ['SEQNUM=1', 'SEQNUM=2']);
  t.false(stream.ready);
  uevents.emit('add', OBJECT);
  t.deepEqual(seqnums(), ['SEQNUM=5']);
});
