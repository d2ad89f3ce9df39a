import { mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { native } from '../../../src/native/binding.js';
import {
  INLINE,
  Op,
  Operand,
  SqeFlag,
  SubmissionQueue,
} from '../../../src/reactor/submission-queue.js';

const directory = mkdtempSync(join(tmpdir(), 'mpathfs-ring-'));
const file = join(directory, 'data');
writeFileSync(file, 'abcdefgh');
test.after.always(() => rmSync(directory, { recursive: true }));

/** Memory that does not move, as the ring needs it. */
function memory(): { words: Int32Array; bytes: Uint8Array; address: number } {
  const words = new Int32Array(new SharedArrayBuffer(4096));
  const bytes = new Uint8Array(words.buffer);
  return { words, bytes, address: Number(native.addressOf(words)) };
}

/** SubmissionQueue.rw with its operands as arguments. */
function rw(
  queue: SubmissionQueue,
  opcode: number,
  flags: number,
  fd: number,
  offset: number,
  address: number,
  length: number,
  tag: number,
): void {
  queue.operand[Operand.OFFSET] = offset;
  queue.operand[Operand.ADDRESS] = address;
  queue.rw(opcode, flags, fd, length, tag);
}

/** Submits, waits for one completion and returns its tag and result. */
function one(queue: SubmissionQueue): [number, number] {
  const count = queue.enter(1, 0);
  if (count !== 1) throw new Error(`${count} completions`);
  return [queue.tag(0), queue.result(0)];
}

test('a read through the ring brings the bytes and its tag back', (t) => {
  const queue = new SubmissionQueue(8);
  const { bytes, address } = memory();
  rw(queue, Op.READ, 0, openSync(file, 'r'), 2, address, 4, 77);
  t.deepEqual(one(queue), [77, 4]);
  t.is(Buffer.from(bytes.subarray(0, 4)).toString(), 'cdef');
  queue.ring.close();
});

test('an inline read does the same without the ring, and keeps the ring from sleeping', (t) => {
  const queue = new SubmissionQueue(8);
  const { bytes, address } = memory();
  rw(queue, Op.READ | INLINE, 0, openSync(file, 'r'), 5, address, 100, 78);
  t.deepEqual(one(queue), [78, 3]);
  t.is(Buffer.from(bytes.subarray(0, 3)).toString(), 'fgh');
  queue.ring.close();
});

test('errors come back as negative errno, inline too', (t) => {
  const queue = new SubmissionQueue(8);
  const { address } = memory();
  const readOnly = openSync(file, 'r');
  rw(queue, Op.WRITE, 0, readOnly, 0, address, 4, 1);
  t.deepEqual(one(queue), [1, -9]);
  rw(queue, Op.WRITE | INLINE, 0, readOnly, 0, address, 4, 2);
  t.deepEqual(one(queue), [2, -9]);
  queue.ring.close();
});

test('a fixed file is used by its slot until the slot is emptied', (t) => {
  const queue = new SubmissionQueue(8);
  const { address } = memory();
  queue.ring.registerFiles(4);
  queue.ring.updateFile(3, openSync(file, 'r'));
  rw(queue, Op.READ, SqeFlag.FIXED_FILE, 3, 0, address, 8, 1);
  t.deepEqual(one(queue), [1, 8]);
  queue.ring.updateFile(3, -1);
  rw(queue, Op.READ, SqeFlag.FIXED_FILE, 3, 0, address, 8, 2);
  t.deepEqual(one(queue), [2, -9]);
  queue.ring.close();
});

test('offsets above 4 GiB reach the kernel whole', (t) => {
  const big = join(directory, 'big');
  const fd = openSync(big, 'w+');
  const queue = new SubmissionQueue(8);
  const { bytes, address } = memory();
  const offset = 5 * 2 ** 32 + 12345;
  writeSync(fd, Buffer.from('far'), 0, 3, offset);
  rw(queue, Op.READ, 0, fd, offset, address, 3, 1);
  t.deepEqual(one(queue), [1, 3]);
  t.is(Buffer.from(bytes.subarray(0, 3)).toString(), 'far');
  queue.ring.close();
});

test('an eventfd wakes a ring that sleeps, and a poll sees it', (t) => {
  const queue = new SubmissionQueue(8);
  const { words, address } = memory();
  const event = native.eventfd();
  queue.pollIn(0, event, 5);
  t.is(queue.enter(0, 0), 0);
  writeSync(event, Buffer.from(new BigUint64Array([3n]).buffer));
  t.deepEqual(one(queue), [5, 1]);
  rw(queue, Op.READ, 0, event, 0, address, 8, 6);
  t.deepEqual(one(queue), [6, 8]);
  t.is(words[0], 3);
  queue.ring.close();
});

test('a delay holds the next operation back', (t) => {
  const queue = new SubmissionQueue(8);
  const { words, address } = memory();
  words[512] = 0;
  words[514] = 30_000_000;
  queue.enter(0, 0);
  const start = queue.clock[0]!;
  queue.operand[Operand.ADDRESS] = address + 2048;
  queue.delay(SqeFlag.IO_LINK, 1);
  rw(queue, Op.READ, 0, openSync(file, 'r'), 0, address, 8, 2);
  const results = new Map<number, number>();
  while (results.size < 2) {
    const count = queue.enter(1, 0);
    for (let i = 0; i < count; i++) results.set(queue.tag(i), queue.result(i));
  }
  t.is(results.get(2), 8);
  t.true(queue.clock[0]! - start >= 30_000);
  queue.ring.close();
});

test('more operations than the ring holds are all done', (t) => {
  const queue = new SubmissionQueue(64);
  const { address } = memory();
  const fd = openSync(file, 'r');
  for (let i = 0; i < 200; i++) rw(queue, Op.READ, 0, fd, 0, address, 8, i);
  const seen = new Set<number>();
  while (seen.size < 200) {
    const count = queue.enter(1, 10);
    t.true(count >= 0);
    for (let i = 0; i < count; i++) {
      t.is(queue.result(i), 8);
      seen.add(queue.tag(i));
    }
  }
  queue.ring.close();
});

test('misuse is an exception, not a crash', (t) => {
  const array = new Int32Array(64);
  const clock = new Float64Array(1);
  t.throws(() => native.addressOf(1 as unknown as Int32Array), { instanceOf: TypeError });
  t.throws(() => new native.Ring(8, array, array, new Float64Array(0)), { instanceOf: RangeError });
  const ring = new native.Ring(8, array, array, clock);
  t.is(ring.enter(1000, 0, 0), -22);
  t.throws(() => ring.updateFile(0, 0), { code: 'ENXIO' });
  ring.close();
  t.is(ring.enter(0, 0, 0), -22);
});
