/** Loads on a disk file. */
import { startFio } from './fio.js';
import type { FioRun } from './fio.js';

/** Writes 4k blocks at random at queue depth 32 for some time, and reads them back as it goes. */
export function verifyingFio(file: string, size: number, seconds: number): FioRun {
  return startFio(
    {
      filename: file,
      size,
      ioengine: 'io_uring',
      direct: 1,
      rw: 'randwrite',
      bs: '4k',
      iodepth: 32,
      verify: 'crc32c',
      verify_fatal: 1,
      verify_backlog: 1024,
      verify_state_save: 0,
      time_based: true,
      runtime: seconds,
    },
    (seconds + 20) * 1000,
  );
}
