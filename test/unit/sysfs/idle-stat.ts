import type { IoStat } from '../../../src/multipath/stat.js';

/** The statistics of a disk that never had any I/O. */
export const IDLE_STAT: IoStat = {
  readIos: 0,
  readSectors: 0,
  readUs: 0,
  writeIos: 0,
  writeSectors: 0,
  writeUs: 0,
  discardIos: 0,
  discardSectors: 0,
  discardUs: 0,
  flushIos: 0,
  flushUs: 0,
  busyUs: 0,
  readsInFlight: 0,
  writesInFlight: 0,
};
