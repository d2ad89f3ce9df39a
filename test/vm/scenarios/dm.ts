/**
 * The same failures on the same four SCSI paths, once under the device mapper's multipath and once
 * under mpathfs: the caller has to see the same.
 */
import assert from 'node:assert/strict';
import { until } from '../../support/child.js';
import { DmMultipath } from '../guest/dm.js';
import { errnoOf } from '../guest/errno.js';
import type { Direction } from '../guest/errno.js';
import type { ScsiDisk } from '../guest/kernel-scsi.js';
import { onlyHead } from '../guest/heads.js';
import { mountScanned, umount } from '../guest/mpathfs.js';
import { check, scenario, step } from '../guest/report.js';
import { heal, inject, startScsiDebug } from '../guest/scsi-debug.js';
import type { Ending } from '../guest/scsi-debug.js';

interface Failure {
  readonly title: string;
  /** What the paths answer; without one they are set offline. */
  readonly ending?: Ending;
  /** On how many of the four. */
  readonly paths: number;
  readonly direction?: Direction;
  /** What the caller gets from both. */
  readonly errno: string;
}

/** Two active/optimized, then two active/non-optimized. */
const HOSTS = [0, 3, 1, 4];
const PATHS = HOSTS.length;
const RETURN_MS = 20_000;
const FAILURES: readonly Failure[] = [
  { title: 'one path offline', paths: 1, errno: '0' },
  { title: 'a group offline', paths: 2, errno: '0' },
  { title: 'all but one offline', paths: 3, errno: '0' },
  { title: 'all offline', paths: PATHS, errno: 'EIO' },
  { title: 'a group has no connection', ending: { host: 1 }, paths: 2, errno: '0' },
  { title: 'a group has a failed transport', ending: { host: 0xf }, paths: 2, errno: '0' },
  { title: 'a group in standby', ending: { sense: [2, 4, 0xb] }, paths: 2, errno: '0' },
  { title: 'all in standby', ending: { sense: [2, 4, 0xb] }, paths: PATHS, errno: 'EIO' },
  { title: 'medium error', ending: { sense: [3, 0x11, 0] }, paths: PATHS, errno: 'ENODATA' },
  { title: 'hardware error', ending: { sense: [4, 0x44, 0] }, paths: PATHS, errno: 'EREMOTEIO' },
  {
    title: 'write protected',
    ending: { sense: [7, 0x27, 0] },
    paths: PATHS,
    direction: 'write',
    errno: 'EREMOTEIO',
  },
  {
    title: 'reservation conflict',
    ending: { status: 0x18 },
    paths: PATHS,
    direction: 'write',
    errno: 'EBADE',
  },
];
/** As many I/Os as there are paths: each of them may meet another. */
const BLOCKS = [0, 1, 2, 3];

/** Who combines the paths. */
interface Multipath {
  readonly file: string;
  /** After the failure is mended: uses every path again. */
  restore(): Promise<void>;
}

await scenario(async () => {
  const disks = await startScsiDebug(HOSTS);
  const dm = await DmMultipath.create(disks);
  await compareAll('dm', { file: dm.file, restore: () => dm.reinstate() }, disks);
  await step('dm lets go of the paths', () => dm.remove());

  await step('one head over the four paths', () => mountScanned());
  const head = onlyHead(PATHS);
  head.iopolicy = 'round-robin';
  const running = (): boolean => head.paths.every((path) => path.state === 'running');
  const restore = (): Promise<void> => until('all paths are running', running, RETURN_MS);
  await compareAll('mpathfs', { file: head.file, restore }, disks);
  await step('the mount ends', () => umount());
});

async function compareAll(
  name: string,
  multipath: Multipath,
  disks: readonly ScsiDisk[],
): Promise<void> {
  for (const failure of FAILURES) {
    await check(`${name}: ${failure.title}: ${failure.errno}`, async () => {
      const { ending, direction = 'read' } = failure;
      const bad = disks.slice(0, failure.paths);
      for (const disk of bad) {
        if (ending === undefined) disk.state = 'offline';
        else inject(disk, direction, ending, 'always');
      }
      try {
        for (const block of BLOCKS) {
          assert.equal(await errnoOf(multipath.file, direction, block), failure.errno);
        }
      } finally {
        for (const disk of bad) {
          if (ending === undefined) disk.state = 'running';
          else heal(disk, direction);
        }
        await multipath.restore();
      }
      assert.equal(await errnoOf(multipath.file, direction), '0', 'afterwards');
    });
  }
}
