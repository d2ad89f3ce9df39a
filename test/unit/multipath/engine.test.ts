import test from 'ava';
import { AccessState, ControllerState, Iopolicy } from '../../../src/multipath/names.js';
import { findPath } from '../../../src/multipath/policies/find-path.js';
import { enter, quiesce } from '../../../src/multipath/rcu.js';
import { Submitter } from '../../../src/multipath/submitter.js';
import { BioTable } from '../../../src/multipath/bio.js';
import { Errno } from '../../../src/shared/errno.js';
import { Head as HeadWord, NONE, Reactor } from '../../../src/shared/layout.js';
import { settle } from '../../sim/fake-clock.js';
import { EngineRig, FakeDevice, headWord, SIZES } from './rig.js';

/** A reactor that is driven by hand; its reports go to the engine. */
function reactor(rig: EngineRig, index = 0): { submitter: Submitter; ended: [number, number][] } {
  const ended: [number, number][] = [];
  const submitter = new Submitter(
    rig.tables,
    index,
    0,
    new BioTable(8),
    { issue: () => undefined },
    { end: (bio, error) => ended.push([bio, error]) },
    rig.engine,
  );
  return { submitter, ended };
}

test('the first live path makes the head live, and the current path of online nodes', async (t) => {
  const rig = new EngineRig();
  const head = rig.head();
  t.false(head.live);
  const path = await rig.path(head, new FakeDevice(), { numaNode: 1 });
  t.true(head.live);
  t.true(path.ready);
  t.deepEqual(path.currentNodes(), [0, 1], 'two of four nodes are online');
  t.true(rig.installed.has(path.number));
  t.deepEqual(rig.log, ['path 0', '0: 0>1 connected', 'live 0']);
  t.true(rig.wakes > 0);
  t.deepEqual(head.paths, [path]);
});

test('no I/O before the first check, and none if it fails', async (t) => {
  const rig = new EngineRig();
  const head = rig.head();
  const device = new FakeDevice();
  device.hang = true;
  device.errno = Errno.EIO;
  const adding = rig.path(head, device);
  await settle();
  await settle();
  t.is(head.paths.length, 1);
  t.is(findPath(rig.tables, head.number, 0), NONE);
  await device.release();
  const path = await adding;
  t.is(path.controller.state, ControllerState.CONNECTING);
  t.false(head.live);
  device.errno = 0;
  await rig.clock.advance(1000);
  t.is(path.controller.state, ControllerState.LIVE);
  t.true(head.live);
});

test('a second path on a LIVE controller carries no I/O before its check', async (t) => {
  const rig = new EngineRig();
  const head = rig.head();
  const controller = rig.controller();
  await rig.path(head, new FakeDevice(), { controller });
  const other = rig.head();
  const slow = new FakeDevice();
  slow.hang = true;
  const adding = rig.path(other, slow, { controller });
  await settle();
  await settle();
  t.is(findPath(rig.tables, other.number, 0), NONE);
  await slow.release();
  await adding;
  t.is(findPath(rig.tables, other.number, 0), 1);
});

test('a path error: RESETTING, CONNECTING at once, LIVE with the next good check', async (t) => {
  const rig = new EngineRig();
  const head = rig.head();
  const [bad, good] = [new FakeDevice(), new FakeDevice()];
  const path = await rig.path(head, bad);
  await rig.path(head, good);
  const { submitter, ended } = reactor(rig);
  submitter.submit(0);
  bad.errno = Errno.EIO;
  rig.log.length = 0;
  submitter.complete(0, Errno.EIO);
  t.is(path.controller.state, ControllerState.RESETTING);
  await settle();
  t.deepEqual(rig.log, ['0: 1>2 EIO', '0: 2>3 EIO']);
  t.deepEqual(path.currentNodes(), []);
  t.is(path.failovers, 1);
  submitter.drainRequeue();
  submitter.complete(0, 0);
  t.deepEqual(ended, [[0, 0]]);
  await rig.clock.advance(3000);
  t.is(path.controller.state, ControllerState.CONNECTING);
  bad.errno = 0;
  await rig.clock.advance(1000);
  t.is(path.controller.state, ControllerState.LIVE);
  t.deepEqual(path.currentNodes(), [0, 1], 'the first optimized path in list order again');
  t.is(path.failovers, 1);
});

test('a failed check while LIVE is a path error; make-it-fail fails checks too', async (t) => {
  const rig = new EngineRig();
  const path = await rig.path(rig.head(), new FakeDevice(), {});
  path.makeItFail = true;
  await rig.clock.advance(999);
  t.is(path.controller.state, ControllerState.LIVE);
  await rig.clock.advance(1);
  t.is(path.controller.state, ControllerState.CONNECTING);
  path.makeItFail = false;
  await rig.clock.advance(1000);
  t.is(path.controller.state, ControllerState.LIVE);
});

test('a path is checked every reconnect_delay, and never twice at a time', async (t) => {
  const rig = new EngineRig();
  const device = new FakeDevice();
  const path = await rig.path(rig.head(), device, { controller: rig.controller(-1, -1, 5) });
  t.is(device.checks, 1);
  await rig.clock.advance(15_000);
  t.is(device.checks, 4);
  device.hang = true;
  await rig.clock.advance(20_000);
  t.is(device.checks, 5);
  t.is(path.controller.state, ControllerState.LIVE, 'a slow check is not a failed one');
  rig.engine.failPath(path, Errno.EIO);
  await rig.clock.advance(30_000);
  t.is(device.checks, 5);
  t.is(path.controller.state, ControllerState.CONNECTING, 'nor is it a good one');
  t.is(device.mostPending, 1);
  await device.release();
  await rig.clock.advance(10_000);
  t.is(path.controller.state, ControllerState.LIVE);
});

test('an answer from before the failure does not count', async (t) => {
  const rig = new EngineRig();
  const device = new FakeDevice();
  const path = await rig.path(rig.head(), device);
  device.hang = true;
  device.errno = Errno.EIO;
  await rig.clock.advance(1000);
  rig.engine.failPath(path, Errno.EIO);
  device.errno = 0;
  await device.release(); // answers EIO, asked while LIVE
  await rig.clock.advance(1000);
  t.is(path.controller.state, ControllerState.LIVE);
  t.is(rig.log.filter((line) => line.includes('1>2')).length, 1);
});

test('a check that fails after several rounds is a failed one', async (t) => {
  const rig = new EngineRig();
  const device = new FakeDevice();
  const path = await rig.path(rig.head(), device);
  device.hang = true;
  device.errno = Errno.ETIMEDOUT;
  await rig.clock.advance(5000);
  t.is(path.controller.state, ControllerState.LIVE);
  await device.release();
  t.is(path.controller.state, ControllerState.CONNECTING);
  t.true(rig.log.includes(`${path.number}: 1>2 ETIMEDOUT`));
});

test('a new path that is being checked already has not failed its first check', async (t) => {
  const rig = new EngineRig();
  const { controller } = await rig.path(rig.head(), new FakeDevice());
  const device = new FakeDevice();
  device.hang = true;
  enter(rig.tables, 0);
  const joining = rig.path(rig.head(), device, { controller });
  await settle();
  await rig.clock.advance(1000);
  t.is(device.checks, 1, 'asked in a round, while its listing waits for the batch');
  quiesce(rig.tables, 0);
  await settle();
  t.is(controller.state, ControllerState.LIVE);
  await device.release();
  t.true((await joining).ready);
  t.is(controller.state, ControllerState.LIVE);
  t.is(controller.resetCount, 0);
});

test('an attempt to reconnect that takes longer than reconnect_delay has failed', async (t) => {
  const rig = new EngineRig();
  const device = new FakeDevice();
  const path = await rig.path(rig.head(), device);
  rig.engine.failPath(path, Errno.EIO);
  device.hang = true;
  await rig.clock.advance(2500);
  await device.release(); // a good answer, too late
  t.is(path.controller.state, ControllerState.CONNECTING);
  await rig.clock.advance(500);
  t.is(path.controller.state, ControllerState.LIVE);
});

test('all paths of a controller must answer before it is LIVE again', async (t) => {
  const rig = new EngineRig();
  const controller = rig.controller();
  const devices = [new FakeDevice(), new FakeDevice()];
  const heads = [rig.head(), rig.head()];
  const paths = [];
  for (const i of [0, 1]) paths.push(await rig.path(heads[i]!, devices[i]!, { controller }));
  devices[1]!.errno = Errno.EIO;
  await rig.clock.advance(1000);
  t.is(controller.state, ControllerState.CONNECTING);
  t.is(findPath(rig.tables, 0, 0), NONE, 'the controller is the unit of failure');
  await rig.clock.advance(3000);
  t.is(controller.state, ControllerState.CONNECTING);
  devices[1]!.errno = 0;
  await rig.clock.advance(1000);
  t.is(controller.state, ControllerState.LIVE);
  t.deepEqual(
    paths.map((path) => path.currentNodes()),
    [
      [0, 1],
      [0, 1],
    ],
  );
});

test('fast_io_fail_tmo: parked bios fail when it expires, a reconnect takes it back', async (t) => {
  const rig = new EngineRig();
  const device = new FakeDevice();
  const head = rig.head();
  const controller = rig.controller(-1, 3);
  await rig.path(head, device, { controller });
  const { submitter, ended } = reactor(rig);
  device.errno = Errno.EIO;
  submitter.submit(0);
  submitter.complete(0, Errno.EIO);
  submitter.drainRequeue();
  await rig.clock.advance(2999);
  submitter.drainRequeue();
  t.deepEqual(ended, []);
  await rig.clock.advance(1);
  submitter.drainRequeue();
  t.deepEqual(ended, [[0, Errno.EIO]]);
  t.true(controller.failfastExpired);
  device.errno = 0;
  await rig.clock.advance(1000);
  t.false(controller.failfastExpired);
  t.is(head.failCount, 1);
  t.is(head.requeueCount, 1);
});

test('fast_io_fail_tmo 0 expires at once; back in time, it never expires', async (t) => {
  const rig = new EngineRig();
  const device = new FakeDevice();
  const path = await rig.path(rig.head(), device, { controller: rig.controller(-1, 0) });
  rig.engine.failPath(path, Errno.EIO);
  t.true(path.controller.failfastExpired);
  await rig.clock.advance(1000);
  t.is(path.controller.state, ControllerState.LIVE);
  path.controller.fastIoFailTmo = 2;
  rig.engine.failPath(path, Errno.EIO);
  await rig.clock.advance(1000);
  rig.engine.failPath(path, Errno.EIO);
  await rig.clock.advance(1500);
  t.is(path.controller.state, ControllerState.LIVE);
  t.false(path.controller.failfastExpired);
});

test('ctrl_loss_tmo: after max_reconnects attempts the controller and its paths go', async (t) => {
  const rig = new EngineRig();
  const head = rig.head();
  const device = new FakeDevice();
  const controller = rig.controller(3);
  await rig.path(head, device, { controller });
  await rig.path(head, new FakeDevice());
  device.errno = Errno.EIO;
  await rig.clock.advance(1000);
  const before = device.checks;
  await rig.clock.advance(2999);
  t.is(device.checks - before, 2);
  rig.log.length = 0;
  await rig.clock.advance(1);
  await rig.clock.advance(0);
  t.is(device.checks - before, 3);
  t.deepEqual(rig.log, ['0: 3>4 ctrl_loss_tmo expired', '0: 4>5 ctrl_loss_tmo expired', 'gone 0']);
  for (let i = 0; i < 5; i++) await settle();
  t.is(device.closed, 1);
  t.is(head.paths.length, 1);
  t.false(rig.engine.controllers.includes(controller));
  t.true(head.live);
});

test('a reconnect in time starts the count of ctrl_loss_tmo anew', async (t) => {
  const rig = new EngineRig();
  const device = new FakeDevice();
  const path = await rig.path(rig.head(), device, { controller: rig.controller(3) });
  for (let round = 0; round < 4; round++) {
    device.errno = Errno.EIO;
    rig.engine.failPath(path, Errno.EIO);
    await rig.clock.advance(2000);
    device.errno = 0;
    await rig.clock.advance(1000);
    t.is(path.controller.state, ControllerState.LIVE);
  }
});

test('removePath waits for the batch, then for the bios, then closes', async (t) => {
  const rig = new EngineRig();
  const head = rig.head();
  const [one, two] = [new FakeDevice(), new FakeDevice()];
  const path = await rig.path(head, one);
  const other = await rig.path(head, two);
  const { submitter, ended } = reactor(rig);
  enter(rig.tables, 0);
  submitter.submit(0);
  let done = false;
  void rig.engine.removePath(path).then(() => (done = true));
  await rig.clock.advance(0);
  t.is(findPath(rig.tables, head.number, 0), other.number);
  t.deepEqual(head.paths, [other]);
  t.false(rig.log.includes('gone 0'), 'a batch may still be looking at it');
  quiesce(rig.tables, 0);
  for (let i = 0; i < 5; i++) await settle();
  t.true(rig.log.includes('gone 0'));
  t.is(one.closed, 0);
  t.is(path.inflight(), 1);
  submitter.complete(0, 0);
  for (let i = 0; i < 8; i++) await settle();
  t.true(done);
  t.is(one.closed, 1);
  t.false(rig.installed.has(path.number));
  t.deepEqual(ended, [[0, 0]]);
  await rig.engine.removePath(path);
  t.is(one.closed, 1, 'removing again is no removal');
});

test('a removed path is no current path, also if a batch made it one meanwhile', async (t) => {
  const rig = new EngineRig();
  const head = rig.head();
  const path = await rig.path(head, new FakeDevice());
  await rig.path(head, new FakeDevice());
  enter(rig.tables, 0);
  const removal = rig.engine.removePath(path);
  await settle();
  // The record will be another head's path: numa would go on sending bios to it.
  rig.tables.head[HeadWord.CURRENT_PATH] = path.number;
  quiesce(rig.tables, 0);
  await removal;
  t.deepEqual(path.currentNodes(), []);
});

test('a check that answers after the removal is ignored', async (t) => {
  const rig = new EngineRig();
  const head = rig.head();
  const [device, other] = [new FakeDevice(), new FakeDevice()];
  const controller = rig.controller();
  const path = await rig.path(head, device, { controller });
  await rig.path(head, other, { controller });
  device.hang = true;
  device.errno = Errno.EIO;
  await rig.clock.advance(1000);
  await rig.engine.removePath(path);
  await device.release();
  t.is(controller.state, ControllerState.LIVE);
});

test('a path removed during its first check stays removed', async (t) => {
  const rig = new EngineRig();
  const head = rig.head();
  const device = new FakeDevice();
  device.hang = true;
  const adding = rig.path(head, device);
  await settle();
  await settle();
  const path = head.paths[0]!;
  await rig.engine.removePath(path);
  await device.release();
  t.is(await adding, path);
  t.false(head.live);
  t.is(findPath(rig.tables, head.number, 0), NONE);
  t.is(device.closed, 1);
});

test('the failure of a path that is gone when the report comes does not hang its controller', async (t) => {
  const rig = new EngineRig();
  const head = rig.head();
  const [one, two] = [new FakeDevice(), new FakeDevice()];
  const controller = rig.controller();
  const path = await rig.path(head, one, { controller });
  const other = await rig.path(rig.head(), two, { controller });
  const late: [number, number][] = [];
  const submitter = new Submitter(
    rig.tables,
    0,
    0,
    new BioTable(1),
    { issue: () => undefined },
    { end: () => undefined },
    { pathFailed: (...report) => late.push(report) },
  );
  submitter.submit(0);
  const removal = rig.engine.removePath(path);
  submitter.complete(0, Errno.EIO);
  await removal;
  t.is(controller.state, ControllerState.CONNECTING);
  for (const [number, errno] of late) rig.engine.pathFailed(number, errno);
  await rig.clock.advance(1000);
  t.is(controller.state, ControllerState.LIVE);
  t.deepEqual(other.currentNodes(), [0, 1]);
});

test('records of paths, controllers and heads are used again, the oldest first', async (t) => {
  const rig = new EngineRig();
  for (let round = 0; round < 12; round++) {
    const head = rig.head();
    t.is(head.number, round % SIZES.heads);
    const path = await rig.path(head, new FakeDevice());
    await rig.engine.removeController(path.controller);
    t.true(head.removed);
  }
  t.deepEqual([rig.engine.heads.length, rig.engine.controllers.length], [0, 0]);
  t.is(rig.clock.pending, 0);
});

test('full tables refuse, and nothing is lost by it', async (t) => {
  const rig = new EngineRig({ ...SIZES, paths: 1 });
  const head = rig.head();
  await rig.path(head, new FakeDevice());
  const refused = new FakeDevice();
  await t.throwsAsync(rig.path(head, refused), { code: 'ERR_TABLE_FULL' });
  t.is(refused.closed, 0);
  t.is(head.paths.length, 1);
  t.throws(() => rig.head(-1), {
    instanceOf: RangeError,
  });
});

test('removeController refuses paths that come too late, and takes those on the way', async (t) => {
  const rig = new EngineRig();
  const head = rig.head();
  await rig.path(head, new FakeDevice());
  const controller = rig.controller();
  const late = rig.path(head, new FakeDevice(), { controller });
  await Promise.resolve();
  const removal = rig.engine.removeController(controller);
  await t.throwsAsync(late, { code: 'ERR_REMOVED' });
  await removal;
  t.is(head.paths.length, 1);
  t.is(rig.installed.size, 1);
});

test('iopolicy: a change clears the current paths and kicks; the same again does nothing', async (t) => {
  const rig = new EngineRig();
  const head = rig.head();
  const path = await rig.path(head, new FakeDevice());
  const before = headWord(rig.tables, HeadWord.KICK)!;
  head.iopolicy = Iopolicy.NUMA;
  t.is(headWord(rig.tables, HeadWord.KICK), before);
  t.deepEqual(path.currentNodes(), [0, 1]);
  head.iopolicy = Iopolicy.ROUND_ROBIN;
  t.is(headWord(rig.tables, HeadWord.KICK), before + 1);
  t.deepEqual(path.currentNodes(), []);
  t.is(rig.log.at(-1), 'iopolicy 0>1');
});

test('iopolicy: a choice made under the old policy does not outlive the change', async (t) => {
  const rig = new EngineRig();
  const head = rig.head(0, Iopolicy.ROUND_ROBIN);
  const near = await rig.path(head, new FakeDevice(), { numaNode: 0 });
  const far = await rig.path(head, new FakeDevice(), { numaNode: 1 });
  enter(rig.tables, 0);
  head.iopolicy = Iopolicy.NUMA;
  rig.tables.head[HeadWord.CURRENT_PATH] = far.number; // the reactor was in a selection
  quiesce(rig.tables, 0);
  await settle();
  await settle();
  t.is(findPath(rig.tables, head.number, 0), near.number);
});

test('access states: the current path follows, parked bios go on', async (t) => {
  const rig = new EngineRig();
  const head = rig.head();
  const a = await rig.path(head, new FakeDevice(), { accessState: AccessState.INACCESSIBLE });
  t.false(head.live, 'no disk before a path carries I/O');
  const b = await rig.path(head, new FakeDevice());
  t.true(head.live);
  a.accessState = AccessState.OPTIMIZED;
  await settle();
  t.deepEqual(a.currentNodes(), [0, 1]);
  a.accessState = AccessState.CHANGE;
  b.accessState = AccessState.PERSISTENT_LOSS;
  t.deepEqual([a.currentNodes(), b.currentNodes()], [[], []]);
  const { submitter } = reactor(rig);
  submitter.submit(0);
  t.is(rig.tables.reactor[Reactor.PARKED], 1);
  b.accessState = AccessState.NONOPTIMIZED;
  await settle();
  submitter.drainRequeue();
  t.is(rig.tables.reactor[Reactor.PARKED], 0);
  t.is(b.inflight(), 1);
});

test('ANA_PENDING disables a path until its access state is known again', async (t) => {
  const rig = new EngineRig();
  const head = rig.head();
  const path = await rig.path(head, new FakeDevice());
  path.anaPending = true;
  t.is(findPath(rig.tables, head.number, 0), NONE);
  path.anaPending = false;
  await settle();
  t.is(findPath(rig.tables, head.number, 0), path.number);
});

test('setCapacity clears the current paths and kicks', async (t) => {
  const rig = new EngineRig();
  const head = rig.head();
  const path = await rig.path(head, new FakeDevice());
  const kicks = headWord(rig.tables, HeadWord.KICK)!;
  head.setCapacity(4096);
  t.is(head.capacity, 4096);
  t.deepEqual(path.currentNodes(), []);
  t.is(headWord(rig.tables, HeadWord.KICK), kicks + 1);
});

test('counters can be read and set; make-it-slow is kept', async (t) => {
  const rig = new EngineRig();
  const head = rig.head();
  const path = await rig.path(head, new FakeDevice());
  head.requeueCount = 7;
  head.failCount = 8;
  path.failovers = 4_000_000_000;
  path.slowUs = 1500;
  t.deepEqual([head.requeueCount, head.failCount, path.failovers, path.slowUs], [7, 8, 4e9, 1500]);
  head.requeueCount = 0;
  t.is(head.requeueCount, 0);
});

test('after the shutdown a failure changes nothing: nobody would connect again', async (t) => {
  const rig = new EngineRig();
  const path = await rig.path(rig.head(), new FakeDevice());
  await rig.engine.shutdown();
  rig.engine.failPath(path, Errno.ENODEV);
  t.is(path.controller.state, ControllerState.LIVE);
});

test('shutdown leaves no timer', async (t) => {
  const rig = new EngineRig();
  const device = new FakeDevice();
  const path = await rig.path(rig.head(5), device);
  await rig.engine.removePath(path);
  const down = await rig.path(rig.head(), device, { controller: rig.controller(5, 5) });
  rig.engine.failPath(down, Errno.EIO);
  t.true(rig.clock.pending > 0);
  await rig.engine.shutdown();
  t.is(rig.clock.pending, 0);
  const before = device.checks;
  await rig.clock.advance(60_000);
  t.is(device.checks, before);
});
