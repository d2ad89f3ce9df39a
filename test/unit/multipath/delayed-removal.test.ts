import test from 'ava';
import { BioTable } from '../../../src/multipath/bio.js';
import type { Head } from '../../../src/multipath/head.js';
import { enter, quiesce } from '../../../src/multipath/rcu.js';
import { Submitter } from '../../../src/multipath/submitter.js';
import { Errno } from '../../../src/shared/errno.js';
import { Head as HeadWord, HeadFlag, Reactor } from '../../../src/shared/layout.js';
import { settle } from '../../sim/fake-clock.js';
import { EngineRig, FakeDevice, headWord } from './rig.js';

class Scene {
  readonly rig = new EngineRig();
  readonly head: Head;
  readonly ended: [number, number][] = [];
  readonly issued: number[] = [];
  readonly submitter: Submitter;

  constructor(secs: number) {
    this.head = this.rig.head(secs);
    this.submitter = new Submitter(
      this.rig.tables,
      0,
      0,
      new BioTable(8),
      { issue: (bio) => this.issued.push(bio) },
      { end: (bio, error) => this.ended.push([bio, error]) },
      this.rig.engine,
    );
  }

  async connect(): Promise<void> {
    await this.rig.path(this.head, new FakeDevice());
  }

  /** Removes the only path, as a disconnect does. */
  async disconnect(): Promise<void> {
    await this.rig.engine.removeController(this.head.paths[0]!.controller);
  }

  get parked(): number {
    return this.rig.tables.reactor[Reactor.PARKED]!;
  }

  get live(): boolean {
    return this.head.live && !this.rig.log.includes(`removed ${String(this.head.number)}`);
  }
}

test('blktests nvme/068 a: the device stays for 5 s, the write waits, then fails with EIO', async (t) => {
  const s = new Scene(5);
  await s.connect();
  await s.disconnect();
  t.true(s.live);
  s.submitter.submit(0);
  t.is(s.parked, 1);
  await s.rig.clock.advance(4999);
  s.submitter.drainRequeue();
  t.true(s.live);
  t.is(s.parked, 1);
  await s.rig.clock.advance(1);
  s.submitter.drainRequeue();
  t.deepEqual(s.ended, [[0, Errno.EIO]]);
  t.false(s.live);
  t.true(s.head.removed);
  t.is(s.rig.clock.pending, 0);
  await t.throwsAsync(s.connect(), { code: 'ERR_REMOVED' });
});

test('blktests nvme/068 b: reconnected after 1 s, the write that waited succeeds', async (t) => {
  const s = new Scene(5);
  await s.connect();
  await s.disconnect();
  s.submitter.submit(0);
  await s.rig.clock.advance(1000);
  await s.connect();
  t.is(s.rig.clock.pending, 1, 'only the next check of the path');
  s.submitter.drainRequeue();
  t.deepEqual(s.issued, [0]);
  s.submitter.complete(0, 0);
  t.deepEqual(s.ended, [[0, 0]]);
  await s.rig.clock.advance(60_000);
  t.true(s.live);
});

test('0: the head goes with its last path', async (t) => {
  const s = new Scene(0);
  await s.connect();
  await s.rig.path(s.head, new FakeDevice());
  await s.disconnect();
  t.true(s.live);
  await s.disconnect();
  t.false(s.live);
  s.submitter.submit(0);
  t.deepEqual(s.ended, [[0, Errno.EIO]]);
  t.deepEqual(s.rig.log.slice(-2), ['gone 1', 'removed 0']);
});

test('the delay starts anew with every loss of the last path', async (t) => {
  const s = new Scene(5);
  await s.connect();
  await s.disconnect();
  await s.rig.clock.advance(4000);
  await s.connect();
  await s.disconnect();
  await s.rig.clock.advance(4000);
  t.true(s.live);
  await s.rig.clock.advance(1000);
  t.false(s.live);
});

test('writing 0 while the timer runs removes the head at once', async (t) => {
  const s = new Scene(5);
  await s.connect();
  await s.disconnect();
  s.submitter.submit(0);
  s.head.delayedRemovalSecs = 0;
  t.is(headWord(s.rig.tables, HeadWord.FLAGS)! & HeadFlag.QUEUE_IF_NO_PATH, 0);
  await settle();
  s.submitter.drainRequeue();
  t.deepEqual(s.ended, [[0, Errno.EIO]]);
  t.false(s.live);
  t.is(s.rig.clock.pending, 0);
});

test('writing 0 with a path there removes nothing', async (t) => {
  const s = new Scene(5);
  await s.connect();
  s.head.delayedRemovalSecs = 0;
  await settle();
  t.true(s.live);
  t.is(s.head.delayedRemovalSecs, 0);
});

test('writing another time does not move the running timer', async (t) => {
  const s = new Scene(5);
  await s.connect();
  await s.disconnect();
  s.head.delayedRemovalSecs = 100;
  await s.rig.clock.advance(5000);
  t.false(s.live);
});

test('a time that overflows is no delay; no unsigned int is refused', async (t) => {
  const s = new Scene(0xffffffff);
  await s.connect();
  await s.disconnect();
  t.false(s.live);
  for (const bad of [-1, 2 ** 32, 0.5]) {
    t.throws(() => (s.head.delayedRemovalSecs = bad), { instanceOf: RangeError });
  }
  t.is(s.head.delayedRemovalSecs, 0xffffffff);
});

test('order: LIVE is cleared, the batches end, and only then comes the last kick', async (t) => {
  const s = new Scene(5);
  await s.connect();
  await s.disconnect();
  enter(s.rig.tables, 0);
  const kicks = headWord(s.rig.tables, HeadWord.KICK)!;
  await s.rig.clock.advance(5000);
  await settle();
  t.false(s.head.live);
  t.is(headWord(s.rig.tables, HeadWord.KICK), kicks, 'a batch may be about to park a bio');
  t.false(s.rig.log.includes('removed 0'));
  quiesce(s.rig.tables, 0);
  await settle();
  await settle();
  t.is(headWord(s.rig.tables, HeadWord.KICK), kicks + 1);
  t.true(s.rig.log.includes('removed 0'));
});

test('a path that comes as the timer fires: either the head stays, or the path is refused', async (t) => {
  for (const first of ['path', 'timer']) {
    const s = new Scene(5);
    await s.connect();
    await s.disconnect();
    await s.rig.clock.advance(4999);
    let adding: Promise<void>;
    if (first === 'path') {
      adding = s.connect();
      await s.rig.clock.advance(1);
      await adding;
      t.true(s.live);
    } else {
      const advance = s.rig.clock.advance(1);
      await settle();
      adding = s.connect();
      await t.throwsAsync(adding, { code: 'ERR_REMOVED' });
      await advance;
      t.false(s.live);
    }
    t.is(s.rig.clock.pending, s.live ? 1 : 0);
  }
});

test('removeHead: no delay, parked bios fail, paths are closed', async (t) => {
  const s = new Scene(600);
  const device = new FakeDevice();
  await s.rig.path(s.head, device);
  s.rig.engine.failPath(s.head.paths[0]!, Errno.EIO);
  s.submitter.submit(0);
  t.is(s.parked, 1);
  await s.rig.engine.removeHead(s.head);
  s.submitter.drainRequeue();
  t.deepEqual(s.ended, [[0, Errno.EIO]]);
  t.is(device.closed, 1);
  t.false(s.live);
  t.deepEqual(s.rig.engine.heads, []);
});

test('removeHead ends a delay that runs', async (t) => {
  const s = new Scene(600);
  await s.connect();
  await s.disconnect();
  await s.rig.engine.removeHead(s.head);
  t.false(s.live);
  t.is(s.rig.clock.pending, 0);
});
