/** What a device's answer is to the core, and faults; without a ring. */
import { closeSync, ftruncateSync, openSync, readSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { BioOp, BioTable } from '../../../src/multipath/bio.js';
import type { Path } from '../../../src/multipath/path.js';
import { Arena } from '../../../src/reactor/arena.js';
import { DiskIo } from '../../../src/reactor/disk-io.js';
import { Operand, type SubmissionQueue } from '../../../src/reactor/submission-queue.js';
import { native } from '../../../src/native/binding.js';
import { Errno } from '../../../src/shared/errno.js';
import { output } from '../../support/child.js';
import { requires } from '../../support/requires.js';
import { attachLoop, makeImage, scratch, type Owner } from '../../support/scratch.js';
import { EngineRig, FakeDevice } from '../multipath/rig.js';

const SIZE = 1 << 20;

/** One path to a file that stands in for a block device: what matters is its size. */
class Scene {
  readonly rig = new EngineRig();
  readonly bios = new BioTable(4);
  /** [bio, error]. */
  readonly ended: [number, number][] = [];
  /** What was sent: kind and length. */
  readonly sent: [string, number][] = [];
  readonly disk: DiskIo;
  readonly fd: number;
  readonly end = { diskEnd: (bio: number, error: number) => void this.ended.push([bio, error]) };

  constructor(t: Owner) {
    this.fd = openSync(join(scratch(t), 'device'), 'w+');
    ftruncateSync(this.fd, SIZE);
    const operand = new Float64Array(8);
    const queue = {
      clock: new Float64Array(1),
      operand,
      rw: (_op: number, _flags: number, _file: number, length: number) =>
        this.sent.push(['rw', length]),
      fdatasync: () => this.sent.push(['flush', 0]),
      fallocate: () => this.sent.push(['discard', operand[Operand.ADDRESS]!]),
    } as unknown as SubmissionQueue;
    const arena = new Arena({ entries: 4, pages: 0, checks: 0 });
    this.disk = new DiskIo(this.rig.tables, 0, this.bios, arena, queue);
  }

  async path(block = true): Promise<Path> {
    return await this.rig.path(this.rig.head(), new FakeDevice(), { fd: this.fd, block });
  }

  /** Issues bio 0 and has the device answer: an errno, or 0 and what ends it. */
  io(path: Path, op: number, result: number | undefined, offset = 4096): number | undefined {
    this.ended.length = 0;
    this.bios.op[0] = op;
    this.bios.path[0] = path.number;
    this.bios.offset[0] = offset;
    this.bios.length[0] = 4096;
    this.disk.issue(0, path.number);
    if (result !== undefined) this.disk.completed(0, result, this.end);
    else this.disk.endFailed(this.end);
    return this.ended[0]?.[1];
  }

  close(): void {
    closeSync(this.fd);
  }
}

test('a removed device: reads end at once, writes get ENOSPC; both are ENODEV', async (t) => {
  const s = new Scene(t);
  const path = await s.path();
  ftruncateSync(s.fd, 0);
  t.is(s.io(path, BioOp.READ, 0), Errno.ENODEV);
  t.is(s.io(path, BioOp.WRITE, -Errno.ENOSPC), Errno.ENODEV);
  t.is(s.io(path, BioOp.WRITE, -Errno.ENOSPC, 0), Errno.ENODEV);
  t.is(s.io(path, BioOp.FLUSH, -Errno.EIO), Errno.EIO);
  t.is(s.io(path, BioOp.DISCARD, -Errno.EINVAL), Errno.EINVAL);
  t.is(s.disk.inFlight, 0);
  s.close();
  t.is(s.io(path, BioOp.WRITE, -Errno.ENOSPC), Errno.ENODEV, 'no device at all');
});

test('a device that is there and has no room (thin provisioning): the caller is told', async (t) => {
  const s = new Scene(t);
  const path = await s.path();
  t.is(s.io(path, BioOp.WRITE, -Errno.ENOSPC), Errno.ENOSPC);
  t.is(s.io(path, BioOp.WRITE, -Errno.ENOSPC, SIZE - 4096), Errno.ENOSPC);
  t.is(s.io(path, BioOp.WRITE, -Errno.ENOSPC, SIZE), Errno.ENODEV, 'behind its end: it has shrunk');
  s.close();
});

test('a file on a full file system: the caller is told, whatever its size', async (t) => {
  const s = new Scene(t);
  const path = await s.path(false);
  ftruncateSync(s.fd, 0);
  t.is(s.io(path, BioOp.WRITE, -Errno.ENOSPC), Errno.ENOSPC);
  s.close();
});

test('a short read goes on; the rest that does not come is a path error', async (t) => {
  const s = new Scene(t);
  const path = await s.path();
  t.is(s.io(path, BioOp.READ, 512), undefined);
  s.disk.completed(0, 0, s.end);
  t.deepEqual(s.ended, [[0, Errno.ENODEV]]);
  t.deepEqual(s.sent, [
    ['rw', 4096],
    ['rw', 3584],
  ]);
  t.is(s.disk.inFlight, 0);
  s.close();
});

test('faults: an errno for reads, one for writes, flushes and discards; nothing is sent', async (t) => {
  const s = new Scene(t);
  const path = await s.path();
  path.setFault(Errno.ENODATA, Errno.EBADE);
  t.is(s.io(path, BioOp.READ, undefined), Errno.ENODATA);
  for (const op of [BioOp.WRITE, BioOp.FLUSH, BioOp.DISCARD]) {
    t.is(s.io(path, op, undefined), Errno.EBADE);
  }
  t.deepEqual(s.sent, []);
  t.false(s.disk.hasFailed);

  path.setFault(0, Errno.EIO);
  t.is(s.io(path, BioOp.READ, 4096), 0);
  t.is(s.io(path, BioOp.WRITE, undefined), Errno.EIO);
  path.makeItFail = true;
  path.setFault(Errno.ENODATA, 0);
  t.is(s.io(path, BioOp.READ, undefined), Errno.EIO, 'make-it-fail goes first');
  path.makeItFail = false;
  path.setFault(0, 0);
  t.is(s.io(path, BioOp.WRITE, 4096), 0);
  t.deepEqual(s.sent, [
    ['rw', 4096],
    ['rw', 4096],
  ]);
  s.close();
});

test('bios that fail in one batch keep their own errnos', async (t) => {
  const s = new Scene(t);
  const path = await s.path();
  path.setFault(Errno.ENODATA, Errno.EBADE);
  [BioOp.READ, BioOp.WRITE, BioOp.READ].forEach((op, bio) => {
    s.bios.op[bio] = op;
    s.bios.path[bio] = path.number;
    s.bios.length[bio] = 4096;
    s.disk.issue(bio, path.number);
  });
  t.true(s.disk.hasFailed);
  s.disk.endFailed(s.end);
  t.deepEqual(s.ended, [
    [0, Errno.ENODATA],
    [1, Errno.EBADE],
    [2, Errno.ENODATA],
  ]);
  s.close();
});

test('a new path has no fault of the one whose record it uses', async (t) => {
  const s = new Scene(t);
  for (let i = 0; i < 10; i++) {
    const path = await s.path();
    t.is(s.io(path, BioOp.WRITE, 4096), 0);
    path.setFault(Errno.EIO, Errno.EIO);
    await s.rig.engine.removeController(path.controller);
    path.setFault(Errno.EIO, Errno.EIO);
  }
  s.close();
});

/** A dead disk has its size set to 0 (block/genhd.c); here it is what is left of a loop device. */
requires('root', 'loop devices')(
  'the kernel: a block device of size 0 reads 0 bytes, writes ENOSPC, and says its size at once',
  async (t) => {
    const image = makeImage(join(scratch(t), 'image'), SIZE);
    const device = await attachLoop(t, image);
    const fd = openSync(device, 'r+');
    const page = Buffer.alloc(4096);
    t.is(native.deviceSize(fd), SIZE);
    t.is(readSync(fd, page, 0, 4096, 4096), 4096);
    truncateSync(image, 0);
    await output(['losetup', '--set-capacity', device]);
    t.is(native.deviceSize(fd), 0);
    t.is(readSync(fd, page, 0, 4096, 4096), 0);
    t.throws(() => writeSync(fd, page, 0, 4096, 0), { code: 'ENOSPC' });
    closeSync(fd);
  },
);
