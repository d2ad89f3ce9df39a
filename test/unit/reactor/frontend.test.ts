/** Requests on disk files, from the kernel's structs to bios and back, without kernel and ring. */
import test from 'ava';
import { FuseFrontend } from '../../../src/fuse/frontend.js';
import type { Transport } from '../../../src/fuse/transport.js';
import {
  DISK_INO_BASE,
  FallocateIn,
  FlushIn,
  InHeader,
  Opcode,
  PollOut,
  ReadIn,
  WriteIn,
  WriteOut,
} from '../../../src/fuse/wire.js';
import { BioOp, BioTable } from '../../../src/multipath/bio.js';
import type { BlockDevice } from '../../../src/multipath/block-device.js';
import { Submitter } from '../../../src/multipath/submitter.js';
import { Arena, PAYLOAD } from '../../../src/reactor/arena.js';
import { Mail } from '../../../src/reactor/mailbox.js';
import type { SubmissionQueue } from '../../../src/reactor/submission-queue.js';
import { Errno } from '../../../src/shared/errno.js';
import { EngineRig, FakeDevice } from '../multipath/rig.js';

const MIB = 1 << 20;
const ARGUMENTS = 128;
const PUNCH_HOLE = 3;

/** One entry, one head with one path, and what becomes of a request in the entry. */
class Scene {
  readonly rig = new EngineRig();
  readonly head = this.rig.head();
  readonly arena = new Arena({ entries: 1, pages: 0, checks: 0 });
  readonly bios = new BioTable(1);
  readonly frontend: FuseFrontend;
  readonly submitter: Submitter;
  readonly pastEnd: number[] = [];
  pollsRefused = 0;
  asked = 0;
  issued = 0;
  answer: readonly [error: number, length: number] | undefined;

  constructor() {
    const { arena, bios } = this;
    const { tables } = this.rig;
    const transport: Transport = {
      start: () => undefined,
      completed: () => undefined,
      header: () => 0,
      arguments: () => ARGUMENTS,
      reply: (_, error, length) => (this.answer = [error, length]),
      release: () => undefined,
      connected: true,
    };
    const queue = { clock: new Float64Array(1) } as SubmissionQueue;
    this.frontend = new FuseFrontend({
      tables,
      index: 0,
      bios,
      arena,
      queue,
      askMain: () => this.asked++,
      wrotePastEnd: (bdev) => this.pastEnd.push(bdev),
      pollRefused: () => this.pollsRefused++,
      openTransport: () => transport,
    });
    const io = { issue: () => this.issued++ };
    const submitter = new Submitter(tables, 0, 0, bios, io, this.frontend, this.rig.engine);
    this.frontend.connect(submitter);
    this.frontend.mail(Mail.START, 0, 0, 0);
    this.submitter = submitter;
  }

  async connect(): Promise<void> {
    await this.rig.path(this.head, new FakeDevice());
  }

  /** The request arrives. `fields`: the opcode's own, 4 bytes each by offset. */
  request(
    { number, generation }: Pick<BlockDevice, 'number' | 'generation'>,
    opcode: number,
    fields: readonly (readonly [offset: number, value: number])[] = [],
  ): readonly [error: number, length: number] | 'submitted' {
    const { view } = this.arena;
    view.setUint32(InHeader.OPCODE, opcode, true);
    view.setUint32(InHeader.NODEID, (DISK_INO_BASE | number) >>> 0, true);
    view.setUint32(InHeader.NODEID + 4, generation, true);
    for (const [offset, value] of fields) view.setUint32(ARGUMENTS + offset, value, true);
    this.answer = undefined;
    this.frontend.request(0);
    return this.answer ?? 'submitted';
  }

  read(bdev: BlockDevice, offset: number, length: number): ReturnType<Scene['request']> {
    return this.request(bdev, Opcode.READ, [
      [ReadIn.OFFSET, offset],
      [ReadIn.OFFSET + 4, 0],
      [ReadIn.LENGTH, length],
    ]);
  }

  write(bdev: BlockDevice, offset: number, length: number): ReturnType<Scene['request']> {
    return this.request(bdev, Opcode.WRITE, [
      [WriteIn.OFFSET, offset],
      [WriteIn.OFFSET + 4, 0],
      [WriteIn.LENGTH, length],
    ]);
  }

  fallocate(bdev: BlockDevice, offset: number, length: number): ReturnType<Scene['request']> {
    return this.request(bdev, Opcode.FALLOCATE, [
      [FallocateIn.OFFSET, offset],
      [FallocateIn.OFFSET + 4, 0],
      [FallocateIn.LENGTH, length],
      [FallocateIn.LENGTH + 4, 0],
      [FallocateIn.MODE, PUNCH_HOLE],
    ]);
  }

  /** [op, head, offset, length] of the bio that was submitted; ends it. */
  done(errno = 0): number[] {
    const { op, head, offset, length } = this.bios;
    const bio = [op[0]!, head[0]!, offset[0]!, length[0]!];
    this.submitter.complete(0, errno);
    return bio;
  }
}

test("a partition's I/O is the head's, moved by its start, and counts for both", async (t) => {
  const s = new Scene();
  await s.connect();
  const part = s.rig.engine.addPartition(s.head, 8192, 65536);
  t.is(s.read(part, 4096, 1024), 'submitted');
  t.deepEqual([part.inflight(), s.head.bdev.inflight()], [1, 1]);
  t.deepEqual(s.done(), [BioOp.READ, s.head.number, 8192 + 4096, 1024]);
  t.deepEqual(s.answer, [0, 1024]);
  t.is(s.write(part, 0, 512), 'submitted');
  t.deepEqual(s.done(), [BioOp.WRITE, s.head.number, 8192, 512]);
  t.deepEqual(s.answer, [0, WriteOut.SIZE]);
  t.is(s.fallocate(part, 512, 1024), 'submitted');
  t.deepEqual(s.done(), [BioOp.DISCARD, s.head.number, 8192 + 512, 1024]);
  t.is(s.request(part, Opcode.FSYNC), 'submitted');
  t.is(s.done()[0], BioOp.FLUSH);
  t.is(s.read(s.head.bdev, 4096, 512), 'submitted');
  t.deepEqual(s.done(), [BioOp.READ, s.head.number, 4096, 512]);
  const counts = ({ stat }: BlockDevice): number[] => [
    stat.readIos,
    stat.readSectors,
    stat.writeIos,
    stat.writeSectors,
    stat.discardSectors,
    stat.flushIos,
  ];
  t.deepEqual(counts(part), [1, 2, 1, 1, 2, 1]);
  t.deepEqual(counts(s.head.bdev), [2, 3, 1, 1, 2, 1]);
  t.deepEqual([part.inflight(), s.head.bdev.inflight()], [0, 0]);
});

test('a partition ends where it ends, and where its disk ends that has shrunk', async (t) => {
  const s = new Scene();
  await s.connect();
  const part = s.rig.engine.addPartition(s.head, MIB - 8192, 4096);
  t.is(s.read(part, 3584, 4096), 'submitted');
  t.is(s.done()[3], 512);
  t.deepEqual(s.read(part, 4096, 512), [0, 0]);
  t.is(s.write(part, 3584, 1024), 'submitted');
  t.is(s.done()[3], 512);
  t.deepEqual(s.write(part, 4096, 512), [-Errno.ENOSPC, 0]);
  t.deepEqual(s.pastEnd, [part.number, part.number]);
  t.deepEqual(s.fallocate(part, 4096, 512), [-Errno.ENXIO, 0]);
  t.is(s.fallocate(part, 2048, 65536), 'submitted');
  t.is(s.done()[3], 2048);
  t.deepEqual(s.read(part, 100, 512), [-Errno.EINVAL, 0]);
  t.deepEqual(s.write(part, 0, 100), [-Errno.EINVAL, 0]);

  s.head.setCapacity(MIB - 8192 + 512);
  for (const path of s.head.paths) path.resize(MIB - 8192 + 512);
  t.is(s.read(part, 0, 4096), 'submitted');
  t.is(s.done()[3], 512);
  t.deepEqual(s.read(part, 512, 512), [0, 0]);
  t.deepEqual(s.write(part, 512, 512), [-Errno.ENOSPC, 0]);
});

test('the end of a living disk: 0 bytes, ENOSPC; of a dead one: EIO', async (t) => {
  const s = new Scene();
  await s.connect();
  const { bdev } = s.head;
  t.deepEqual(s.read(bdev, MIB, 4096), [0, 0]);
  t.deepEqual(s.write(bdev, MIB, 4096), [-Errno.ENOSPC, 0]);
  await s.rig.engine.removeHead(s.head);
  t.deepEqual(s.read(bdev, 0, 4096), [-Errno.EIO, 0]);
  t.deepEqual(s.write(bdev, 0, 4096), [-Errno.EIO, 0]);
});

test('a file of what was removed: EIO, but it can be closed', async (t) => {
  const s = new Scene();
  await s.connect();
  const part = s.rig.engine.addPartition(s.head, 0, 4096);
  await s.rig.engine.removePartition(part);
  const next = s.rig.engine.addPartition(s.head, 4096, 4096);
  s.issued = 0;
  t.deepEqual(s.read(part, 0, 512), [-Errno.EIO, 0]);
  t.deepEqual(s.write(part, 0, 512), [-Errno.EIO, 0]);
  t.deepEqual(s.fallocate(part, 0, 512), [-Errno.EIO, 0]);
  t.deepEqual(s.request(part, Opcode.FSYNC), [-Errno.EIO, 0]);
  t.deepEqual(s.request(part, Opcode.FLUSH, [[FlushIn.FH, 1]]), [0, 0]);
  t.is(s.issued, 0);
  t.is(s.request(next, Opcode.FLUSH, [[FlushIn.FH, 1]]), 'submitted');
  s.done();
  t.deepEqual(s.request(next, Opcode.FLUSH, [[FlushIn.FH, 0]]), [0, 0]);
  s.request(part, Opcode.GETATTR);
  t.is(s.asked, 1);
});

test('poll: not served for disks, unless the tree was polled before', (t) => {
  const s = new Scene();
  const { bdev } = s.head;
  t.deepEqual(s.request(bdev, Opcode.POLL), [-Errno.ENOSYS, 0]);
  t.is(s.pollsRefused, 1);
  s.arena.view.setUint32(InHeader.OPCODE, Opcode.POLL, true);
  s.arena.view.setUint32(InHeader.NODEID, 5, true);
  s.frontend.request(0);
  t.is(s.asked, 1);
  t.deepEqual(s.request(bdev, Opcode.POLL), [0, PollOut.SIZE]);
  t.is(s.arena.view.getUint32(PAYLOAD + PollOut.REVENTS, true), 0x145);
  t.is(s.asked, 1);
});

test('what is behind the end of the directory listed last is nothing; the main thread is not asked', (t) => {
  const s = new Scene();
  const list = (nodeid: number, high: number, offset: number): typeof s.answer => {
    const { view } = s.arena;
    view.setUint32(InHeader.OPCODE, Opcode.READDIRPLUS, true);
    view.setUint32(InHeader.NODEID, nodeid, true);
    view.setUint32(InHeader.NODEID + 4, 0, true);
    view.setUint32(ARGUMENTS + ReadIn.OFFSET, offset, true);
    view.setUint32(ARGUMENTS + ReadIn.OFFSET + 4, high, true);
    s.answer = undefined;
    s.frontend.request(0);
    return s.answer;
  };
  t.is(list(7, 0, 0), undefined);
  // The main thread's answer, which puts the end where the request had its offset.
  s.arena.view.setUint32(ARGUMENTS + ReadIn.OFFSET, 30, true);
  s.arena.view.setUint32(ARGUMENTS + ReadIn.OFFSET + 4, 2, true);
  s.frontend.mail(Mail.LISTED, 0, 0, 640);
  t.deepEqual(s.answer, [0, 640]);
  t.is(s.asked, 1);
  t.deepEqual(list(7, 2, 30), [0, 0]);
  t.is(s.asked, 1);
  t.is(list(7, 2, 30), undefined, 'once');
  s.arena.view.setUint32(ARGUMENTS + ReadIn.OFFSET, 30, true);
  s.frontend.mail(Mail.LISTED, 0, 0, 0);
  for (const [nodeid, high, offset] of [
    [8, 2, 30],
    [7, 2, 31],
    [7, 0, 30],
    [7, 0, 0],
  ] as const) {
    t.is(list(nodeid, high, offset), undefined, `${nodeid} ${high} ${offset}`);
  }
  t.is(s.asked, 6);
});
