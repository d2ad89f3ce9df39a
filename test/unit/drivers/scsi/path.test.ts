import test from 'ava';
import { Diagnosis } from '../../../../src/multipath/driver.js';
import { AccessState } from '../../../../src/multipath/names.js';
import { Errno } from '../../../../src/shared/errno.js';
import { settle } from '../../../sim/fake-clock.js';
import type { Answer } from './fake-unit.js';
import { check, GOOD, systemError } from './fake-unit.js';
import { quiet, Rig, RTPG, TUR } from './rig.js';

const { OPTIMIZED, NONOPTIMIZED, INACCESSIBLE, PERSISTENT_LOSS, CHANGE } = AccessState;
const UA = check(6, 0x28, 0);
const STANDBY = check(2, 4, 0x0b);
const UNAVAILABLE = check(2, 4, 0x0c);
const TRANSITION = check(2, 4, 0x0a);

test('every ALUA state, and the core has it after a check through any path', async (t) => {
  const states = [
    [0, OPTIMIZED],
    [1, NONOPTIMIZED],
    [2, INACCESSIBLE],
    [3, INACCESSIBLE],
    [4, NONOPTIMIZED],
    [5, INACCESSIBLE],
    [0xe, PERSISTENT_LOSS],
    [0xf, CHANGE],
  ] as const;
  for (const [alua, access] of states) {
    const rig = new Rig();
    const [one, two] = await rig.paths();
    const third = await rig.path(3, 2);
    rig.setState(2, alua);
    t.is(await one.driver.check(one.path), 0);
    for (const path of [two, third]) {
      t.is(path.core.accessState, access, `state ${alua}`);
      t.is(path.accessState, access);
      t.is(path.aluaState, alua);
    }
    t.is(one.core.accessState, OPTIMIZED);
    t.is(two.target.sent.length, 0);
    quiet(t, rig, one, two, third);
  }
});

test('the preferred bit', async (t) => {
  const rig = new Rig();
  const [one, two] = await rig.paths();
  rig.unit.groups = [
    { id: 1, state: 0, preferred: false },
    { id: 2, state: 0, preferred: true },
  ];
  await one.driver.check(one.path);
  t.deepEqual([one.core.preferred, two.core.preferred], [false, true]);
  rig.unit.groups = [{ id: 1, state: 0, preferred: true }];
  await one.driver.check(one.path);
  // What a reply does not mention stays as it was.
  t.deepEqual([one.core.preferred, two.core.preferred], [true, true]);
  t.true(rig.lines.includes('port group state A preferred supports TOlUSNA'));
});

test('units are told apart by their id, groups by their number', async (t) => {
  const rig = new Rig();
  const path = await rig.path(1, 1);
  const other = rig.port(1, 1);
  other.wwid = 'naa.5000000000000001';
  const stranger = await rig.path(1, 1, other);
  rig.setState(1, 2);
  await path.driver.check(path.path);
  t.is(path.core.accessState, INACCESSIBLE);
  t.is(stranger.core.accessState, OPTIMIZED);
});

test('of a unit without paths nothing is remembered', async (t) => {
  const rig = new Rig();
  const path = await rig.path(1, 1);
  rig.setState(1, 2);
  await path.driver.check(path.path);
  path.close();
  const target = rig.port(1, 1);
  target.script(RTPG, check(4, 0x44, 0));
  t.is((await rig.open(target)).aluaState, 0);
});

test('the path is brought up to date when the core has it', async (t) => {
  const rig = new Rig();
  const path = await rig.path(1, 1);
  const late = await rig.open(rig.port(2, 2));
  rig.unit.groups = [{ id: 2, state: 0xe, preferred: true }];
  await path.driver.check(path.path);
  const core = { accessState: OPTIMIZED, preferred: false };
  late.attach(core as unknown as typeof path.path);
  t.deepEqual(core, { accessState: PERSISTENT_LOSS, preferred: true });
});

/** Answers to TEST UNIT READY of an optimized path, and what the check makes of them. */
const CHECKS: readonly (readonly [string, readonly Answer[], number])[] = [
  ['GOOD', ['well'], 0],
  ['recovered error', [check(1, 0, 0)], 0],
  ['a few unit attentions', [UA, check(6, 0x29, 0), check(6, 0x3f, 3), UA, UA, 'well'], 0],
  ['unit attentions without end', new Array<Answer>(9).fill(UA), Errno.EIO],
  ['busy without end', new Array<Answer>(9).fill({ ...GOOD, status: 0x08 }), 0],
  ['task set full', new Array<Answer>(9).fill({ ...GOOD, status: 0x28 }), 0],
  ['reservation conflict', [{ ...GOOD, status: 0x18 }], 0],
  ['becoming ready', [check(2, 4, 1)], Errno.EIO],
  ['no medium', [check(2, 0x3a, 0)], Errno.EIO],
  ['LUN not supported', [check(5, 0x25, 0)], Errno.EIO],
  ['no connection', [{ ...GOOD, hostStatus: 1 }], Errno.EIO],
  ['host timeout', [{ ...GOOD, hostStatus: 3 }], Errno.EIO],
  ['transport failfast', [{ ...GOOD, hostStatus: 0xf }], Errno.ENOLINK],
  ['ENODEV', [systemError('ENODEV', 19)], Errno.ENODEV],
  ['an error without number', [new Error('what?')], Errno.EIO],
  // Standby, but RTPG says optimized, both times it was asked.
  ['standby in an optimized group', [STANDBY, STANDBY], Errno.EIO],
  ['standby that is over', [STANDBY, 'well'], 0],
];

for (const [name, answers, errno] of CHECKS) {
  test(`check: ${name}`, async (t) => {
    const rig = new Rig();
    const path = await rig.path(1, 1);
    path.target.script(TUR, ...answers);
    t.is(await path.driver.check(path.path), errno);
    // A diagnosis is a check; without a change of state, what failed is the device.
    path.target.script(TUR, ...answers);
    const was = name === 'standby that is over' ? Diagnosis.ACCESS : Diagnosis.DEVICE;
    t.is(await path.driver.diagnose(path.path, Errno.EIO), was);
    await rig.clock.advance(10);
    quiet(t, rig, path);
  });
}

const SYSFS_STATES = [
  ['running', 0],
  ['something new', 0],
  ['created', Errno.EAGAIN],
  ['blocked', Errno.EAGAIN],
  ['created-blocked', Errno.EAGAIN],
  ['quiesce', Errno.EAGAIN],
  ['offline', Errno.ENODEV],
  ['transport-offline', Errno.ENOLINK],
  ['cancel', Errno.ENODEV],
  ['deleted', Errno.ENODEV],
  [undefined, Errno.ENODEV],
] as const;

for (const [state, errno] of SYSFS_STATES) {
  test(`check: the system says ${state ?? 'nothing'}`, async (t) => {
    const rig = new Rig();
    const path = await rig.path(1, 1);
    path.target.sysfsState = state;
    t.is(await path.driver.check(path.path), errno);
    t.is(path.target.sent.length, errno === 0 ? 2 : 0);
  });
}

test('a port in standby or unavailable answers, and its state says the rest', async (t) => {
  for (const [sense, alua] of [
    [STANDBY, 2],
    [UNAVAILABLE, 3],
  ] as const) {
    const rig = new Rig();
    const [one, two] = await rig.paths();
    rig.setState(1, alua);
    one.target.script(TUR, sense);
    t.is(await one.driver.check(one.path), 0);
    t.is(one.core.accessState, INACCESSIBLE);
    // Even if it does not say so in any other way.
    two.target.script(TUR, sense);
    two.target.script(RTPG, check(4, 0x44, 0));
    t.is(await two.driver.check(two.path), 0);
    t.is(two.core.accessState, INACCESSIBLE);
    t.is(two.aluaState, alua);
  }
});

test('without ALUA a port that refuses I/O is not well', async (t) => {
  const rig = new Rig();
  rig.unit.inquiry[5] = 0;
  const path = await rig.path(1, 1);
  path.target.script(TUR, STANDBY);
  t.is(await path.driver.check(path.path), Errno.EIO);
});

test('diagnosis: the access state, if I/O can have failed because of it', async (t) => {
  const rig = new Rig();
  const [one, two] = await rig.paths();
  t.is(await one.driver.diagnose(one.path, Errno.EIO), Diagnosis.DEVICE);
  rig.setState(1, 2);
  one.target.script(TUR, STANDBY);
  t.is(await one.driver.diagnose(one.path, Errno.EIO), Diagnosis.ACCESS);
  t.is(one.core.accessState, INACCESSIBLE);
  // Once more: an I/O that had been on its way. The state is known by now.
  one.target.script(TUR, STANDBY);
  t.is(await one.driver.diagnose(one.path, Errno.EIO), Diagnosis.ACCESS);
  // It was in standby when the I/O failed, and is not any more.
  rig.setState(1, 0);
  t.is(await one.driver.diagnose(one.path, Errno.EIO), Diagnosis.ACCESS);
  t.is(one.core.accessState, OPTIMIZED);
  t.is(await one.driver.diagnose(one.path, Errno.EIO), Diagnosis.DEVICE);
  two.target.script(TUR, TRANSITION);
  t.is(await two.driver.diagnose(two.path, Errno.EIO), Diagnosis.ACCESS);
  two.target.sysfsState = 'offline';
  t.is(await two.driver.diagnose(two.path, Errno.ENODEV), Diagnosis.DEVICE);
});

test('a unit attention about access states is followed by a question', async (t) => {
  for (const [asc, ascq] of [
    [0x2a, 0x06],
    [0x2a, 0x07],
    [0x29, 0x00],
  ] as const) {
    const rig = new Rig();
    const path = await rig.path(1, 1);
    rig.setState(1, 1);
    // The check fails before it could ask.
    path.target.script(TUR, check(6, asc, ascq), { ...GOOD, hostStatus: 1 });
    t.is(await path.driver.check(path.path), Errno.EIO);
    t.is(path.target.count(RTPG), 0);
    await rig.clock.advance(5);
    t.is(path.target.count(RTPG), 1);
    t.is(path.core.accessState, NONOPTIMIZED);
    quiet(t, rig, path);
  }
});

test('other unit attentions are not, and a check that asks anyway makes up for it', async (t) => {
  const rig = new Rig();
  const path = await rig.path(1, 1);
  path.target.script(TUR, UA, check(6, 0x2a, 1), { ...GOOD, hostStatus: 1 });
  await path.driver.check(path.path);
  t.is(rig.clock.pending, 0);
  path.target.script(TUR, check(6, 0x2a, 6), check(6, 0x2a, 6), 'well');
  await path.driver.check(path.path);
  await rig.clock.advance(100);
  t.is(path.target.count(RTPG), 1);
  quiet(t, rig, path);
});

test('what is heard during a question is asked again', async (t) => {
  const rig = new Rig();
  const [one, two] = await rig.paths();
  one.target.script(RTPG, 'hang');
  const checked = one.driver.check(one.path);
  await settle();
  two.target.script(TUR, check(6, 0x2a, 6), { ...GOOD, hostStatus: 1 });
  await two.driver.check(two.path);
  one.target.wake();
  await checked;
  rig.setState(2, 2);
  await rig.clock.advance(5);
  t.is(two.core.accessState, INACCESSIBLE);
});

test('a question that the path can not ask is asked through another', async (t) => {
  const rig = new Rig();
  const [one, two] = await rig.paths();
  rig.setState(1, 2);
  one.target.script(TUR, check(6, 0x2a, 6), { ...GOOD, hostStatus: 1 });
  one.target.script(RTPG, { ...GOOD, hostStatus: 1 });
  await one.driver.check(one.path);
  await rig.clock.advance(5);
  t.is(two.target.count(RTPG), 1);
  t.is(one.core.accessState, INACCESSIBLE);
});

test('an older answer does not undo a newer one', async (t) => {
  const rig = new Rig();
  const [one, two] = await rig.paths();
  // Asked before, answered after the change, with what was true when it was asked.
  const stale = rig.unit.portGroups(true);
  one.target.script(RTPG, 'hang');
  const late = one.driver.check(one.path);
  await settle();
  rig.setState(2, 2);
  await two.driver.check(two.path);
  t.is(two.core.accessState, INACCESSIBLE);
  rig.unit.portGroups = () => stale;
  one.target.wake();
  t.is(await late, 0);
  t.is(two.core.accessState, INACCESSIBLE);
});

test('a path that hangs is given up, and asked nothing more until it is back', async (t) => {
  const rig = new Rig();
  const [one, two] = await rig.paths();
  one.target.script(TUR, 'hang');
  const checked = one.driver.check(one.path);
  await rig.clock.advance(9_999);
  t.is(rig.clock.pending, 1);
  await rig.clock.advance(1);
  t.is(await checked, Errno.ETIMEDOUT);
  t.is(await one.driver.check(one.path), Errno.ETIMEDOUT);
  t.is(await one.driver.diagnose(one.path, Errno.EIO), Diagnosis.DEVICE);
  t.is(one.target.sent.length, 1);
  // Nobody else waits for it.
  t.is(await two.driver.check(two.path), 0);
  one.target.wake();
  await settle();
  t.is(await one.driver.check(one.path), 0);
  t.is(rig.clock.pending, 0);
});

test('closed with a command on its way: what comes then changes nothing', async (t) => {
  for (const opcode of [TUR, RTPG]) {
    const rig = new Rig();
    const [one, two] = await rig.paths();
    one.target.script(opcode, 'hang');
    const checked = one.driver.check(one.path);
    await settle();
    one.core.accessState = CHANGE;
    one.close();
    rig.setState(1, 2);
    one.target.wake();
    t.is(typeof (await checked), 'number');
    t.is(one.core.accessState, CHANGE);
    // The unit lives on for the other path.
    rig.setState(2, 2);
    t.is(await two.driver.check(two.path), 0);
    t.is(two.core.accessState, INACCESSIBLE);
    quiet(t, rig, two);
  }
});

test('the last path closed in a transition, or with a question to come, leaves nothing', async (t) => {
  const rig = new Rig();
  const path = await rig.path(1, 1);
  rig.setState(1, 0xf);
  path.target.script(TUR, check(6, 0x2a, 6), TRANSITION);
  await path.driver.check(path.path);
  path.target.script(TUR, check(6, 0x2a, 6), { ...GOOD, hostStatus: 1 });
  await path.driver.check(path.path);
  t.is(rig.clock.pending, 2);
  quiet(t, rig, path);
});

test('what the last path hears after it was closed sets nothing off', async (t) => {
  const scripts: [Answer[], Answer[]][] = [
    [['hang', TRANSITION], []],
    [['hang', check(6, 0x2a, 6), { ...GOOD, hostStatus: 1 }], []],
    [[TRANSITION], ['hang', check(4, 0x44, 0)]],
    [['well'], ['hang', check(6, 0x2a, 6), 'well']],
  ];
  for (const [turs, rtpgs] of scripts) {
    const rig = new Rig();
    const path = await rig.path(1, 1);
    path.target.script(TUR, ...turs);
    path.target.script(RTPG, ...rtpgs);
    const checked = path.driver.check(path.path);
    await settle();
    path.close();
    path.target.wake();
    await checked;
    t.is(rig.clock.pending, 0);
  }
});
