import test from 'ava';
import { listAt, publishList } from '../../../src/multipath/path-list.js';
import { MAX_PATHS_PER_HEAD } from '../../../src/shared/layout.js';
import type { Tables } from '../../../src/shared/tables.js';
import { tablesWith } from './rig.js';

function pathsAt(t: Tables, at: number): number[] {
  return Array.from(t.head.subarray(at + 1, at + 1 + t.head[at]!));
}

test('a reader that has the old list still finds it whole after a new one', (t) => {
  const tables = tablesWith(3);
  const old = listAt(tables, 0);
  publishList(tables, 0, [5]);
  t.deepEqual(pathsAt(tables, old), [0, 1, 2]);
  t.deepEqual(pathsAt(tables, listAt(tables, 0)), [5]);
  publishList(tables, 0, []);
  t.deepEqual(pathsAt(tables, listAt(tables, 0)), []);
});

test('a list has its limit', (t) => {
  const tables = tablesWith(1);
  const most = Array.from({ length: MAX_PATHS_PER_HEAD }, (_, i) => i);
  publishList(tables, 0, most);
  t.deepEqual(pathsAt(tables, listAt(tables, 0)), most);
  t.throws(() => publishList(tables, 0, [...most, 0]), { instanceOf: RangeError });
  t.deepEqual(pathsAt(tables, listAt(tables, 0)), most);
});
