import test from 'ava';
import { bdevStat, pathStat } from '../../../src/multipath/stat.js';
import { STAT_STRIDE, Stat } from '../../../src/shared/layout.js';
import { SIZES, tablesWith } from './rig.js';

test('counters are summed over the reactors, each record apart', (t) => {
  const tables = tablesWith(2);
  for (const [reactor, ios, busy] of [
    [0, 3, 500],
    [1, 4, 200],
  ] as const) {
    const at = (reactor * SIZES.paths + 1) * STAT_STRIDE;
    tables.pathStat[at + Stat.READ_IOS] = ios;
    tables.pathStat[at + Stat.BUSY_US] = busy;
    tables.bdevStat[(reactor * tables.bdevs + 4) * STAT_STRIDE + Stat.WRITE_SECTORS] = ios * 8;
  }
  t.is(pathStat(tables, 1).readIos, 7);
  t.is(pathStat(tables, 1).busyUs, 500);
  t.is(pathStat(tables, 0).readIos, 0);
  t.is(bdevStat(tables, 4).writeSectors, 56);
  t.is(bdevStat(tables, 3).writeSectors, 0);
});
