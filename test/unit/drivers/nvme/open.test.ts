import test from 'ava';
import { AccessState } from '../../../../src/multipath/names.js';
import { settle } from '../../../sim/fake-clock.js';
import { EIO, ENODEV, ETIMEDOUT, Rig } from './fake-controller.js';

test('a namespace of nvmet says who it is', async (t) => {
  const rig = new Rig();
  const opened = await rig.open(2);
  t.deepEqual(rig.controller.take(), ['controller 2', 'namespace 2', 'descriptors 2', 'ana 2']);
  const { identity, accessState, fd, capacity, devt } = opened;
  t.deepEqual(
    { ...identity },
    {
      kind: 'nvme',
      wwid: 'uuid.aaaaaaaa-0000-4000-8000-000000000002',
      subsysnqn: 'nqn.2026-11.e3:ana',
      model: 'e3-model',
      serial: 'E3SERIAL',
      firmwareRev: '6.12.117',
      nsid: 2,
      cntlid: 1,
      transport: 'loop',
      address: 'traddr=1',
      numaNode: -1,
      uuid: 'aaaaaaaa000040008000000000000002',
      nguid: undefined,
      eui64: undefined,
      anaGrpid: 1,
    },
  );
  t.is(accessState, AccessState.OPTIMIZED);
  t.deepEqual({ fd, capacity, devt }, { fd: 9, capacity: 1 << 26, devt: { major: 259, minor: 1 } });
  t.is(opened.size(), 1 << 26);
  t.is(rig.controllers.size, 1);
  opened.close();
  t.is(rig.closed, 1);
  t.is(rig.controllers.size, 0);
  t.is(rig.controller.listeners, 0);
  t.is(rig.clock.pending, 0);
  t.deepEqual(rig.warnings, []);
});

test('QEMU: no ANA, and identifiers that the system does not believe', async (t) => {
  const rig = new Rig();
  const wwid = 'nvme.1b36-5330-51454d55204e564d65204374726c-00000001';
  const { controller } = rig;
  controller.fields = { vid: 0x1b36, sn: 'S0', mn: 'QEMU NVMe Ctrl', cmic: 0x2, ver: 0x10400 };
  controller.namespaces.set(1, { eui64: '5254000000000001', anagrpid: 0 });
  controller.system = { wwid, subsysnqn: 'nqn.2019-08.org.qemu:e3' };
  const opened = await rig.open();
  const none = { uuid: undefined, nguid: undefined, eui64: undefined, anaGrpid: undefined };
  t.like(opened.identity, { ...none, wwid, subsysnqn: 'nqn.2019-08.org.qemu:e3' });
  t.is(opened.accessState, undefined);
  t.deepEqual(controller.take(), ['controller 1', 'namespace 1', 'descriptors 1']);
  t.is(rig.controllers.size, 0);
  // What is bogus need not stay the same.
  controller.namespaces.set(1, { eui64: '5254000000000002' });
  const path = { removed: false } as Parameters<typeof opened.attach>[0];
  opened.attach(path);
  t.deepEqual(path, { removed: false } as typeof path);
  t.is(await opened.driver.check(path), 0);
  t.is(await opened.driver.diagnose(path, EIO), 0);
});

test('the descriptor list goes before what Identify Namespace says', async (t) => {
  const rig = new Rig();
  const [nguid, other] = ['36344730526001000025384500000001', '36344730526001000025384500000002'];
  const eui64 = '0025385b71b1e2f4';
  rig.controller.descriptors.set(1, [[2, nguid]]);
  rig.controller.namespaces.set(1, { nguid: other, eui64 });
  t.like((await rig.open()).identity, { wwid: `eui.${nguid}`, nguid, eui64 });
  rig.controller.descriptors.set(1, []);
  t.like((await rig.open()).identity, { wwid: `eui.${other}`, nguid: other, eui64 });
});

test('a serial number ends where it is printed to', async (t) => {
  const rig = new Rig();
  rig.controller.fields = { sn: 'S0\0JUNK' };
  t.like((await rig.open()).identity, { serial: 'S0' });
});

test('before NVMe 1.3 there is no descriptor list', async (t) => {
  const rig = new Rig();
  rig.controller.fields = { ver: 0x10201 };
  rig.controller.namespaces.set(1, { nguid: '36344730526001000025384500000001' });
  const { identity } = await rig.open();
  t.like(identity, { wwid: 'eui.36344730526001000025384500000001', uuid: undefined });
  t.false(rig.controller.take().includes('descriptors 1'));
});

test('a device that does not say who it is is not opened', async (t) => {
  const cases: [(rig: Rig) => void, string, RegExp][] = [
    [
      ({ controller }) => controller.status.set('controller', 0x4006),
      'EIO',
      /Controller failed: status 0x4006 \(internal error\)/,
    ],
    [
      ({ controller }) => controller.status.set('descriptors', 0x2300),
      'EIO',
      /Descriptors failed: status 0x2300/,
    ],
    [({ controller }) => controller.namespaces.delete(1), 'ENXIO', /the namespace is not active/],
    [
      ({ controller }) => controller.errno.set('namespace', ENODEV),
      'ENODEV',
      /Identify Namespace failed: ENODEV/,
    ],
  ];
  for (const [spoil, code, message] of cases) {
    const rig = new Rig();
    spoil(rig);
    await t.throwsAsync(rig.open(), { code, message });
    t.is(rig.controllers.size + rig.clock.pending + rig.closed, 0);
  }
});

test('a device that does not answer is given up after 5 s', async (t) => {
  const rig = new Rig();
  rig.controller.hanging = true;
  const opened = rig.open();
  await rig.clock.advance(4999);
  const rejected = t.throwsAsync(opened, { code: 'ETIMEDOUT', message: /no answer in 5 s/ });
  await rig.clock.advance(1);
  const error = await rejected;
  t.like(error, { errno: -ETIMEDOUT });
  await rig.controller.answer();
  t.deepEqual(rig.controller.take(), ['controller 1']);
  t.is(rig.clock.pending, 0);
});

test('a controller that is not live is not asked', async (t) => {
  const rig = new Rig();
  rig.controller.state = 'connecting';
  const error = await t.throwsAsync(rig.open(), { code: 'ENOTCONN', message: /is connecting/ });
  t.like(error, { errno: -107 });
  t.deepEqual(rig.controller.take(), []);
  rig.controller.state = 'live';
  await t.notThrowsAsync(rig.open());
});

test('what is wrong with ANA does not keep a path from being opened', async (t) => {
  const rig = new Rig();
  rig.controller.fields = { mdts: 1 };
  const opened = await rig.open();
  t.is(opened.accessState, undefined);
  t.regex(rig.warnings.join(), /its ANA log of 8208 bytes is above 8192 \(MDTS\); ANA is disabled/);
  rig.controller.fields = {};
  for (const spoil of [
    () => rig.controller.status.set('ana', 0x4109),
    () => rig.controller.errno.set('ana', EIO),
    () => rig.controller.become(16),
  ]) {
    spoil();
    const { path, opened: pending, check } = await rig.attach();
    t.is(pending.accessState, AccessState.INACCESSIBLE);
    t.true(path.anaPending);
    rig.controller.status.clear();
    rig.controller.errno.clear();
    rig.controller.become(2);
    t.is(await check(), 0);
    t.deepEqual([path.anaPending, path.accessState], [false, AccessState.NONOPTIMIZED]);
    pending.close();
  }
  t.is(rig.warnings.length, 4);
  t.regex(rig.warnings[1] ?? '', /^nqn.2026-11.e3:ana controller 1: .*0x4109 \(invalid log page\)/);
});

test('a list of identifiers that breaks off is told, and counts as far as it goes', async (t) => {
  const rig = new Rig();
  rig.controller.descriptors.set(1, [
    [2, '36344730526001000025384500000001'],
    [3, 'abcd'],
  ]);
  const { identity } = await rig.open();
  t.is(identity?.wwid, 'eui.36344730526001000025384500000001');
  await settle();
  t.deepEqual(rig.warnings, [
    'traddr=1 namespace 1: Identify Namespace Descriptors: identifier type 3 has 2 bytes',
  ]);
});
