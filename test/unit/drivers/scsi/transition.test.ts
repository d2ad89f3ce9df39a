import test from 'ava';
import { AccessState } from '../../../../src/multipath/names.js';
import { settle } from '../../../sim/fake-clock.js';
import { check, FakeUnit, GOOD } from './fake-unit.js';
import { quiet, Rig, RTPG, TUR } from './rig.js';

const { OPTIMIZED, NONOPTIMIZED, INACCESSIBLE, CHANGE } = AccessState;
const TRANSITION = check(2, 4, 0x0a);

test('while a group is in transition the unit is asked every two seconds', async (t) => {
  const rig = new Rig();
  const [one, two] = await rig.paths();
  rig.setState(2, 0xf);
  await one.driver.check(one.path);
  t.is(two.core.accessState, CHANGE);
  one.target.sent.length = 0;
  await rig.clock.advance(1_999);
  t.is(two.target.count(RTPG), 0);
  await rig.clock.advance(1);
  // Through a path of that group.
  t.is(two.target.count(RTPG), 1);
  await rig.clock.advance(2_000);
  t.is(two.target.count(RTPG), 2);
  rig.setState(2, 1);
  await rig.clock.advance(2_000);
  t.is(two.core.accessState, NONOPTIMIZED);
  t.is(one.target.sent.length, 0);
  quiet(t, rig, one, two);
});

for (const [secs, ext] of [
  [60, 0],
  [60, undefined],
  [7, 7],
] as const) {
  test(`a transition is over after ${secs} s (the unit says ${ext ?? 'nothing'})`, async (t) => {
    const rig = new Rig();
    rig.unit.transitionSecs = ext;
    const path = await rig.path(1, 1);
    rig.setState(1, 0xf);
    await path.driver.check(path.path);
    await rig.clock.advance(secs * 1000 - 1);
    t.is(path.core.accessState, CHANGE);
    await rig.clock.advance(1);
    t.is(path.core.accessState, INACCESSIBLE);
    t.is(path.aluaState, 2);
    // Whatever the unit says: it is standby, until it says something else.
    await path.driver.check(path.path);
    t.is(path.core.accessState, INACCESSIBLE);
    t.is(rig.clock.pending, 0);
    rig.setState(1, 0);
    await path.driver.check(path.path);
    t.is(path.core.accessState, OPTIMIZED);
    // The next transition has its own time.
    rig.setState(1, 0xf);
    await path.driver.check(path.path);
    t.is(path.core.accessState, CHANGE);
    quiet(t, rig, path);
  });
}

test('sense data speak of a transition too: of TEST UNIT READY, or of the question', async (t) => {
  for (const sense of [TRANSITION, check(6, 4, 0x0a)]) {
    for (const opcode of [TUR, RTPG]) {
      const rig = new Rig();
      const [one, two] = await rig.paths();
      const answer = opcode === TUR ? { ...GOOD, hostStatus: 1 } : sense;
      one.target.script(TUR, sense);
      one.target.script(RTPG, answer);
      t.is(await one.driver.check(one.path), 0);
      t.is(one.core.accessState, CHANGE);
      t.is(two.core.accessState, NONOPTIMIZED);
      await rig.clock.advance(2_000);
      t.is(one.core.accessState, OPTIMIZED);
      quiet(t, rig, one, two);
    }
  }
});

test('a unit that has no answer in a transition is given up after its time', async (t) => {
  const rig = new Rig();
  const path = await rig.path(1, 1);
  path.target.script(RTPG, ...new Array<typeof TRANSITION>(40).fill(TRANSITION));
  await path.driver.check(path.path);
  await rig.clock.advance(59_999);
  t.is(path.core.accessState, CHANGE);
  await rig.clock.advance(1);
  t.is(path.core.accessState, INACCESSIBLE);
  t.is(path.target.count(RTPG), 30);
  quiet(t, rig, path);
});

test('a transition ends in time even if the unit hangs', async (t) => {
  const rig = new Rig();
  const path = await rig.path(1, 1);
  rig.setState(1, 0xf);
  await path.driver.check(path.path);
  path.target.sent.length = 0;
  path.target.script(RTPG, 'hang', 'hang', 'hang');
  await rig.clock.advance(60_000);
  t.is(path.core.accessState, INACCESSIBLE);
  t.is(path.target.sent.length, 1);
  path.target.wake();
  await settle();
  quiet(t, rig, path);
});

test('the buffer grows with the reply, but not for ever', async (t) => {
  const rig = new Rig();
  const path = await rig.path(1, 1);
  rig.unit.ports = 30;
  rig.setState(1, 1);
  await path.driver.check(path.path);
  t.is(path.core.accessState, NONOPTIMIZED);
  const lengths = (): number[] =>
    path.target.sent.filter(({ cdb }) => cdb[0] === RTPG).map(({ data }) => data?.length ?? 0);
  t.deepEqual(lengths(), [128, 268]);
  path.target.sent.length = 0;
  rig.setState(1, 0);
  const { unit } = rig;
  const growing = new FakeUnit();
  unit.portGroups = (extended) => {
    growing.ports += 40;
    return growing.portGroups(extended);
  };
  t.is(await path.driver.check(path.path), 0);
  t.is(lengths().length, 4);
  t.is(path.core.accessState, NONOPTIMIZED);
});

test('a unit that refuses the extended header is asked without it from then on', async (t) => {
  for (const refusal of [check(5, 0x24, 0), check(5, 0, 0)]) {
    const rig = new Rig();
    const target = rig.port(1, 1);
    target.script(RTPG, refusal);
    rig.setState(1, 1);
    const opened = await rig.open(target);
    t.is(opened.accessState, NONOPTIMIZED);
    const path = await rig.path(2, 2);
    await path.driver.check(path.path);
    const asked = [...target.sent, ...path.target.sent].filter(({ cdb }) => cdb[0] === RTPG);
    t.deepEqual(
      asked.map(({ cdb }) => cdb[1]),
      [0x2a, 0x0a, 0x0a],
    );
  }
});

test('a reply that just fits, as LIO counts, is asked for with room for the rest', async (t) => {
  const rig = new Rig();
  const path = await rig.path(1, 1);
  const { unit } = rig;
  const whole = new FakeUnit();
  whole.groups = [{ id: 1, state: 2 }];
  whole.ports = 29;
  unit.portGroups = (extended) => {
    const reply = whole.portGroups(extended);
    new DataView(reply.buffer).setUint32(0, reply.length - 8);
    return reply;
  };
  await path.driver.check(path.path);
  t.is(path.core.accessState, INACCESSIBLE);
  const asked = path.target.sent.filter(({ cdb }) => cdb[0] === RTPG);
  t.deepEqual(
    asked.map(({ data }) => data?.length),
    [128, 132],
  );
});

test('a port that refuses everything is not one that refuses the extended header', async (t) => {
  const rig = new Rig();
  const path = await rig.path(1, 1);
  path.target.script(RTPG, check(5, 0x24, 0), check(5, 0x24, 0));
  await path.driver.check(path.path);
  await path.driver.check(path.path);
  t.deepEqual(
    path.target.sent.filter(({ cdb }) => cdb[0] === RTPG).map(({ cdb }) => cdb[1]),
    [0x2a, 0x0a, 0x2a],
  );
});

test('without the question altogether the state stays as it was', async (t) => {
  const rig = new Rig();
  const path = await rig.path(1, 1);
  rig.setState(1, 2);
  path.target.script(RTPG, check(5, 0x20, 0), check(5, 0x20, 0));
  t.is(await path.driver.check(path.path), 0);
  t.is(path.core.accessState, OPTIMIZED);
  t.true(rig.lines.includes('target port groups are not known'));
});

test('why there is no answer is told once, until there was one', async (t) => {
  const rig = new Rig();
  const [one, two] = await rig.paths();
  const refused = check(5, 0x20, 0);
  const told = (): number =>
    rig.lines.splice(0).filter((line) => line.includes('not known')).length;
  for (const { target } of [one, two]) {
    target.script(RTPG, ...Array.from({ length: 6 }, () => refused));
  }
  for (let round = 0; round < 3; round++) {
    for (const { driver, path } of [one, two]) await driver.check(path);
  }
  t.is(told(), 2);
  await one.driver.check(one.path);
  one.target.script(RTPG, refused, refused);
  await one.driver.check(one.path);
  t.is(told(), 1);
});

test('a garbled reply changes nothing', async (t) => {
  for (const reply of [[0xff, 0xff, 0xff, 0xff], [0], [0, 0, 0, 9, 2, 0, 0, 1, 0, 0, 0, 0, 2]]) {
    const rig = new Rig();
    const path = await rig.path(1, 1);
    rig.unit.portGroups = () => Uint8Array.from(reply);
    t.is(await path.driver.check(path.path), 0);
    t.is(path.core.accessState, OPTIMIZED);
    t.true(rig.lines.includes('target port groups are not known'));
  }
});

test('a reply of which more bytes are missing than were asked for has none', async (t) => {
  const rig = new Rig();
  const path = await rig.path(1, 1);
  rig.setState(1, 2);
  const { port } = path.target;
  const { execute } = port;
  port.execute = async (command) => ({ ...(await execute(command)), residual: 129 });
  await path.driver.check(path.path);
  t.is(path.core.accessState, OPTIMIZED);
  port.execute = async (command) => ({ ...(await execute(command)), residual: -1 });
  await path.driver.check(path.path);
  t.is(path.core.accessState, INACCESSIBLE);
});

test('errors of a unit that knows only `optimized` are ignored', async (t) => {
  const rig = new Rig();
  rig.unit.groups = [{ id: 1, state: 0, supported: 0x01 }];
  const path = await rig.path(1, 1);
  rig.lines.length = 0;
  path.target.script(RTPG, check(4, 0x44, 0));
  t.is(await path.driver.check(path.path), 0);
  t.is(path.core.accessState, OPTIMIZED);
  t.deepEqual(rig.lines, []);
});

test('unit attentions of the question itself are repeated', async (t) => {
  const rig = new Rig();
  const path = await rig.path(1, 1);
  rig.setState(1, 1);
  path.target.script(RTPG, check(6, 0x29, 0), check(6, 0x2a, 6));
  await path.driver.check(path.path);
  t.is(path.core.accessState, NONOPTIMIZED);
  await rig.clock.advance(5);
  quiet(t, rig, path);
});
