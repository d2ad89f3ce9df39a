import test from 'ava';
import { Diagnosis } from '../../../../src/multipath/driver.js';
import { AccessState } from '../../../../src/multipath/names.js';
import { settle } from '../../../sim/fake-clock.js';
import {
  EIO,
  ENODEV,
  ENOTCONN,
  ENXIO,
  ESTALE,
  ETIMEDOUT,
  FakeController,
  Rig,
} from './fake-controller.js';

const { OPTIMIZED, NONOPTIMIZED, INACCESSIBLE, PERSISTENT_LOSS, CHANGE } = AccessState;

test('an event has the log read, and every path follows', async (t) => {
  const rig = new Rig();
  const [one, two] = [await rig.attach(1), await rig.attach(2)];
  const expected = [OPTIMIZED, NONOPTIMIZED, INACCESSIBLE, PERSISTENT_LOSS];
  for (const state of [2, 3, 4, 5, 14, 15, 1]) {
    rig.controller.become(state);
    await rig.controller.event();
    const core = state === 15 ? CHANGE : (expected[state - 1] ?? INACCESSIBLE);
    t.deepEqual([one.path.accessState, two.path.accessState], [core, core], `state ${state}`);
    t.is(one.opened.accessState, core);
    t.deepEqual(rig.controller.take(), ['ana 1']);
  }
  await rig.controller.event(0x040002);
  t.deepEqual(rig.controller.take(), []);
});

test('events come as long as one namespace is open', async (t) => {
  const rig = new Rig();
  const [one, two] = [await rig.attach(1), await rig.attach(2)];
  t.is(rig.controller.listeners, 1);
  one.opened.close();
  t.is(rig.controller.listeners, 1);
  rig.controller.become(3);
  await rig.controller.event();
  t.is(two.path.accessState, INACCESSIBLE);
  t.is(one.path.accessState, OPTIMIZED);
  t.deepEqual(rig.controller.take(), ['ana 2']);
  two.opened.close();
  t.is(rig.controller.listeners + rig.controllers.size + rig.clock.pending, 0);
});

test('namespaces of one controller read the log once in a round of checks', async (t) => {
  const rig = new Rig();
  const [one, two] = [await rig.attach(1), await rig.attach(2)];
  rig.controller.groups = [
    { id: 1, state: 2, nsids: [1] },
    { id: 2, state: 3, nsids: [2] },
  ];
  t.deepEqual(await Promise.all([one.check(), two.check()]), [0, 0]);
  t.deepEqual(rig.controller.take().sort(), ['ana 1', 'namespace 1', 'namespace 2']);
  t.deepEqual([one.path.accessState, two.path.accessState], [NONOPTIMIZED, INACCESSIBLE]);
  // The group is where the log has the namespace.
  t.like(two.opened.identity, { anaGrpid: 2 });
  t.deepEqual([await one.check(), await two.check()], [0, 0]);
  t.is(rig.controller.take().filter((name) => name.startsWith('ana')).length, 2);
});

test('a path that can not read the log does not speak for the others', async (t) => {
  const rig = new Rig();
  const [one, two] = [await rig.attach(1), await rig.attach(2)];
  rig.controller.errno.set('ana 1', ENODEV);
  rig.controller.become(2);
  t.deepEqual(await Promise.all([one.check(), two.check()]), [ENODEV, 0]);
  t.deepEqual([one.path.accessState, two.path.accessState], [NONOPTIMIZED, NONOPTIMIZED]);
});

test('a controller that is not live is not asked', async (t) => {
  const rig = new Rig();
  const { opened, path, check } = await rig.attach();
  rig.controller.state = 'connecting';
  t.is(await check(), ENOTCONN);
  t.is(await opened.driver.diagnose(path.asPath(), EIO), Diagnosis.DEVICE);
  rig.controller.state = undefined;
  t.is(await check(), ENODEV);
  t.deepEqual(rig.controller.take(), []);
});

test('a controller that does not answer fails the check, and has one command', async (t) => {
  const rig = new Rig();
  const { check } = await rig.attach();
  rig.controller.hanging = true;
  for (let round = 0; round < 3; round++) {
    let answer: number | undefined;
    void check().then((errno) => {
      answer = errno;
    });
    await rig.clock.advance(4999);
    t.is(answer, undefined);
    await rig.clock.advance(1);
    t.is(answer, ETIMEDOUT);
  }
  t.deepEqual(rig.controller.take(), ['namespace 1']);
  t.is(rig.warnings.length, 1);
  // It answers after all: what was asked meanwhile is not sent any more.
  rig.controller.hanging = false;
  await rig.controller.answer();
  t.deepEqual(rig.controller.take(), []);
  t.is(await check(), 0);
  t.deepEqual(rig.controller.take(), ['namespace 1', 'ana 1']);
  t.is(rig.clock.pending, 0);
});

test('a namespace that is gone or another one fails the check', async (t) => {
  const rig = new Rig();
  rig.controller.namespaces.set(1, { nguid: '36344730526001000025384500000001' });
  const { check } = await rig.attach();
  rig.controller.namespaces.delete(1);
  t.is(await check(), ENXIO);
  rig.controller.namespaces.set(1, { nguid: '36344730526001000025384500000002' });
  t.is(await check(), ESTALE);
  t.is(await check(), ESTALE);
  rig.controller.namespaces.set(1, {});
  t.is(await check(), ESTALE);
  rig.controller.namespaces.set(1, { nguid: '36344730526001000025384500000001' });
  t.is(await check(), 0);
  // Told once in a row.
  rig.controller.namespaces.set(1, {});
  t.is(await check(), ESTALE);
  t.deepEqual(
    rig.warnings.map((line) => line.replace(/^traddr=1 namespace 1: /, '')),
    [
      'Identify Namespace: the namespace is not active',
      'namespace 1 is another one: its nguid is 36344730526001000025384500000002, not 36344730526001000025384500000001',
      'namespace 1 is another one: its nguid is gone, not 36344730526001000025384500000001',
      'namespace 1 is another one: its nguid is gone, not 36344730526001000025384500000001',
    ],
  );
});

test('one of several namespaces that is gone or another one is out of use, and no more', async (t) => {
  const rig = new Rig();
  const { controller } = rig;
  controller.namespaces.set(2, { nguid: '36344730526001000025384500000002' });
  const [one, two] = [await rig.attach(1), await rig.attach(2)];
  const checks = (): Promise<number[]> => Promise.all([one.check(), two.check()]);
  for (const other of [undefined, { nguid: '36344730526001000025384500000003' }]) {
    if (other === undefined) controller.namespaces.delete(2);
    else controller.namespaces.set(2, other);
    t.deepEqual(await checks(), [0, 0]);
    // Also if the log still has its group.
    t.deepEqual(await checks(), [0, 0]);
    await controller.event();
    t.deepEqual([one.path.anaPending, two.path.anaPending], [false, true]);
    const { driver } = two.opened;
    t.is(await driver.diagnose(two.path.asPath(), EIO), Diagnosis.ACCESS);
    t.is(two.opened.accessState, INACCESSIBLE);
    controller.namespaces.set(2, { nguid: '36344730526001000025384500000002' });
    t.deepEqual(await checks(), [0, 0]);
    t.deepEqual([two.path.anaPending, two.path.accessState], [false, OPTIMIZED]);
  }
  t.is(rig.warnings.length, 2);
  controller.namespaces.delete(2);
  one.opened.close();
  t.is(await two.check(), ENXIO, 'the last one is what the controller is for');
});

test('an ANA error is an answer to a check, another error is not', async (t) => {
  const rig = new Rig();
  const { path, check } = await rig.attach();
  rig.controller.become(4);
  rig.controller.status.set('namespace', 0x2301);
  t.is(await check(), 0);
  t.is(path.accessState, PERSISTENT_LOSS);
  rig.controller.status.set('namespace', 0x0370);
  t.not(await check(), 0);
});

test('a log that can not be understood changes nothing', async (t) => {
  const rig = new Rig();
  const { path, opened, check } = await rig.attach();
  rig.controller.groups = [
    { id: 1, state: 3, nsids: [1] },
    { id: 200, state: 1, nsids: [2] },
  ];
  t.is(await check(), 0);
  t.is(await check(), 0);
  t.is(await opened.driver.diagnose(path.asPath(), EIO), Diagnosis.DEVICE);
  t.deepEqual([path.accessState, path.anaPending], [OPTIMIZED, false]);
  t.deepEqual(rig.warnings, [
    'nqn.2026-11.e3:ana controller 1: ANA group 2 of 2 has the ID 200, not 1 to 128',
  ]);
});

test('diagnosis: the log says what a path error was', async (t) => {
  const rig = new Rig();
  const { opened, path } = await rig.attach();
  const diagnose = (): Promise<number> => opened.driver.diagnose(path.asPath(), EIO);
  const { controller } = rig;
  t.is(await diagnose(), Diagnosis.DEVICE);
  for (const state of [3, 4, 15]) {
    controller.become(state);
    t.is(await diagnose(), Diagnosis.ACCESS);
    // Believed already, and still no place for I/O.
    t.is(await diagnose(), Diagnosis.ACCESS);
  }
  t.is(path.accessState, CHANGE);
  // Usable again, and it was not when the I/O was sent.
  controller.become(1);
  t.is(await diagnose(), Diagnosis.ACCESS);
  t.is(path.accessState, OPTIMIZED);
  t.is(await diagnose(), Diagnosis.DEVICE);
  controller.become(2);
  t.is(await diagnose(), Diagnosis.ACCESS);
  t.is(await diagnose(), Diagnosis.DEVICE);
  // It went away and came back in between: the state is the same, the count is not.
  controller.become(2);
  t.is(await diagnose(), Diagnosis.ACCESS);
  // The log does not know it any more.
  controller.groups = [{ id: 7, state: 1, nsids: [2] }];
  t.is(await diagnose(), Diagnosis.ACCESS);
  t.true(path.anaPending);
  t.true(controller.take().every((name) => name === 'ana 1'));
});

test('diagnosis: without a log it is the device', async (t) => {
  const rig = new Rig();
  const { opened, path } = await rig.attach();
  const diagnose = (): Promise<number> => opened.driver.diagnose(path.asPath(), EIO);
  rig.controller.become(3);
  rig.controller.errno.set('ana', ENODEV);
  t.is(await diagnose(), Diagnosis.DEVICE);
  rig.controller.errno.clear();
  rig.controller.status.set('ana', 0x0371);
  t.is(await diagnose(), Diagnosis.DEVICE);
  rig.controller.status.clear();
  rig.controller.hanging = true;
  const hanging = diagnose();
  await rig.clock.advance(5000);
  t.is(await hanging, Diagnosis.DEVICE);
  t.is(path.accessState, OPTIMIZED);
});

test('diagnosis asks anew: a read that has begun before does not do', async (t) => {
  const rig = new Rig();
  const [one, two] = [await rig.attach(1), await rig.attach(2)];
  rig.controller.hanging = true;
  await rig.controller.event();
  const diagnosis = two.opened.driver.diagnose(two.path.asPath(), EIO);
  await settle();
  t.deepEqual(rig.controller.take(), ['ana 1', 'ana 2']);
  // The first one is answered as things were, and by then the second one is in force.
  rig.controller.hanging = false;
  const before = rig.controller.groups;
  rig.controller.become(3);
  await rig.controller.answer(1);
  t.is(await diagnosis, Diagnosis.ACCESS);
  rig.controller.groups = before;
  await rig.controller.answer();
  t.deepEqual([one.path.accessState, two.path.accessState], [INACCESSIBLE, INACCESSIBLE]);
});

test('a namespace that the log does not know is pending, and the log is read again', async (t) => {
  const rig = new Rig();
  const known = rig.controller.groups;
  rig.controller.groups = [{ id: 2, state: 1, nsids: [2] }];
  const opened = await rig.open();
  await settle();
  t.deepEqual(rig.controller.take().slice(-2), ['ana 1', 'ana 1']);
  rig.controller.groups = known;
  t.is(opened.accessState, INACCESSIBLE);
  const two = await rig.attach(2);
  t.is(opened.accessState, OPTIMIZED);
  // By the ID of its group, which has no namespaces for this controller.
  rig.controller.become(2, []);
  t.is(await two.check(), 0);
  t.is(opened.accessState, NONOPTIMIZED);
  t.is(two.path.accessState, NONOPTIMIZED);
  // In two groups: the later one counts, as it does when they are applied one after the other.
  rig.controller.groups = [
    { id: 1, state: 3, nsids: [2] },
    { id: 2, state: 1, nsids: [2] },
  ];
  t.is(await two.check(), 0);
  t.is(two.path.accessState, OPTIMIZED);
  // Identify knows of the new group before the log does.
  rig.controller.namespaces.set(2, { anagrpid: 9 });
  rig.controller.become(2, []);
  rig.controller.take();
  t.is(await two.check(), 0);
  t.true(two.path.anaPending);
  await settle();
  t.deepEqual(rig.controller.take(), ['namespace 2', 'ana 2', 'ana 2']);
  t.is(await two.check(), 0);
  t.deepEqual(rig.controller.take(), ['namespace 2', 'ana 2']);
  rig.controller.groups = [{ id: 9, state: 1, nsids: [2] }];
  t.is(await two.check(), 0);
  t.deepEqual([two.path.anaPending, two.path.accessState], [false, OPTIMIZED]);
});

test('ANATT: a change that lasts twice as long has the controller reset', async (t) => {
  const rig = new Rig();
  const { check } = await rig.attach();
  const { controller, clock } = rig;
  controller.become(15);
  await controller.event();
  // Reading the same again does not make it last longer.
  for (let second = 0; second < 19; second++) {
    await clock.advance(1000);
    t.is(await check(), 0);
  }
  t.is(controller.resets, 0);
  await clock.advance(1000);
  t.is(controller.resets, 1);
  t.deepEqual(rig.warnings, [
    'nqn.2026-11.e3:ana controller 1: ANATT timeout, resetting controller.',
  ]);
  t.is(clock.pending, 0);
  // It is in the same state after the reset: that is a new one.
  controller.errno.set('reset', ENODEV);
  t.is(await check(), 0);
  await clock.advance(20_000);
  t.is(controller.resets, 2);
  t.regex(rig.warnings.at(-1) ?? '', /reset failed: ENODEV/);
});

test('ANATT: what is new starts the time afresh, and the end of the change ends it', async (t) => {
  const rig = new Rig();
  const { opened } = await rig.attach();
  const { controller, clock } = rig;
  for (let n = 0; n < 5; n++) {
    controller.become(15);
    await controller.event();
    await clock.advance(19_999);
    t.is(clock.pending, 1);
  }
  controller.become(1);
  await controller.event();
  t.is(clock.pending, 0);
  controller.become(15);
  await controller.event();
  opened.close();
  t.is(clock.pending, 0);
  t.is(controller.resets, 0);
});

test('ANATT 0 sets no limit', async (t) => {
  const rig = new Rig();
  rig.controller.fields = { anatt: 0 };
  rig.controller.become(15);
  const { path } = await rig.attach();
  t.is(path.accessState, CHANGE);
  t.is(rig.clock.pending, 0);
});

test('closing while a command is under way: it is answered, and changes nothing later', async (t) => {
  const rig = new Rig();
  const { opened, path, check } = await rig.attach();
  rig.controller.hanging = true;
  const checked = check();
  await rig.controller.event();
  const diagnosis = opened.driver.diagnose(path.asPath(), EIO);
  await settle();
  opened.close();
  opened.close();
  t.is(await checked, ENODEV);
  t.is(await diagnosis, Diagnosis.DEVICE);
  t.is(rig.clock.pending + rig.controllers.size + rig.controller.listeners, 0);
  rig.controller.become(3);
  await rig.controller.answer();
  t.is(path.accessState, OPTIMIZED);
  t.deepEqual(rig.controller.take(), ['namespace 1']);
  t.is(await check(), ENODEV);
  t.is(await opened.driver.diagnose(path.asPath(), EIO), Diagnosis.DEVICE);
  t.deepEqual(rig.controller.take(), []);
});

test('a log that comes in after its path was closed still serves the others', async (t) => {
  const rig = new Rig();
  const [one, two] = [await rig.attach(1), await rig.attach(2)];
  rig.controller.hanging = true;
  await rig.controller.event();
  one.opened.close();
  rig.controller.hanging = false;
  rig.controller.become(3);
  t.is(await two.check(), 0);
  t.is(two.path.accessState, INACCESSIBLE);
});

test('a path that is being removed is left alone', async (t) => {
  const rig = new Rig();
  const { path } = await rig.attach();
  path.removed = true;
  rig.controller.become(3);
  await rig.controller.event();
  t.is(path.accessState, OPTIMIZED);
});

test('a new controller with the ID that another one had before is another one', async (t) => {
  const rig = new Rig();
  const { path } = await rig.attach();
  const other = new FakeController();
  other.address = 'traddr=2';
  await rig.open(1, other);
  t.is(rig.controllers.size, 2);
  other.become(3);
  await other.event();
  t.is(path.accessState, OPTIMIZED);
});

test('controllers with one subsystem name are apart, as are subsystems with one controller ID', async (t) => {
  const rig = new Rig();
  for (const fields of [{}, { cntlid: 2 }, { subsysnqn: 'nqn.other' }, {}]) {
    rig.controller.fields = fields;
    await rig.open();
  }
  t.is(rig.controllers.size, 3);
});
