import test from 'ava';
import { currentPath, setCurrentPath } from '../../../../src/multipath/current-path.js';
import { AccessState, ControllerState } from '../../../../src/multipath/names.js';

import { numaPath } from '../../../../src/multipath/policies/numa.js';
import { queueDepthPath } from '../../../../src/multipath/policies/queue-depth.js';
import { roundRobinPath } from '../../../../src/multipath/policies/round-robin.js';
import { NONE, Path, PATH_STRIDE, PathFlag } from '../../../../src/shared/layout.js';
import type { Tables } from '../../../../src/shared/tables.js';
import { setAccess, setActive, setList, setPathFlags, setState, tablesWith } from '../rig.js';

function times(n: number, select: () => number): number[] {
  return Array.from({ length: n }, select);
}

function onNode(t: Tables, path: number, node: number): void {
  t.path[path * PATH_STRIDE + Path.NODE] = node;
}

test('numa: the nearest optimized path, and only that', (t) => {
  const tables = tablesWith(3);
  onNode(tables, 0, 1);
  onNode(tables, 1, 0);
  onNode(tables, 2, 0);
  t.deepEqual(
    times(4, () => numaPath(tables, 0, 0)),
    [1, 1, 1, 1],
  );
  t.deepEqual(
    times(4, () => numaPath(tables, 0, 1)),
    [0, 0, 0, 0],
  );
});

test('numa: a device without a node is as near as a local one', (t) => {
  const tables = tablesWith(2);
  onNode(tables, 1, 0);
  t.is(numaPath(tables, 0, 0), 0);
});

test('numa: a non-optimized path is left for an optimized one with the next bio', (t) => {
  const tables = tablesWith(2);
  setAccess(tables, 0, AccessState.NONOPTIMIZED);
  setAccess(tables, 1, AccessState.INACCESSIBLE);
  t.is(numaPath(tables, 0, 0), 0);
  setAccess(tables, 1, AccessState.OPTIMIZED);
  t.is(numaPath(tables, 0, 0), 1);
});

test('numa: an optimized current path that is disabled is not used', (t) => {
  const tables = tablesWith(2);
  t.is(numaPath(tables, 0, 0), 0);
  setPathFlags(tables, 0, PathFlag.READY | PathFlag.ANA_PENDING);
  t.is(numaPath(tables, 0, 0), 1);
});

test('round-robin: every optimized path in turn, no other', (t) => {
  const tables = tablesWith(4);
  setAccess(tables, 2, AccessState.NONOPTIMIZED);
  t.deepEqual(
    times(6, () => roundRobinPath(tables, 0, 0)),
    [0, 1, 3, 0, 1, 3],
  );
});

test('round-robin: without an optimized path the LAST non-optimized on the way round', (t) => {
  const tables = tablesWith(3);
  for (const path of [0, 1, 2]) setAccess(tables, path, AccessState.NONOPTIMIZED);
  t.deepEqual(
    times(5, () => roundRobinPath(tables, 0, 0)),
    [0, 2, 1, 0, 2],
  );
});

test('round-robin: a current path that has left the list is neither returned nor looped on', (t) => {
  for (const list of [[], [1], [1, 2]]) {
    const tables = tablesWith(3);
    setCurrentPath(tables, 0, 0, 0);
    setList(tables, list);
    t.is(roundRobinPath(tables, 0, 0), list[0] ?? NONE);
  }
});

test('round-robin: the only path, disabled, is not returned', (t) => {
  const tables = tablesWith(1);
  t.is(roundRobinPath(tables, 0, 0), 0);
  setState(tables, 0, ControllerState.RESETTING);
  t.is(roundRobinPath(tables, 0, 0), NONE);
});

test('round-robin: each node goes round by itself', (t) => {
  const tables = tablesWith(2);
  t.deepEqual(
    [0, 0, 1, 0, 1].map((node) => roundRobinPath(tables, 0, node)),
    [0, 1, 0, 0, 1],
  );
});

test('queue-depth: the emptiest optimized controller, the first of equals', (t) => {
  const tables = tablesWith(3);
  setActive(tables, 0, 3);
  setActive(tables, 1, 2);
  setActive(tables, 2, 2);
  t.is(queueDepthPath(tables, 0), 1);
  setActive(tables, 2, 0);
  t.is(queueDepthPath(tables, 0), 2);
  t.is(currentPath(tables, 0, 0), NONE);
});

test('queue-depth: an idle non-optimized path does not attract', (t) => {
  const tables = tablesWith(2);
  setAccess(tables, 0, AccessState.NONOPTIMIZED);
  setActive(tables, 1, 1000);
  t.is(queueDepthPath(tables, 0), 1);
  setState(tables, 1, ControllerState.CONNECTING);
  t.is(queueDepthPath(tables, 0), 0);
});
