/** What becomes of a path error: its driver is asked, while the controller is RESETTING. */
import test from 'ava';
import type { Controller } from '../../../src/multipath/controller.js';
import { Diagnosis } from '../../../src/multipath/driver.js';
import type { Head } from '../../../src/multipath/head.js';
import { AccessState, ControllerState } from '../../../src/multipath/names.js';
import type { Path } from '../../../src/multipath/path.js';
import { Errno } from '../../../src/shared/errno.js';
import { settle } from '../../sim/fake-clock.js';
import { Bench, EngineRig, FakeDevice } from './rig.js';

const { LIVE, RESETTING, CONNECTING } = ControllerState;
const { OPTIMIZED, INACCESSIBLE } = AccessState;
const { DEVICE, ACCESS } = Diagnosis;

interface Scene {
  readonly rig: EngineRig;
  readonly head: Head;
  readonly device: FakeDevice;
  readonly path: Path;
  readonly controller: Controller;
  readonly bench: Bench;
}

/** A head with one path, the device of which does not say at once what a path error was. */
async function scene(): Promise<Scene> {
  const rig = new EngineRig();
  const head = rig.head();
  const device = new FakeDevice();
  device.diagnosis = undefined;
  const path = await rig.path(head, device);
  const bench = new Bench(rig.tables);
  rig.log.length = 0;
  return { rig, head, device, path, bench, controller: path.controller };
}

/** A bio fails on the path; the reactor's report reaches the engine. */
function fail(s: Scene, bio = 0, errno: number = Errno.EIO): void {
  s.bench.submitter.submit(bio);
  s.bench.submitter.complete(bio, errno);
  for (const [path, error] of s.bench.reports.splice(0)) s.rig.engine.pathFailed(path, error);
}

test('ACCESS: LIVE again, as if nothing had happened; parked bios go on', async (t) => {
  const s = await scene();
  const other = await s.rig.path(s.head, new FakeDevice(), { accessState: INACCESSIBLE });
  s.rig.log.length = 0;
  fail(s, 0, Errno.EIO);
  t.is(s.controller.state, RESETTING);
  t.deepEqual(s.device.diagnosed, [[s.path.number, Errno.EIO]]);
  s.bench.submitter.drainRequeue();
  t.is(s.bench.issued.length, 1, 'parked: no path is usable, one is available');
  s.path.accessState = INACCESSIBLE;
  await s.device.explain(ACCESS);
  t.is(s.controller.state, LIVE);
  t.deepEqual(s.rig.log, [`access ${s.path.number}: ${INACCESSIBLE}`], 'nothing is announced');
  t.deepEqual([s.controller.resetCount, s.controller.reconnectCount], [0, 0]);
  s.bench.submitter.drainRequeue();
  t.deepEqual(s.bench.ended, []);
  other.accessState = OPTIMIZED;
  await settle();
  s.bench.submitter.drainRequeue();
  t.deepEqual(s.bench.issued.at(-1), [0, other.number]);
});

test('ACCESS of a path that has become usable again: the bio goes to it once more', async (t) => {
  const s = await scene();
  fail(s);
  s.bench.submitter.drainRequeue();
  await s.device.explain(ACCESS);
  await settle();
  s.bench.submitter.drainRequeue();
  t.deepEqual(s.bench.issued, [
    [0, s.path.number],
    [0, s.path.number],
  ]);
});

test('a check goes on in its time: a diagnosis is no reconnect', async (t) => {
  const s = await scene();
  const { checks } = s.device;
  await s.rig.clock.advance(900);
  fail(s);
  s.path.accessState = INACCESSIBLE;
  await s.device.explain(ACCESS);
  t.is(s.device.checks, checks);
  await s.rig.clock.advance(100);
  t.is(s.device.checks, checks + 1);
});

const BAD_NEWS: Record<string, (s: Scene) => Promise<void>> = {
  DEVICE: (s) => s.device.explain(DEVICE),
  'no diagnosis at all': (s) => s.device.explain(NaN),
  'no answer in a second': (s) => s.rig.clock.advance(1),
};
for (const [name, say] of Object.entries(BAD_NEWS)) {
  test(`${name}: the controller connects, and tries again`, async (t) => {
    const s = await scene();
    // With no check to answer for the device meanwhile.
    s.controller.reconnectDelay = 10;
    await s.rig.clock.advance(1000);
    fail(s, 0, Errno.ETIMEDOUT);
    await s.rig.clock.advance(999);
    t.is(s.controller.state, RESETTING);
    await say(s);
    t.is(s.controller.state, CONNECTING);
    t.deepEqual(s.rig.log, ['0: 1>2 ETIMEDOUT', '0: 2>3 ETIMEDOUT']);
    t.is(s.controller.resetCount, 1);
    await s.rig.clock.advance(10_000);
    t.is(s.controller.state, LIVE);
  });
}

test('a driver that rejects, or throws, has a device that failed', async (t) => {
  const s = await scene();
  s.device.diagnose = () => Promise.reject(new Error('no device'));
  fail(s);
  await settle();
  t.is(s.controller.state, CONNECTING);
  await s.rig.clock.advance(1000);
  t.is(s.controller.state, LIVE);
  s.device.diagnose = () => {
    throw new Error('no driver');
  };
  fail(s, 1);
  await settle();
  t.is(s.controller.state, CONNECTING);
});

test('make-it-fail needs no diagnosis', async (t) => {
  const s = await scene();
  s.path.makeItFail = true;
  fail(s);
  await settle();
  t.is(s.controller.state, CONNECTING);
  t.deepEqual(s.device.diagnosed, []);
});

test('a late answer changes nothing, and nobody is asked twice at a time', async (t) => {
  const s = await scene();
  fail(s);
  await s.rig.clock.advance(1000);
  t.is(s.controller.state, CONNECTING);
  await s.rig.clock.advance(1000);
  t.is(s.controller.state, LIVE);
  fail(s, 1);
  await settle();
  t.is(s.controller.state, CONNECTING, 'the first question has no answer yet');
  t.is(s.device.diagnosed.length, 1);
  await s.device.explain(ACCESS);
  t.is(s.controller.state, CONNECTING);
  await s.rig.clock.advance(1000);
  t.is(s.controller.state, LIVE);
  fail(s, 2);
  t.is(s.device.diagnosed.length, 2);
});

test('a device that blames an access state which carries I/O is not believed for long', async (t) => {
  const s = await scene();
  s.device.diagnosis = ACCESS;
  let rounds = 0;
  for (let bio = 0; bio < 10 && s.controller.state === LIVE; bio++) {
    fail(s, bio);
    await settle();
    rounds++;
  }
  t.is(s.controller.state, CONNECTING);
  t.is(rounds, 4);
  await s.rig.clock.advance(1000);
  t.is(s.controller.state, LIVE);
  // Now and then it may happen: between two errors the state has changed, and changed back.
  for (let bio = 10; bio < 15; bio++) {
    fail(s, bio);
    await s.rig.clock.advance(1000);
    t.is(s.controller.state, LIVE);
  }
});

test('a failed check ends a diagnosis; what it says then is too late', async (t) => {
  const s = await scene();
  fail(s);
  s.rig.engine.failPath(s.path, Errno.ENODEV);
  t.is(s.controller.state, CONNECTING);
  t.deepEqual(s.rig.log, ['0: 1>2 ENODEV', '0: 2>3 ENODEV']);
  await s.device.explain(ACCESS);
  t.is(s.controller.state, CONNECTING);
  await s.rig.clock.advance(1000);
  t.is(s.controller.state, LIVE);
  t.is(s.controller.resetCount, 1);
});

test('a check that fails before the report comes; the report is then stale', async (t) => {
  const s = await scene();
  s.bench.submitter.submit(0);
  s.bench.submitter.complete(0, Errno.EIO);
  t.is(s.controller.state, RESETTING);
  s.rig.engine.failPath(s.path, Errno.ENODEV);
  t.is(s.controller.state, CONNECTING);
  s.rig.engine.pathFailed(s.path.number, Errno.EIO);
  t.is(s.controller.state, CONNECTING);
  t.deepEqual(s.device.diagnosed, []);
});

test('several paths of a controller: one round, each asked once; one bad device is enough', async (t) => {
  const s = await scene();
  const others = [new FakeDevice(), new FakeDevice()];
  const paths = [];
  for (const device of others) {
    device.diagnosis = undefined;
    paths.push(await s.rig.path(s.rig.head(), device, { controller: s.controller }));
  }
  fail(s);
  for (const path of [...paths, s.path]) s.rig.engine.pathFailed(path.number, Errno.ENOLINK);
  t.deepEqual(
    [s.device, ...others].map(({ diagnosed }) => diagnosed.length),
    [1, 1, 1],
  );
  s.path.accessState = INACCESSIBLE;
  await s.device.explain(ACCESS);
  t.is(s.controller.state, RESETTING, 'the others have not answered');
  await others[0]!.explain(DEVICE);
  t.is(s.controller.state, CONNECTING);
  await others[1]!.explain(ACCESS);
  t.is(s.controller.state, CONNECTING);
  t.is(s.controller.resetCount, 1);
});

test('several paths, and access states are all it was', async (t) => {
  const s = await scene();
  const device = new FakeDevice();
  device.diagnosis = undefined;
  const other = await s.rig.path(s.rig.head(), device, { controller: s.controller });
  fail(s);
  s.rig.engine.pathFailed(other.number, Errno.EIO);
  for (const path of [s.path, other]) path.accessState = INACCESSIBLE;
  await s.device.explain(ACCESS);
  await device.explain(ACCESS);
  t.is(s.controller.state, LIVE);
});

test('a path that is removed while it is diagnosed does not count', async (t) => {
  const s = await scene();
  const head = s.rig.head();
  const other = await s.rig.path(head, new FakeDevice(), { controller: s.controller });
  fail(s);
  const bench = new Bench(s.rig.tables, 4);
  bench.bios.head[0] = head.number;
  bench.submitter.submit(0);
  t.deepEqual(bench.issued, [], 'the controller is RESETTING');
  await s.rig.engine.removePath(s.path);
  t.is(s.controller.state, LIVE);
  await settle();
  bench.submitter.drainRequeue();
  t.deepEqual(bench.issued, [[0, other.number]]);
  await s.device.explain(DEVICE);
  t.is(s.controller.state, LIVE);
});

test('a path that is being removed is not asked', async (t) => {
  const s = await scene();
  await s.rig.path(s.rig.head(), new FakeDevice(), { controller: s.controller });
  s.bench.submitter.submit(0);
  s.bench.submitter.submit(1);
  const removal = s.rig.engine.removePath(s.path);
  s.bench.submitter.complete(0, Errno.EIO);
  s.rig.engine.pathFailed(s.path.number, Errno.EIO);
  t.deepEqual(s.device.diagnosed, []);
  t.is(s.controller.state, CONNECTING);
  s.bench.submitter.complete(1, 0);
  await removal;
  await s.rig.clock.advance(1000);
  t.is(s.controller.state, LIVE);
});

test('deleted or shut down in a diagnosis: no timer is left, the answer is ignored', async (t) => {
  const s = await scene();
  fail(s);
  const removal = s.rig.engine.removeController(s.controller);
  t.is(s.controller.state, ControllerState.DELETING_NOIO);
  await removal;
  await s.device.explain(ACCESS);
  t.is(s.controller.state, ControllerState.DELETING_NOIO);
  t.is(s.rig.clock.pending, 0);

  const other = await scene();
  fail(other);
  await other.rig.engine.shutdown();
  t.is(other.rig.clock.pending, 0);
  await other.device.explain(ACCESS);
  t.is(other.controller.state, RESETTING);
});

test('a reset meanwhile is refused, as in any RESETTING', async (t) => {
  const s = await scene();
  fail(s);
  t.is(await s.rig.engine.resetController(s.controller), -Errno.EBUSY);
  await s.device.explain(ACCESS);
  t.is(s.controller.state, LIVE);
  t.is(await s.rig.engine.resetController(s.controller), 0);
});

test('a path that joins in a diagnosis is usable after it', async (t) => {
  const s = await scene();
  fail(s);
  s.bench.submitter.drainRequeue();
  const joined = await s.rig.path(s.head, new FakeDevice(), { controller: s.controller });
  s.bench.submitter.drainRequeue();
  t.is(s.bench.issued.length, 1);
  s.path.accessState = INACCESSIBLE;
  await s.device.explain(ACCESS);
  await settle();
  s.bench.submitter.drainRequeue();
  t.deepEqual(s.bench.issued.at(-1), [0, joined.number]);
});

test('a path that joins in a diagnosis and fails its check ends it', async (t) => {
  const s = await scene();
  fail(s);
  const dead = new FakeDevice();
  dead.errno = Errno.ENODEV;
  await s.rig.path(s.rig.head(), dead, { controller: s.controller });
  t.is(s.controller.state, CONNECTING);
  await s.device.explain(ACCESS);
  t.is(s.controller.state, CONNECTING);
});
