/**
 * Paths come and go at random under a verifying fio, on a disk that always keeps one. Afterwards
 * the daemon is as it was. MPATHFS_CHURN_SECS changes how long it takes.
 */
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { bash, cat, echo } from '../support/bash.js';
import { delay, output } from '../support/child.js';
import { mountDisk, store } from '../support/disk.js';
import type { TestDisk } from '../support/disk.js';
import { fio } from '../support/fio.js';
import { verifyingFio } from '../support/load.js';
import { TRANSPORTS } from '../support/mpathfs.js';
import { requires } from '../support/requires.js';
import { scratch } from '../support/scratch.js';

const SECONDS = Number(process.env['MPATHFS_CHURN_SECS'] ?? 20);
const NAMES = 6;
/** What the daemon may take in the end more than in the beginning. */
const GROWTH_KIB = 12 << 10;
/** V8 otherwise lets tens of MiB of garbage pile up before it looks. */
const TIDY = ['--max-semi-space-size=1', '--max-old-space-size=48', '--optimize-for-size'];

for (const [transport, needs] of TRANSPORTS) {
  requires(
    'root',
    'fio',
    ...needs,
  )(`${transport}: paths are added and removed at random under a verifying fio`, async (t) => {
    t.timeout((SECONDS + 60) * 1000);
    const directory = scratch(t);
    const disk = await mountDisk(t, transport, { directory, nodeFlags: TIDY });
    const wwid = (await cat(join(disk.head, 'wwid'))).trim();
    const addPath = disk.mount.file('sys/bus/mpath/add_path');
    for (let i = 0; i < NAMES; i++) symlinkSync(disk.device, join(directory, `extra${i}`));
    const add = async (): Promise<boolean> => {
      const device = join(directory, `extra${random(NAMES)}`);
      const complaint = await echo(`${device} wwid=${wwid} numa_node=${random(2) - 1}`, addPath);
      if (complaint !== '' && complaint !== 'File exists') t.fail(`add_path: ${complaint}`);
      return complaint === '';
    };
    // What is taken with the first use and kept: the memory of every request entry, and caches.
    await touchEntries(disk);
    await round(disk, add, 3000);
    const before = await footprint(disk);
    const load = verifyingFio(disk.file, disk.size, SECONDS);
    t.teardown(() => load.child.stop());
    const rounds = await round(disk, add, SECONDS * 1000);
    const result = await load.result;
    t.is(result.error, 0, load.child.log());
    t.true(result.write.ios > 1000 && result.read.ios > 1000);
    await removeDownTo(disk, 1);
    await addBackTo(disk, 2, add);
    await delay(1000);
    const after = await footprint(disk);
    t.log(`${rounds.added} added, ${rounds.removed} removed, ${result.write.ios} writes`);
    t.log(JSON.stringify({ before, after }));
    t.true(rounds.added > SECONDS && rounds.removed > SECONDS);
    t.is(after.files, before.files);
    t.is(after.entries, before.entries);
    t.true(after.kib - before.kib < GROWTH_KIB);
  });
}

/** Has all request entries of both CPUs in use. */
async function touchEntries(disk: TestDisk): Promise<void> {
  const load = { filename: disk.file, size: disk.size, ioengine: 'io_uring', direct: 1 };
  const wide = { rw: 'randrw', bs: '1M', iodepth: 128, numjobs: 4 };
  const result = await fio({ ...load, ...wide, time_based: true, runtime: 3 }, 30_000);
  if (result.error !== 0) throw new Error(`fio: errno ${result.error}`);
}

interface Rounds {
  readonly added: number;
  readonly removed: number;
}

async function round(disk: TestDisk, add: () => Promise<boolean>, ms: number): Promise<Rounds> {
  const end = Date.now() + ms;
  let added = 0;
  let removed = 0;
  while (Date.now() < end) {
    const paths = await controllers(disk);
    if (paths.length < 2 || (paths.length < NAMES && random(2) === 0)) {
      if (await add()) added++;
    } else {
      await remove(disk, paths[random(paths.length)] ?? '');
      removed++;
    }
  }
  await removeDownTo(disk, 2);
  await addBackTo(disk, 2, add);
  return { added, removed };
}

async function removeDownTo(disk: TestDisk, count: number): Promise<void> {
  const paths = await controllers(disk);
  for (const path of paths.slice(count)) await remove(disk, path);
}

async function addBackTo(
  disk: TestDisk,
  count: number,
  add: () => Promise<boolean>,
): Promise<void> {
  while ((await controllers(disk)).length < count) await add();
}

function remove(disk: TestDisk, controller: string): Promise<void> {
  return store(disk.mount.file(`sys/class/nvme/${controller}/delete_controller`), 1);
}

async function controllers(disk: TestDisk): Promise<string[]> {
  const listed = await output(['ls', disk.mount.file('sys/class/nvme')]);
  return listed.split('\n').filter((name) => name !== '');
}

interface Footprint {
  /** Open files of the daemon. */
  readonly files: number;
  /** Entries in the tree. */
  readonly entries: number;
  /** Memory in use. */
  readonly kib: number;
}

async function footprint(disk: TestDisk): Promise<Footprint> {
  const number = async (script: string, argument: string): Promise<number> =>
    Number((await bash(script, argument)).stdout.toString());
  const pid = String(disk.mount.daemon.pid);
  return {
    files: await number('ls /proc/$1/fd | wc -l', pid),
    entries: await number('find $1 | wc -l', disk.mount.mountpoint),
    kib: await number("awk '/^VmRSS/ { print $2 }' /proc/$1/status", pid),
  };
}

function random(below: number): number {
  return Math.floor(Math.random() * below);
}
