/**
 * What becomes of every error that a SCSI disk can end a read or write with: first through the
 * kernel's own disk, then through mpathfs on two paths. Errors of the target reach the caller at
 * once, with the kernel's errno, and the path stays; errors of the path reach nobody.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { until } from '../../support/child.js';
import { errnoOf } from '../guest/errno.js';
import type { ScsiDisk } from '../guest/kernel-scsi.js';
import { onlyHead, untilAllUsed } from '../guest/heads.js';
import type { HeadView } from '../guest/heads.js';
import { mountScanned, umount } from '../guest/mpathfs.js';
import { check, scenario, step } from '../guest/report.js';
import { heal, inject, startScsiDebug } from '../guest/scsi-debug.js';
import { PATH_ERRORS, RETRIED, TARGET_ERRORS } from '../guest/scsi-error-table.js';
import type { Row } from '../guest/scsi-error-table.js';
import { write } from '../guest/sys.js';

/** Both are active/optimized. */
const HOSTS = [0, 3];
const PATHS = HOSTS.length;
const RETURN_MS = 20_000;

await scenario(async () => {
  const disks = await startScsiDebug(HOSTS);
  const [first] = disks;
  assert.ok(first !== undefined);
  for (const row of [...TARGET_ERRORS, ...PATH_ERRORS]) {
    await check(`the kernel: ${row.title}: ${row.errno}`, () => onKernelDisk(first, row, 'always'));
  }
  for (const row of RETRIED) {
    await check(`the kernel: ${row.title}, once: no error`, () => onKernelDisk(first, row, 'once'));
  }

  await step('one head over both', () => mountScanned());
  const head = onlyHead(PATHS);
  head.iopolicy = 'round-robin';
  // The same path fails again and again here: it is not to be set aside for that.
  write(join(head.directory, 'marginal_path_failures'), 0);
  for (const row of TARGET_ERRORS) {
    await check(`${row.title}: ${row.errno} at once`, () => targetError(head, disks, row));
  }
  for (const row of PATH_ERRORS) {
    await check(`${row.title}: the other path is tried`, () => pathError(head, first, row));
  }
  for (const row of RETRIED) {
    await check(`${row.title}, once: the kernel tries again`, () => retried(head, disks, row));
  }
  await step('the mount ends', () => umount());
});

async function onKernelDisk(disk: ScsiDisk, row: Row, times: 'once' | 'always'): Promise<void> {
  const { direction = 'read' } = row;
  inject(disk, direction, row.ending, times);
  try {
    assert.equal(await errnoOf(disk.device, direction), row.errno);
  } finally {
    heal(disk, direction);
  }
  assert.equal(await errnoOf(disk.device, direction), '0', 'afterwards');
}

/** On whichever path it comes to, it is not tried on the other, and no path fails. */
async function targetError(head: HeadView, disks: readonly ScsiDisk[], row: Row): Promise<void> {
  const { direction = 'read' } = row;
  for (const disk of disks) inject(disk, direction, row.ending, 'always');
  const before = counts(head);
  try {
    assert.equal(await errnoOf(head.file, direction), row.errno);
  } finally {
    for (const disk of disks) heal(disk, direction);
  }
  assertUndisturbed(head, before);
}

/** The first of two I/Os or the second meets the bad path. */
async function pathError(head: HeadView, bad: ScsiDisk, row: Row): Promise<void> {
  const { direction = 'read' } = row;
  const before = counts(head);
  inject(bad, direction, row.ending, 'always');
  try {
    for (const block of [1, 2]) assert.equal(await errnoOf(head.file, direction, block), '0');
    assert.equal(counts(head).failovers, before.failovers + 1, 'failovers');
  } finally {
    heal(bad, direction);
  }
  const running = (): boolean => head.paths.every((path) => path.state === 'running');
  await until('both paths are running again', running, RETURN_MS);
  const used = untilAllUsed(head, PATHS, RETURN_MS);
  const load = keepReading(head, used);
  await Promise.all([used, load]);
}

async function retried(head: HeadView, disks: readonly ScsiDisk[], row: Row): Promise<void> {
  const { direction = 'read' } = row;
  for (const disk of disks) inject(disk, direction, row.ending, 'once');
  const before = counts(head);
  try {
    assert.equal(await errnoOf(head.file, direction), '0');
  } finally {
    for (const disk of disks) heal(disk, direction);
  }
  // A unit attention has the kernel announce a change, and the disk is looked at again.
  assertNoneFailed(head, before);
}

interface Counts {
  readonly ios: number;
  readonly failovers: number;
}

function counts(head: HeadView): Counts {
  const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
  return {
    ios: sum(head.paths.map((path) => path.ios)),
    failovers: sum(head.paths.map((path) => path.failovers)),
  };
}

/** One I/O on one path since `before`, and every path is as it was. */
function assertUndisturbed(head: HeadView, before: Counts): void {
  assert.equal(counts(head).ios, before.ios + 1, 'I/Os on paths');
  assertNoneFailed(head, before);
}

function assertNoneFailed(head: HeadView, before: Counts): void {
  assert.equal(counts(head).failovers, before.failovers, 'failovers');
  assert.deepEqual(
    head.paths.map((path) => path.state),
    head.paths.map(() => 'running'),
  );
}

async function keepReading(head: HeadView, ended: Promise<void>): Promise<void> {
  let going = true;
  const stop = (): void => {
    going = false;
  };
  ended.then(stop, stop);
  while (going) assert.equal(await errnoOf(head.file, 'read'), '0');
}
