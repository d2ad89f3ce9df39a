import test from 'ava';
import { ControllerState } from '../../../src/multipath/names.js';
import { findPath } from '../../../src/multipath/policies/find-path.js';
import { Errno } from '../../../src/shared/errno.js';
import { NONE } from '../../../src/shared/layout.js';
import { settle } from '../../sim/fake-clock.js';
import { Bench, EngineRig, FakeDevice } from './rig.js';

const MIB = 1 << 20;

test('a path of another size is kept out, and stays so after a reconnect', async (t) => {
  const rig = new EngineRig();
  const head = rig.head();
  const path = await rig.path(head, new FakeDevice(), { capacity: 2 * MIB });
  t.is(path.controller.state, ControllerState.LIVE);
  t.deepEqual([path.ready, head.live, head.capacity], [false, false, MIB]);
  rig.engine.failPath(path, Errno.EIO);
  await rig.clock.advance(1000);
  t.is(path.controller.state, ControllerState.LIVE);
  t.false(path.ready);
  t.is(findPath(rig.tables, head.number, 0), NONE);
});

test('the size is compared in whole blocks of the head', async (t) => {
  const rig = new EngineRig();
  const path = await rig.path(rig.head(), new FakeDevice(), { capacity: MIB + 511 });
  t.true(path.ready);
  path.resize(MIB + 512);
  t.false(path.ready);
});

test('a rescan: the head takes the new size, only paths of that size stay', async (t) => {
  const rig = new EngineRig();
  const head = rig.head();
  const one = await rig.path(head, new FakeDevice());
  const two = await rig.path(head, new FakeDevice());
  one.resize(2 * MIB);
  t.deepEqual([one.ready, two.ready], [false, true]);
  head.setCapacity(2 * MIB);
  t.deepEqual([one.ready, two.ready], [true, false]);
  await settle();
  t.is(findPath(rig.tables, head.number, 0), one.number);
  t.is(head.bdev.size, 2 * MIB);
  two.resize(2 * MIB);
  t.true(two.ready);
  t.deepEqual(
    rig.log.filter((line) => line.startsWith('resized')),
    [`resized ${2 * MIB}`],
  );
  head.setCapacity(2 * MIB);
  t.is(rig.log.at(-1), `resized ${2 * MIB}`, 'the same again is no change');
});

test('READY needs the first check, whatever the size', async (t) => {
  const rig = new EngineRig();
  const device = new FakeDevice();
  const head = rig.head();
  device.hang = true;
  const adding = rig.path(head, device, { capacity: 2 * MIB });
  await settle();
  await settle();
  const path = head.paths[0]!;
  path.resize(MIB);
  t.false(path.ready);
  await device.release();
  await adding;
  t.true(path.ready);
});

test('a bio that lies behind the end of a disk that has shrunk is not sent round and round', async (t) => {
  const rig = new EngineRig();
  const head = rig.head();
  const path = await rig.path(head, new FakeDevice());
  await rig.path(head, new FakeDevice());
  const b = new Bench(rig.tables);
  b.bios.offset[0] = MIB - 4096;
  b.bios.length[0] = 4096;
  b.submitter.submit(0);
  path.resize(4096);
  head.setCapacity(4096);
  b.submitter.complete(0, Errno.EIO);
  b.submitter.drainRequeue();
  t.deepEqual(b.ended, [[0, Errno.EIO]]);
  t.is(b.issued.length, 1);
});

test('offline: not usable, not available, and parked bios do not wait for it', async (t) => {
  const rig = new EngineRig();
  const head = rig.head();
  const path = await rig.path(head, new FakeDevice());
  const b = new Bench(rig.tables);
  path.accessState = 2;
  b.submitter.submit(0);
  t.deepEqual(b.ended, [], 'an inaccessible path is waited for');
  path.offline = true;
  b.submitter.drainRequeue();
  t.deepEqual(b.ended, [[0, Errno.EIO]]);
  path.accessState = 0;
  b.submitter.submit(1);
  t.deepEqual(b.ended.slice(1), [[1, Errno.EIO]]);
  path.offline = false;
  await settle();
  b.submitter.submit(2);
  t.deepEqual(b.issued, [[2, path.number]]);
  t.deepEqual(rig.log.slice(-2), ['access 0: 2', 'access 0: 0']);
});
