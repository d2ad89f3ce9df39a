import test from 'ava';
import { availablePath } from '../../../src/multipath/available-path.js';
import { AccessState, ControllerState } from '../../../src/multipath/names.js';
import { publishList } from '../../../src/multipath/path-list.js';
import { isDisabled, isOptimized, usableStates } from '../../../src/multipath/path-state.js';
import { ControllerFlag, Head, HeadFlag, PathFlag } from '../../../src/shared/layout.js';
import {
  setAccess,
  setControllerFlags,
  setHead,
  setPathFlags,
  setState,
  tablesWith,
} from './rig.js';

/** controller state -> [disabled, optimized, available, available after fast_io_fail_tmo]. */
const STATES = {
  NEW: [true, false, false, false],
  LIVE: [false, true, true, false],
  RESETTING: [true, false, true, false],
  CONNECTING: [true, false, true, false],
  DELETING: [false, false, false, false],
  DELETING_NOIO: [true, false, false, false],
  DEAD: [true, false, false, false],
} as const;

for (const [name, row] of Object.entries(STATES)) {
  test(`a path whose controller is ${name}`, (t) => {
    const tables = tablesWith(1);
    setState(tables, 0, ControllerState[name as keyof typeof STATES]);
    const found = [
      isDisabled(tables, 0, usableStates(tables, 0)),
      isOptimized(tables, 0, 0),
      availablePath(tables, 0),
    ];
    setControllerFlags(tables, 0, ControllerFlag.FAILFAST_EXPIRED);
    t.deepEqual([...found, availablePath(tables, 0)], [...row]);
  });
}

test('a path is disabled unless it is READY and its access state is known', (t) => {
  const tables = tablesWith(1);
  for (const [flags, disabled] of [
    [0, true],
    [PathFlag.READY, false],
    [PathFlag.ANA_PENDING, true],
    [PathFlag.READY | PathFlag.ANA_PENDING, true],
    [PathFlag.READY | PathFlag.MAKE_IT_FAIL | PathFlag.IN_MEMORY, false],
  ] as const) {
    setPathFlags(tables, 0, flags);
    t.is(isDisabled(tables, 0, usableStates(tables, 0)), disabled, `flags ${String(flags)}`);
  }
});

for (const [name, state] of Object.entries(AccessState)) {
  test(`an ${name} path counts as available, and ${state === 0 ? '' : 'not '}as optimized`, (t) => {
    const tables = tablesWith(1);
    setAccess(tables, 0, state);
    t.true(availablePath(tables, 0));
    t.is(isOptimized(tables, 0, 0), state === AccessState.OPTIMIZED);
  });
}

test('one available path is enough, wherever it is in the list', (t) => {
  const tables = tablesWith(3);
  for (const path of [0, 1, 2]) setState(tables, path, ControllerState.DEAD);
  t.false(availablePath(tables, 0));
  setState(tables, 2, ControllerState.CONNECTING);
  t.true(availablePath(tables, 0));
});

test('a head that is not live has no available path, whatever its flags and paths', (t) => {
  const tables = tablesWith(1);
  setHead(tables, Head.FLAGS, HeadFlag.QUEUE_IF_NO_PATH);
  t.false(availablePath(tables, 0));
});

test('without a path QUEUE_IF_NO_PATH decides', (t) => {
  const tables = tablesWith(1);
  publishList(tables, 0, []);
  t.false(availablePath(tables, 0));
  setHead(tables, Head.FLAGS, HeadFlag.LIVE | HeadFlag.QUEUE_IF_NO_PATH);
  t.true(availablePath(tables, 0));
});

test('the states are those of the head, whatever they are', (t) => {
  const tables = tablesWith(1);
  const { DEAD, LIVE } = ControllerState;
  setHead(tables, Head.USABLE, (1 << DEAD) | (1 << LIVE));
  setHead(tables, Head.OPTIMIZED_IN, 1 << LIVE);
  setHead(tables, Head.AVAILABLE, 1 << LIVE);
  setState(tables, 0, DEAD);
  const usable = usableStates(tables, 0);
  t.deepEqual([isDisabled(tables, 0, usable), isOptimized(tables, 0, 0)], [false, false]);
  t.false(availablePath(tables, 0));
  setState(tables, 0, ControllerState.CONNECTING);
  t.false(availablePath(tables, 0));
  setState(tables, 0, LIVE);
  t.true(availablePath(tables, 0));
});
