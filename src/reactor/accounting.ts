import { BioOp } from '../multipath/bio.js';
import { Stat } from '../shared/layout.js';

/*
 * I/O statistics as the block layer keeps them (Documentation/block/stat.rst), of a path or a
 * head on one reactor. `at` is the record's first index in Tables.pathStat or headStat.
 */

/** An I/O of kind `op` starts. */
export function accountStart(stat: Float64Array, at: number, op: number, now: number): void {
  accountBusy(stat, at, now);
  const field = at + (op === BioOp.READ ? Stat.READS_IN_FLIGHT : Stat.WRITES_IN_FLIGHT);
  stat[field] = stat[field]! + 1;
}

/** An I/O that started at `start` ends; `bytes` is 0 for one that failed. */
export function accountEnd(
  stat: Float64Array,
  at: number,
  op: number,
  bytes: number,
  start: number,
  now: number,
): void {
  accountBusy(stat, at, now);
  const inFlight = at + (op === BioOp.READ ? Stat.READS_IN_FLIGHT : Stat.WRITES_IN_FLIGHT);
  stat[inFlight] = stat[inFlight]! - 1;
  if (op === BioOp.FLUSH) {
    stat[at + Stat.FLUSH_IOS] = stat[at + Stat.FLUSH_IOS]! + 1;
    stat[at + Stat.FLUSH_US] = stat[at + Stat.FLUSH_US]! + (now - start);
    return;
  }
  const first =
    at +
    (op === BioOp.READ ? Stat.READ_IOS : op === BioOp.WRITE ? Stat.WRITE_IOS : Stat.DISCARD_IOS);
  stat[first] = stat[first]! + 1;
  stat[first + 1] = stat[first + 1]! + bytes / 512;
  stat[first + 2] = stat[first + 2]! + (now - start);
}

/** Adds the time since the last change to BUSY_US if anything was in flight in it. */
function accountBusy(stat: Float64Array, at: number, now: number): void {
  if (stat[at + Stat.READS_IN_FLIGHT]! + stat[at + Stat.WRITES_IN_FLIGHT]! > 0) {
    stat[at + Stat.BUSY_US] = stat[at + Stat.BUSY_US]! + (now - stat[at + Stat.STAMP_US]!);
  }
  stat[at + Stat.STAMP_US] = now;
}
