/** Whatever happens in whatever order, in the end every path follows the log, and nothing is left. */
import { fc, testProp } from '@fast-check/ava';
import { AccessState } from '../../../../src/multipath/names.js';
import { settle } from '../../../sim/fake-clock.js';
import { EIO, ENODEV, FakePath, Rig } from './fake-controller.js';

const STATES: Readonly<Record<number, number>> = {
  1: AccessState.OPTIMIZED,
  2: AccessState.NONOPTIMIZED,
  3: AccessState.INACCESSIBLE,
  4: AccessState.PERSISTENT_LOSS,
  15: AccessState.CHANGE,
};

const nsid = fc.integer({ min: 1, max: 2 });
const state = fc.constantFrom(1, 2, 3, 4, 15);
const step = fc.oneof(
  fc.record({ kind: fc.constant('open' as const), nsid }),
  fc.record({ kind: fc.constant('close' as const), which: fc.nat(3) }),
  fc.record({ kind: fc.constant('check' as const), which: fc.nat(3) }),
  fc.record({ kind: fc.constant('diagnose' as const), which: fc.nat(3) }),
  fc.record({ kind: fc.constant('groups' as const), states: fc.tuple(state, state) }),
  fc.record({ kind: fc.constant('forget' as const), nsid }),
  fc.record({ kind: fc.constant('event' as const) }),
  fc.record({ kind: fc.constant('hang' as const), on: fc.boolean() }),
  fc.record({ kind: fc.constant('answer' as const), which: fc.nat(3) }),
  fc.record({ kind: fc.constant('fail' as const), on: fc.boolean() }),
  fc.record({ kind: fc.constant('time' as const), ms: fc.constantFrom(1, 1000, 5000, 20_000) }),
);

testProp(
  'in the end every path follows the log, and nothing is left',
  [fc.array(step, { maxLength: 40 })],
  async (t, steps) => {
    const rig = new Rig();
    const { controller, clock } = rig;
    controller.fields = { anatt: 5 };
    const open: { nsid: number; path: FakePath; opened: Awaited<ReturnType<Rig['open']>> }[] = [];
    const of = (which: number) => open[which % Math.max(1, open.length)];
    let states = [1, 1];
    const write = (nsids: readonly number[]): void => {
      controller.changeCount++;
      controller.groups = nsids.map((id) => ({ id, state: states[id - 1] ?? 1, nsids: [id] }));
    };
    write([1, 2]);
    for (const one of steps) {
      switch (one.kind) {
        case 'open': {
          void rig.open(one.nsid).then(
            (opened) => {
              const path = new FakePath();
              opened.attach(path.asPath());
              open.push({ nsid: one.nsid, path, opened });
            },
            () => undefined,
          );
          break;
        }
        case 'close': {
          const found = of(one.which);
          if (found === undefined) break;
          open.splice(open.indexOf(found), 1);
          found.opened.close();
          break;
        }
        case 'check':
        case 'diagnose': {
          const found = of(one.which);
          if (found !== undefined) void found.opened.driver[one.kind](found.path.asPath(), EIO);
          break;
        }
        case 'groups':
          states = one.states;
          write([1, 2]);
          break;
        case 'forget':
          write([one.nsid]);
          break;
        case 'event':
          await controller.event();
          break;
        case 'hang':
          controller.hanging = one.on;
          break;
        case 'answer':
          await controller.answer(one.which);
          break;
        case 'fail':
          if (one.on) controller.errno.set('ana', ENODEV);
          else controller.errno.clear();
          break;
        case 'time':
          await clock.advance(one.ms);
      }
      await settle();
    }
    controller.hanging = false;
    controller.errno.clear();
    write([1, 2]);
    for (let i = 0; i < 100; i++) await controller.answer();
    await clock.advance(10_000);
    for (const { opened, path } of open) t.is(await opened.driver.check(path.asPath()), 0);
    for (const { nsid: id, path } of open) {
      t.is(path.accessState, STATES[states[id - 1] ?? 1] ?? -1);
      t.false(path.anaPending);
    }
    const opened = open.length;
    for (const each of open) each.opened.close();
    t.deepEqual([clock.pending, rig.controllers.size, controller.listeners], [0, 0, 0]);
    t.true(rig.closed >= opened);
  },
  { numRuns: 500 },
);
