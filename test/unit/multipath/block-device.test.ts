import test from 'ava';
import type { BlockDevice } from '../../../src/multipath/block-device.js';
import { enter, quiesce } from '../../../src/multipath/rcu.js';
import { Errno } from '../../../src/shared/errno.js';
import { Stat, STAT_STRIDE } from '../../../src/shared/layout.js';
import type { Tables } from '../../../src/shared/tables.js';
import { settle } from '../../sim/fake-clock.js';
import { Bench, EngineRig, FakeDevice, SIZES } from './rig.js';

/** What a reactor would do: an I/O begins or ends. */
function count(t: Tables, { number }: BlockDevice, step: number): void {
  const at = number * STAT_STRIDE + Stat.WRITES_IN_FLIGHT;
  t.bdevStat[at] = t.bdevStat[at]! + step;
}

async function settleAll(): Promise<void> {
  for (let i = 0; i < 10; i++) await settle();
}

test('a whole disk and its partitions, as the reactors see them', (t) => {
  const rig = new EngineRig();
  const head = rig.head();
  const part = rig.engine.addPartition(head, 8192, 4096);
  t.is(head.bdev.number, head.number);
  t.deepEqual([head.bdev.start, head.bdev.size], [0, 1 << 20]);
  t.deepEqual([part.number, part.start, part.size], [SIZES.heads, 8192, 4096]);
  t.is(rig.tables.bdevHead[part.number], head.number);
  t.is(rig.tables.start[part.number], 8192);
  t.is(rig.tables.capacity[part.number], 4096);
  t.deepEqual([...head.partitions], [part]);
  t.is(part.stat.readIos, 0);
});

test('full: EngineError; of a removed head: EngineError', async (t) => {
  const rig = new EngineRig();
  const head = rig.head();
  for (let i = 0; i < SIZES.partitions; i++) rig.engine.addPartition(head, 0, 512);
  t.throws(() => rig.engine.addPartition(head, 0, 512), { code: 'ERR_TABLE_FULL' });
  await rig.engine.removeHead(head);
  t.throws(() => rig.engine.addPartition(head, 0, 512), { code: 'ERR_REMOVED' });
});

test('the generation moves at once, the number comes back when nobody can use it', async (t) => {
  const rig = new EngineRig({ ...SIZES, partitions: 1 });
  const { engine, tables } = rig;
  const head = rig.head();
  const part = engine.addPartition(head, 0, 512);
  enter(tables, 0);
  const removal = engine.removePartition(part);
  t.is(engine.removePartition(part), removal, 'removing again is no removal');
  t.is(tables.generation[part.number], 1);
  t.deepEqual([part.generation, part.size], [0, 0]);
  t.is(tables.capacity[part.number], 512, 'a batch may have compared generations before');
  count(tables, part, 1); // ... and let an I/O in.
  await settleAll();
  t.throws(() => engine.addPartition(head, 0, 512), { code: 'ERR_TABLE_FULL' });
  quiesce(tables, 0);
  await removal;
  await settleAll();
  t.throws(() => engine.addPartition(head, 0, 512), { code: 'ERR_TABLE_FULL' }, 'it goes on');
  enter(tables, 0);
  count(tables, part, -1);
  await settleAll();
  t.throws(() => engine.addPartition(head, 0, 512), { code: 'ERR_TABLE_FULL' }, 'its batch too');
  quiesce(tables, 0);
  await settleAll();
  const next = engine.addPartition(head, 1024, 2048);
  t.deepEqual([next.number, next.generation, next.size], [part.number, 1, 2048]);
  t.is(part.size, 0);
  part.resize(4096);
  t.is(next.size, 2048, 'the old object changes nothing of the new one');
});

test('the number of a removed head waits for its parked bios', async (t) => {
  const rig = new EngineRig({ ...SIZES, heads: 1 });
  const head = rig.head();
  const path = await rig.path(head, new FakeDevice());
  rig.engine.failPath(path, Errno.EIO);
  const b = new Bench(rig.tables);
  count(rig.tables, head.bdev, 1);
  b.submitter.submit(0);
  await rig.engine.removeHead(head);
  await settleAll();
  t.throws(() => rig.head(), { code: 'ERR_TABLE_FULL' });
  b.submitter.drainRequeue();
  t.deepEqual(b.ended, [[0, Errno.EIO]]);
  count(rig.tables, head.bdev, -1);
  await settleAll();
  t.is(rig.head().number, head.number);
});

test('heads and partitions come and go thousands of times in a small table', async (t) => {
  const rig = new EngineRig({ ...SIZES, heads: 2, partitions: 3, paths: 2, controllers: 2 });
  const seen = new Set<string>();
  for (let round = 0; round < 2000; round++) {
    const head = rig.head(round % 2);
    const path = await rig.path(head, new FakeDevice());
    const part = rig.engine.addPartition(head, 0, 512);
    for (const bdev of [head.bdev, part]) {
      const file = `${bdev.number}/${bdev.generation}`;
      t.false(seen.has(file), file);
      seen.add(file);
    }
    t.true(head.live);
    t.deepEqual([head.requeueCount, head.failCount, head.stat.writeIos], [0, 0, 0]);
    head.requeueCount = 5;
    rig.tables.bdevStat[head.number * STAT_STRIDE + Stat.WRITE_IOS] = 7;
    if (round % 3 === 0) await rig.engine.removePartition(part);
    await rig.engine.removeController(path.controller);
    await rig.engine.removeHead(head);
    await settle();
    t.false(head.live);
  }
  t.is(seen.size, 4000);
  t.is(rig.clock.pending, 0);
});

test('what is set on a removed head or path does not touch who has the record now', async (t) => {
  const rig = new EngineRig({ ...SIZES, heads: 1, paths: 1 });
  const old = rig.head();
  const oldPath = await rig.path(old, new FakeDevice());
  await rig.engine.removeHead(old);
  await settleAll();
  const head = rig.head(0, 1);
  const path = await rig.path(head, new FakeDevice());
  t.deepEqual([head.number, path.number], [old.number, oldPath.number]);
  old.iopolicy = 2;
  old.delayedRemovalSecs = 9;
  old.failCount = 9;
  old.setCapacity(512);
  oldPath.accessState = 3;
  oldPath.offline = true;
  oldPath.makeItFail = true;
  oldPath.errorCount = 9;
  oldPath.resize(512);
  await oldPath.setReady(false);
  t.deepEqual([head.iopolicy, head.failCount, head.capacity], [1, 0, 1 << 20]);
  t.deepEqual(
    [path.accessState, path.offline, path.makeItFail, path.errorCount],
    [0, false, false, 0],
  );
  t.true(path.ready);
  t.deepEqual([head.live, old.live], [true, false]);
});
