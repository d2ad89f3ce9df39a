/** The built command line as a user runs it. Real mounts are in test/mount. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { mountAt } from '../../src/cli/mountinfo.js';
import { parseConfig } from '../../src/config/load.js';
import { goldenTree, makeMachine } from '../support/fake-machine.js';

const MAIN = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));

interface Result {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

function mpathfs(...args: string[]): Promise<Result> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], { timeout: 60_000 }, (error, stdout, stderr) => {
      const status = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ status, stdout, stderr });
    });
  });
}

/** A private directory with an empty `mnt` in it. */
function directory(t: ExecutionContext): { dir: string; mnt: string } {
  const dir = mkdtempSync(join(tmpdir(), 'mpathfs-cli-'));
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  const mnt = join(dir, 'mnt');
  mkdirSync(mnt);
  return { dir, mnt };
}

function configFile(dir: string, text: string): string {
  const file = join(dir, 'disks.toml');
  writeFileSync(file, text);
  return file;
}

const ABSENT_DEVICE = '[[disk]]\nkind = "nvme"\n[[disk.path]]\ndevice = "absent.img"\n';

test('--version is the version of the package', async (t) => {
  const { status, stdout } = await mpathfs('--version');
  t.is(status, 0);
  t.regex(stdout, /^\d+\.\d+\.\d+\n$/);
});

test('--help names the verbs and gives examples', async (t) => {
  const { status, stdout } = await mpathfs('--help');
  t.is(status, 0);
  for (const text of ['mount', 'umount', 'Examples:', 'mpathfs mount disks.toml']) {
    t.true(stdout.includes(text), text);
  }
  const mount = await mpathfs('mount', '--help');
  t.is(mount.status, 0);
  t.regex(mount.stdout, /transport=auto\|ring\|devfuse/);
});

test('an unknown verb or option is refused', async (t) => {
  for (const args of [['fly'], ['mount', '--fast', 'a', 'b'], ['mount', 'a']]) {
    const { status, stderr } = await mpathfs(...args);
    t.is(status, 1, args.join(' '));
    t.regex(stderr, /^error: /);
  }
});

for (const flag of [[], ['-f']]) {
  const mount = ['mount', ...flag];

  test(`${mount.join(' ')}: a bad configuration names file, line and key`, async (t) => {
    const { dir, mnt } = directory(t);
    const file = configFile(dir, `${ABSENT_DEVICE}numa_node = 4711\n`);
    const { status, stdout, stderr } = await mpathfs(...mount, file, mnt);
    t.is(status, 1);
    t.is(stdout, '');
    t.is(
      stderr,
      `mpathfs: ${file}:5: disk[0].path[0].numa_node: must be an integer from -1 to 1023\n`,
    );
    t.is(mountAt(mnt), undefined);
  });

  test(`${mount.join(' ')}: a device that is not there is an error, not a stack`, async (t) => {
    const { dir, mnt } = directory(t);
    const log = join(dir, 'log');
    const file = configFile(dir, ABSENT_DEVICE);
    const { status, stdout, stderr } = await mpathfs(...mount, '-o', `log=${log}`, file, mnt);
    t.is(status, 1);
    t.is(stdout, '');
    t.regex(stderr, /^mpathfs: .*absent\.img/);
    t.notRegex(stderr, /\n\s+at /);
    t.is(mountAt(mnt), undefined);
  });

  test(`${mount.join(' ')}: the mountpoint must be a directory`, async (t) => {
    const { dir } = directory(t);
    const file = configFile(dir, ABSENT_DEVICE);
    const absent = await mpathfs(...mount, file, join(dir, 'absent'));
    t.is(absent.status, 1);
    t.regex(absent.stderr, /no such directory; make it first: mkdir -p /);
    const other = await mpathfs(...mount, file, file);
    t.is(other.status, 1);
    t.regex(other.stderr, /not a directory/);
  });

  test(`${mount.join(' ')}: an unknown mount option is refused`, async (t) => {
    const { dir, mnt } = directory(t);
    const file = configFile(dir, ABSENT_DEVICE);
    const { status, stderr } = await mpathfs(...mount, '-o', 'allow_other,nonsense', file, mnt);
    t.is(status, 1);
    t.regex(stderr, /^mpathfs: -o nonsense: no such option/);
  });
}

test('mount: a log that can not be written is an error before anything starts', async (t) => {
  const { dir, mnt } = directory(t);
  const file = configFile(dir, ABSENT_DEVICE);
  const { status, stderr } = await mpathfs('mount', '-o', `log=${file}/log`, file, mnt);
  t.is(status, 1);
  t.regex(stderr, /can't write the log.*choose another file with -o log=FILE/);
});

test('mount: what the daemon says goes to its log', async (t) => {
  const { dir, mnt } = directory(t);
  const log = join(dir, 'made', 'here', 'log');
  const file = configFile(dir, ABSENT_DEVICE);
  await mpathfs('mount', '-o', `log=${log}`, file, mnt);
  t.true(existsSync(log));
  t.regex(readFileSync(log, 'utf8'), /absent\.img/);
});

test('umount: what is no mpathfs is left alone', async (t) => {
  const { mnt } = directory(t);
  for (const path of [mnt, '/proc', join(mnt, 'absent')]) {
    const { status, stderr } = await mpathfs('umount', path);
    t.is(status, 1, path);
    t.is(
      stderr,
      `mpathfs: ${path}: no mpathfs is mounted here; findmnt -t fuse.mpathfs lists them\n`,
    );
  }
  t.is(mountAt('/proc')?.fsType, 'proc');
});

test('umount: a bad time limit is refused', async (t) => {
  const { mnt } = directory(t);
  const { status, stderr } = await mpathfs('umount', '--timeout', 'soon', mnt);
  t.is(status, 1);
  t.regex(stderr, /--timeout must be a number of seconds/);
});

/** The arguments that show another machine. */
function sysroot(t: ExecutionContext, ...fixtures: readonly string[]): string[] {
  const { sys } = makeMachine(t, ...fixtures.map(goldenTree));
  return ['--sysroot', join(sys, '..')];
}

test('scan: a table, JSON, and a configuration', async (t) => {
  const root = sysroot(t, 'golden/nvme-pcie-6.12-multipathN.tree.txt');
  const table = await mpathfs('scan', ...root);
  t.is(table.status, 0);
  t.regex(table.stdout, /^nvme\.1b36-\S+ {2}nvme {2}256 MiB {2}QEMU NVMe Ctrl\n/);
  t.regex(table.stdout, /\n {2}\/dev\/nvme1n1 {2}0000:02:00\.0 {2}- {2}usable\n/);
  const json = await mpathfs('scan', '--json', ...root);
  t.like(JSON.parse(json.stdout), { disks: [{ paths: [{ usable: true }, { usable: true }] }] });
  const toml = await mpathfs('scan', '--toml', ...root);
  t.is(parseConfig(toml.stdout, '/a').disks[0]?.paths.length, 2);
});

test('scan: what the kernel multipaths itself is told, and no disk', async (t) => {
  const root = sysroot(t, 'golden/nvme-pcie-6.12-multipathY.tree.txt');
  const { status, stdout } = await mpathfs('scan', ...root);
  t.is(status, 0);
  t.regex(stdout, /\/dev\/nvme0n1 .* not usable: the kernel multipaths it itself.*\n/);
  t.regex(stdout, /\nNone of them can be used\.\n$/);
  const toml = await mpathfs('scan', '--toml', ...root);
  t.deepEqual(parseConfig(toml.stdout, '/a').disks, []);
});

test('scan: nothing is found', async (t) => {
  const root = sysroot(t);
  const said = async (...args: string[]): Promise<string> =>
    (await mpathfs('scan', ...args, ...root)).stdout;
  t.is(await said(), 'no NVMe or SCSI disks found\n');
  t.is(await said('--toml'), '# no NVMe or SCSI disks found\n');
  t.deepEqual(JSON.parse(await said('--json')), { disks: [] });
  const both = await mpathfs('scan', '--json', '--toml', ...root);
  t.is(both.status, 1);
  t.is(both.stderr, 'mpathfs: --json and --toml: choose one of them\n');
});
