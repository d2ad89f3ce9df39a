/** When a path becomes marginal, and normal again; back-off. What policies make of it: policies/. */
import test from 'ava';
import { Diagnosis } from '../../../src/multipath/driver.js';
import { AccessState, ControllerState } from '../../../src/multipath/names.js';
import type { Path } from '../../../src/multipath/path.js';
import { findPath } from '../../../src/multipath/policies/find-path.js';
import { Errno } from '../../../src/shared/errno.js';
import { Head as HeadWord, PathRank } from '../../../src/shared/layout.js';
import { settle } from '../../sim/fake-clock.js';
import { Bench, EngineRig, FakeDevice, headWord } from './rig.js';

const RULE = { failures: 3, windowSecs: 60, recoverySecs: 20 };

/** An I/O of the path fails, its device answers DEVICE, and its checker that all is well. */
async function failIo(rig: EngineRig, path: Path): Promise<void> {
  const bench = new Bench(rig.tables, 1);
  bench.bios.head[0] = path.head.number;
  for (const other of path.head.paths) other.offline = other !== path;
  bench.submitter.submit(0);
  bench.submitter.complete(0, Errno.EIO);
  for (const other of path.head.paths) other.offline = false;
  for (const report of bench.reports) rig.engine.pathFailed(...report);
  await settle();
}

test('a path that fails I/O and answers its checks: marginal at the third time', async (t) => {
  const rig = new EngineRig();
  const head = rig.head(0, 0, RULE);
  const path = await rig.path(head, new FakeDevice());
  const other = await rig.path(head, new FakeDevice());
  for (let i = 0; i < 3; i++) {
    t.false(path.marginal);
    t.is(findPath(rig.tables, head.number, 0), path.number, 'the first one');
    await failIo(rig, path);
    await rig.clock.advance(1000);
    t.is(path.controller.state, ControllerState.LIVE);
  }
  t.true(path.marginal);
  t.is(findPath(rig.tables, head.number, 0), other.number);
  other.offline = true;
  t.is(findPath(rig.tables, head.number, 0), path.number, 'better than none');
  other.offline = false;
  t.deepEqual(
    rig.log.filter((line) => line.startsWith('marginal')),
    ['marginal 0: true'],
  );
  await rig.clock.advance(19_999);
  t.true(path.marginal);
  await rig.clock.advance(1);
  t.false(path.marginal);
  t.is(rig.log.at(-1), 'marginal 0: false');
  t.is(findPath(rig.tables, head.number, 0), path.number);
  // It starts from nothing again.
  await failIo(rig, path);
  t.false(path.marginal);
});

test('failures further apart than the window do not add up', async (t) => {
  const rig = new EngineRig();
  const path = await rig.path(rig.head(0, 0, { ...RULE, windowSecs: 10 }), new FakeDevice());
  for (let i = 0; i < 6; i++) {
    await failIo(rig, path);
    await rig.clock.advance(6000);
  }
  t.false(path.marginal);
  await failIo(rig, path);
  await rig.clock.advance(3000);
  await failIo(rig, path);
  t.true(path.marginal);
});

test('a failure, and time without a connection, put the recovery off', async (t) => {
  const rig = new EngineRig();
  const device = new FakeDevice();
  const path = await rig.path(rig.head(0, 0, { ...RULE, failures: 1 }), device);
  await failIo(rig, path);
  t.true(path.marginal);
  await rig.clock.advance(15_000);
  await failIo(rig, path);
  await rig.clock.advance(15_000);
  t.true(path.marginal);
  device.errno = Errno.EIO;
  rig.engine.failPath(path, Errno.EIO);
  await rig.clock.advance(60_000);
  device.errno = 0;
  await rig.engine.resetController(path.controller);
  rig.engine.reconnect(path.controller);
  await settle();
  t.is(path.controller.state, ControllerState.LIVE);
  await rig.clock.advance(19_999);
  t.true(path.marginal);
  await rig.clock.advance(1);
  t.false(path.marginal);
});

test('access states, and checks that fail, are no failures of its I/O', async (t) => {
  const rig = new EngineRig();
  const device = new FakeDevice();
  device.diagnosis = Diagnosis.ACCESS;
  const path = await rig.path(rig.head(0, 0, { ...RULE, failures: 1 }), device);
  await failIo(rig, path);
  rig.engine.failPath(path, Errno.EIO);
  await rig.clock.advance(1000);
  t.is(path.controller.state, ControllerState.LIVE);
  t.false(path.marginal);
});

test('0 failures: never, and what was so for its failures is normal again', async (t) => {
  const rig = new EngineRig();
  const head = rig.head(0, 0, { ...RULE, failures: 1 });
  const [one, two] = [
    await rig.path(head, new FakeDevice()),
    await rig.path(head, new FakeDevice()),
  ];
  await failIo(rig, one);
  two.marginal = true;
  t.deepEqual([one.marginal, two.marginal], [true, true]);
  head.marginalPathFailures = 0;
  t.deepEqual([one.marginal, two.marginal], [false, true]);
  await rig.clock.advance(1000);
  for (let i = 0; i < 10; i++) {
    await failIo(rig, one);
    await rig.clock.advance(1000);
  }
  t.false(one.marginal);
});

test('set by hand it stays until it is set again; no recovery, or 0, is none', async (t) => {
  const rig = new EngineRig();
  const head = rig.head(0, 0, { ...RULE, failures: 1, recoverySecs: 0 });
  const [one, two] = [
    await rig.path(head, new FakeDevice()),
    await rig.path(head, new FakeDevice()),
  ];
  t.is(findPath(rig.tables, head.number, 0), one.number);
  one.marginal = true;
  t.deepEqual(one.currentNodes(), []);
  t.is(findPath(rig.tables, head.number, 0), two.number);
  await failIo(rig, two);
  await rig.clock.advance(1_000_000);
  t.deepEqual([one.marginal, two.marginal], [true, true]);
  const kicks = headWord(rig.tables, HeadWord.KICK)!;
  two.marginal = false;
  await settle();
  t.true(headWord(rig.tables, HeadWord.KICK)! > kicks);
  t.deepEqual(two.currentNodes(), [0, 1]);
  one.marginal = false;
  await settle();
  t.deepEqual(one.currentNodes(), [0, 1], 'the first in the list');
  // Its own recovery does not take back what was set while it ran.
  head.marginalPathRecoverySecs = 5;
  await failIo(rig, one);
  await rig.clock.advance(1000);
  one.marginal = true;
  await rig.clock.advance(60_000);
  t.true(one.marginal);
});

test('preferred: the current path follows at once', async (t) => {
  const rig = new EngineRig();
  const head = rig.head();
  const one = await rig.path(head, new FakeDevice());
  const two = await rig.path(head, new FakeDevice(), { preferred: true });
  t.deepEqual([one.preferred, two.preferred], [false, true]);
  t.is(findPath(rig.tables, head.number, 0), two.number);
  two.preferred = false;
  t.is(findPath(rig.tables, head.number, 0), one.number);
  two.preferred = true;
  t.deepEqual(two.currentNodes(), [0, 1]);
  t.is(findPath(rig.tables, head.number, 1), two.number);
  two.accessState = AccessState.NONOPTIMIZED;
  t.is(findPath(rig.tables, head.number, 0), one.number);
});

test('a better path that is added is used at once, a worse one when it is gone', async (t) => {
  for (const iopolicy of [0, 1, 2]) {
    const rig = new EngineRig();
    const head = rig.head(0, iopolicy);
    const worse = await rig.path(head, new FakeDevice(), {
      accessState: AccessState.NONOPTIMIZED,
    });
    t.is(findPath(rig.tables, head.number, 0), worse.number);
    const plain = await rig.path(head, new FakeDevice());
    const best = await rig.path(head, new FakeDevice(), { preferred: true });
    for (let i = 0; i < 3; i++) t.is(findPath(rig.tables, head.number, 0), best.number);
    await rig.engine.removePath(best);
    t.is(headWord(rig.tables, HeadWord.BEST_RANK), PathRank.NOT_PREFERRED);
    for (let i = 0; i < 3; i++) t.is(findPath(rig.tables, head.number, 0), plain.number);
  }
});

test('the settings are unsigned ints, and defaults are 5 in 60, 60', (t) => {
  const head = new EngineRig().head();
  t.deepEqual(
    [head.marginalPathFailures, head.marginalPathWindowSecs, head.marginalPathRecoverySecs],
    [5, 60, 60],
  );
  const set = [
    (value: number) => (head.marginalPathFailures = value),
    (value: number) => (head.marginalPathWindowSecs = value),
    (value: number) => (head.marginalPathRecoverySecs = value),
  ];
  for (const to of set) {
    for (const bad of [-1, 1.5, NaN, 2 ** 32]) t.throws(() => to(bad), { instanceOf: RangeError });
    to(7);
  }
  t.deepEqual(head.marginalRule, { failures: 7, windowSecs: 7, recoverySecs: 7 });
});

test('a removed path leaves no timer', async (t) => {
  const rig = new EngineRig();
  const head = rig.head(0, 0, { ...RULE, failures: 1 });
  const path = await rig.path(head, new FakeDevice());
  await failIo(rig, path);
  await rig.clock.advance(1000);
  t.is(rig.clock.pending, 2, 'the next check, and the recovery');
  await rig.engine.removePath(path);
  t.is(rig.clock.pending, 1);
  await rig.engine.removeController(path.controller);
  t.is(rig.clock.pending, 0);
});

test('attempts become rare: after five each wait is twice the last, up to 16 times', async (t) => {
  const rig = new EngineRig();
  const device = new FakeDevice();
  const path = await rig.path(rig.head(), device);
  device.errno = Errno.EIO;
  rig.engine.failPath(path, Errno.EIO);
  const at: number[] = [];
  const start = rig.clock.now();
  for (let secs = 1; secs <= 75; secs++) {
    const before = device.checks;
    await rig.clock.advance(1000);
    if (device.checks > before) at.push((rig.clock.now() - start) / 1000);
  }
  t.deepEqual(at, [1, 2, 3, 4, 5, 7, 11, 19, 35, 51, 67]);
  rig.engine.reconnect(path.controller);
  await settle();
  t.is(device.checks, 13, 'one now');
  await rig.clock.advance(4000);
  t.is(device.checks, 17, 'and then as in the beginning');
  device.errno = 0;
  rig.engine.reconnect(path.controller);
  await settle();
  t.is(path.controller.state, ControllerState.LIVE);
  const checks = device.checks;
  rig.engine.reconnect(path.controller);
  await settle();
  t.is(device.checks, checks, 'a LIVE one is left alone');
});

test('ctrl_loss_tmo is time: attempts that became rare, or hang, do not stretch it', async (t) => {
  for (const hang of [false, true]) {
    const rig = new EngineRig();
    const device = new FakeDevice();
    const path = await rig.path(rig.head(), device, { controller: rig.controller(30) });
    device.errno = Errno.EIO;
    device.hang = hang;
    rig.engine.failPath(path, Errno.EIO);
    await rig.clock.advance(29_999);
    t.is(path.controller.state, ControllerState.CONNECTING);
    // The last attempt is made when the time is over; one that hangs has its own second.
    await rig.clock.advance(hang ? 1001 : 1);
    t.is(path.controller.state, ControllerState.DELETING_NOIO, hang ? 'hangs' : 'answers');
  }
});

test('a device that is back for the last attempt of ctrl_loss_tmo is not lost', async (t) => {
  const rig = new EngineRig();
  const device = new FakeDevice();
  const path = await rig.path(rig.head(), device, { controller: rig.controller(30) });
  device.errno = Errno.EIO;
  rig.engine.failPath(path, Errno.EIO);
  await rig.clock.advance(29_000);
  device.errno = 0;
  await rig.clock.advance(1000);
  t.is(path.controller.state, ControllerState.LIVE);
});
