import { BioOp } from '../multipath/bio.js';
import { Stat } from '../shared/layout.js';

/*
 * I/O statistics as the block layer keeps them (Documentation/block/stat.rst), of a path or a
 * block device on one reactor. `at` is the record's first index in Tables.pathStat or bdevStat, `clock`
 * the ring's. Times are handed over in arrays, see SubmissionQueue.
 */

/** An I/O of kind `op` starts; when is kept at startUs[i]. */
export function accountStart(
  stat: Float64Array,
  at: number,
  op: number,
  clock: Float64Array,
  startUs: Float64Array,
  i: number,
): void {
  accountBusy(stat, at, clock);
  startUs[i] = clock[0]!;
  const field = at + (op === BioOp.READ ? Stat.READS_IN_FLIGHT : Stat.WRITES_IN_FLIGHT);
  stat[field] = stat[field]! + 1;
}

/** The I/O that started at startUs[i] ends; `sectors` is 0 for one that failed. */
export function accountEnd(
  stat: Float64Array,
  at: number,
  op: number,
  clock: Float64Array,
  startUs: Float64Array,
  i: number,
  sectors: number,
): void {
  accountBusy(stat, at, clock);
  const inFlight = at + (op === BioOp.READ ? Stat.READS_IN_FLIGHT : Stat.WRITES_IN_FLIGHT);
  stat[inFlight] = stat[inFlight]! - 1;
  const us = clock[0]! - startUs[i]!;
  if (op === BioOp.FLUSH) {
    stat[at + Stat.FLUSH_IOS] = stat[at + Stat.FLUSH_IOS]! + 1;
    stat[at + Stat.FLUSH_US] = stat[at + Stat.FLUSH_US]! + us;
    return;
  }
  // The fields of a kind follow each other: I/Os, sectors, microseconds.
  const first =
    at +
    (op === BioOp.READ ? Stat.READ_IOS : op === BioOp.WRITE ? Stat.WRITE_IOS : Stat.DISCARD_IOS);
  stat[first] = stat[first]! + 1;
  stat[first + 1] = stat[first + 1]! + sectors;
  stat[first + 2] = stat[first + 2]! + us;
}

/** Adds the time since the last change to BUSY_US if anything was in flight in it. */
function accountBusy(stat: Float64Array, at: number, clock: Float64Array): void {
  const now = clock[0]!;
  if (stat[at + Stat.READS_IN_FLIGHT]! + stat[at + Stat.WRITES_IN_FLIGHT]! > 0) {
    stat[at + Stat.BUSY_US] = stat[at + Stat.BUSY_US]! + (now - stat[at + Stat.STAMP_US]!);
  }
  stat[at + Stat.STAMP_US] = now;
}
