import test from 'ava';
import { ControllerState } from '../../../src/multipath/names.js';
import { Errno } from '../../../src/shared/errno.js';
import { settle } from '../../sim/fake-clock.js';
import { Bench, EngineRig, FakeDevice } from './rig.js';

test('a reset reconnects at once; what is in flight ends by itself', async (t) => {
  const rig = new EngineRig();
  const head = rig.head();
  const path = await rig.path(head, new FakeDevice());
  const b = new Bench(rig.tables);
  b.submitter.submit(0);
  rig.log.length = 0;
  const reset = rig.engine.resetController(path.controller);
  t.is(path.controller.state, ControllerState.CONNECTING);
  b.submitter.submit(1);
  t.is(b.issued.length, 1, 'new I/O waits');
  t.is(await reset, 0);
  t.is(path.controller.state, ControllerState.LIVE);
  t.deepEqual(rig.log, ['0: 1>2 reset', '0: 2>3 reset', '0: 3>1 reconnected']);
  t.deepEqual([path.controller.resetCount, path.controller.reconnectCount], [1, 1]);
  await settle();
  b.submitter.drainRequeue();
  b.submitter.complete(0, 0);
  b.submitter.complete(1, 0);
  t.is(b.ended.length, 2);
  t.is(rig.clock.pending, 1, 'the next check');
});

test('a reset that fails leaves it CONNECTING, to be tried again', async (t) => {
  const rig = new EngineRig();
  const device = new FakeDevice();
  const path = await rig.path(rig.head(), device);
  device.errno = Errno.EIO;
  t.is(await rig.engine.resetController(path.controller), 0);
  t.is(path.controller.state, ControllerState.CONNECTING);
  t.is(await rig.engine.resetController(path.controller), -Errno.EBUSY);
  device.errno = 0;
  await rig.clock.advance(1000);
  t.is(path.controller.state, ControllerState.LIVE);
  t.is(path.controller.resetCount, 1);
  t.is(path.controller.reconnectCount, 2);
  t.is(path.controller.errorCount, 1);
});

test('a check that is under way answers for the reset too', async (t) => {
  const rig = new EngineRig();
  const device = new FakeDevice();
  const path = await rig.path(rig.head(), device);
  device.hang = true;
  await rig.clock.advance(1000);
  const reset = rig.engine.resetController(path.controller);
  await settle();
  t.is(path.controller.state, ControllerState.CONNECTING);
  await device.release();
  t.is(await reset, 0);
  t.is(path.controller.state, ControllerState.LIVE);
  t.is(device.mostPending, 1);
});

test('a reset ends also if no device answers, or the controller is deleted', async (t) => {
  const rig = new EngineRig();
  const device = new FakeDevice();
  const path = await rig.path(rig.head(), device);
  device.hang = true;
  const reset = rig.engine.resetController(path.controller);
  await rig.clock.advance(1000);
  t.is(await reset, 0);
  t.is(path.controller.state, ControllerState.CONNECTING);
  await device.release();

  const other = await rig.path(rig.head(), new FakeDevice());
  const late = rig.engine.resetController(other.controller);
  const removal = rig.engine.removeController(other.controller);
  t.is(await late, 0);
  await removal;
  t.is(await rig.engine.resetController(other.controller), -Errno.EBUSY);
});

test('counters: errors that go to the caller, resets after a path error', async (t) => {
  const rig = new EngineRig();
  const path = await rig.path(rig.head(), new FakeDevice());
  const b = new Bench(rig.tables);
  b.submitter.submit(0);
  b.submitter.submit(1);
  b.submitter.complete(0, Errno.ENODATA);
  t.deepEqual([path.errorCount, path.failovers], [1, 0]);
  b.submitter.complete(1, Errno.EIO);
  t.deepEqual([path.errorCount, path.failovers], [1, 1]);
  rig.engine.pathFailed(path.number, Errno.EIO);
  await settle();
  t.is(path.controller.resetCount, 1);
  path.errorCount = 3_000_000_000;
  path.retryCount = 4;
  t.deepEqual([path.errorCount, path.retryCount], [3e9, 4]);
});
