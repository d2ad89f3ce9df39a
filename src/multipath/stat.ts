import { STAT_STRIDE, Stat } from '../shared/layout.js';
import type { Tables } from '../shared/tables.js';

/** The counters of Documentation/block/stat.rst, over all reactors. Times in microseconds. */
export interface IoStat {
  readonly readIos: number;
  /** Sectors of 512 bytes, here and below. */
  readonly readSectors: number;
  readonly readUs: number;
  readonly writeIos: number;
  readonly writeSectors: number;
  readonly writeUs: number;
  readonly discardIos: number;
  readonly discardSectors: number;
  readonly discardUs: number;
  readonly flushIos: number;
  readonly flushUs: number;
  /** The most that any one reactor was busy: their busy times overlap. */
  readonly busyUs: number;
  readonly readsInFlight: number;
  readonly writesInFlight: number;
}

export function pathStat(t: Tables, path: number): IoStat {
  return total(t, t.pathStat, t.sizes.paths, path);
}

export function bdevStat(t: Tables, bdev: number): IoStat {
  return total(t, t.bdevStat, t.bdevs, bdev);
}

/** Sets the counters of `record` to 0 on every reactor; none has an I/O of it. */
export function clearStat(t: Tables, stat: Float64Array, records: number, record: number): void {
  for (let reactor = 0; reactor < t.sizes.reactors; reactor++) {
    const at = (reactor * records + record) * STAT_STRIDE;
    stat.fill(0, at, at + STAT_STRIDE);
  }
}

function total(t: Tables, stat: Float64Array, records: number, record: number): IoStat {
  const of = (field: number): number[] =>
    Array.from(
      { length: t.sizes.reactors },
      (_, reactor) => stat[(reactor * records + record) * STAT_STRIDE + field] ?? 0,
    );
  const sum = (field: number): number => of(field).reduce((a, b) => a + b, 0);
  return {
    readIos: sum(Stat.READ_IOS),
    readSectors: sum(Stat.READ_SECTORS),
    readUs: sum(Stat.READ_US),
    writeIos: sum(Stat.WRITE_IOS),
    writeSectors: sum(Stat.WRITE_SECTORS),
    writeUs: sum(Stat.WRITE_US),
    discardIos: sum(Stat.DISCARD_IOS),
    discardSectors: sum(Stat.DISCARD_SECTORS),
    discardUs: sum(Stat.DISCARD_US),
    flushIos: sum(Stat.FLUSH_IOS),
    flushUs: sum(Stat.FLUSH_US),
    busyUs: Math.max(0, ...of(Stat.BUSY_US)),
    readsInFlight: sum(Stat.READS_IN_FLIGHT),
    writesInFlight: sum(Stat.WRITES_IN_FLIGHT),
  };
}
