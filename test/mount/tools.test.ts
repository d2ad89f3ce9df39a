/** Programs written for the kernel's sysfs work on the tree unmodified. */
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { output, until } from '../support/child.js';
import { store } from '../support/disk.js';
import { mount, TRANSPORTS } from '../support/mpathfs.js';
import type { Mount, Transport } from '../support/mpathfs.js';
import { withSysfs } from '../support/namespace.js';
import { requires } from '../support/requires.js';
import { makeImage, scratch } from '../support/scratch.js';

const MIB = 2 ** 20;

interface Lsblk {
  readonly blockdevices: readonly LsblkDevice[];
}

interface LsblkDevice {
  readonly name: string;
  readonly 'maj:min': string;
  readonly size: number;
  readonly type: string;
  readonly ro: boolean;
  readonly model: string | null;
  readonly state: string | null;
  readonly children?: readonly LsblkDevice[];
}

for (const [transport, needs] of TRANSPORTS) {
  requires(
    'root',
    'unshare',
    'lsblk',
    'sgdisk',
    ...needs,
  )(`${transport}: lsblk lists heads and partitions`, async (t) => {
    const mounted = await twoDisks(t, transport);
    await until('the partitions are there', async () => (await plain(mounted)).length === 5, 5000);
    t.deepEqual(await plain(mounted), [
      'sda 67108864 disk',
      'sda1 8388608 part',
      'nvme0n1 33554432 disk',
      'nvme0n1p1 4194304 part',
      'nvme0n1p2 8388608 part',
    ]);

    const columns = 'NAME,MAJ:MIN,SIZE,TYPE,RO,MODEL,STATE';
    const listed = await withSysfs(mounted, 'lsblk', '-J', '-b', '-o', columns);
    t.is(listed.code, 0, listed.stderr);
    const [sda, nvme] = (JSON.parse(listed.stdout.toString()) as Lsblk).blockdevices;
    t.like(sda, { name: 'sda', 'maj:min': '8:0', size: 64 * MIB, type: 'disk', ro: false });
    t.like(sda?.children?.[0], { name: 'sda1', 'maj:min': '8:1', size: 8 * MIB, type: 'part' });
    t.like(nvme, { name: 'nvme0n1', size: 32 * MIB, type: 'disk' });
    t.is(nvme?.model?.trim(), 'Tools test');
    t.regex(nvme?.['maj:min'] ?? '', /^259:\d+$/);
    t.is(nvme?.children?.length, 2);

    const tree = await withSysfs(mounted, 'lsblk');
    t.is(tree.code, 0, tree.stderr);
    t.regex(tree.stdout.toString(), /nvme0n1 +259:\d+ +0 +32M +0 disk/);
    t.regex(tree.stdout.toString(), /-sda1 +8:1 +0 +8M +0 part/);
  });

  requires(
    'root',
    'unshare',
    'nvme',
    'sgdisk',
    ...needs,
  )(`${transport}: nvme list-subsys prints subsystem, controllers and states`, async (t) => {
    const mounted = await twoDisks(t, transport);
    const before = await withSysfs(mounted, 'nvme', 'list-subsys');
    t.is(before.code, 0, before.stderr);
    const text = before.stdout.toString();
    t.regex(text, /^nvme-subsys0 - NQN=nqn\.2026-11\.test:tools$/m);
    t.regex(text, /^ \+- nvme0 loop traddr=\S+ live$/m);
    t.regex(text, /^ \+- nvme1 loop traddr=\S+ live$/m);

    const path = 'sys/block/nvme0n1/multipath/nvme0c1n1';
    await store(mounted.file(`${path}/make-it-fail`), 1);
    const connecting = async (): Promise<boolean> => {
      const now = await withSysfs(mounted, 'nvme', 'list-subsys', '-o', 'json');
      return /"Name":"nvme1",[^}]*"State":"connecting"/.test(
        now.stdout.toString().replace(/\s/g, ''),
      );
    };
    await until('nvme1 is connecting', connecting, 5000);
    await store(mounted.file(`${path}/make-it-fail`), 0);
  });
}

/** An NVMe disk with two partitions, and a SCSI disk with one; two paths to each. */
async function twoDisks(t: ExecutionContext, transport: Transport): Promise<Mount> {
  const directory = scratch(t);
  const nvme = makeImage(join(directory, 'nvme'), 32 * MIB);
  const scsi = makeImage(join(directory, 'scsi'), 64 * MIB);
  const gpt = ['--clear', '--new=1:2048:+4M', '--new=2:16384:+8M'];
  await output(['sgdisk', '--zap-all', nvme]).catch(() => '');
  await output(['sgdisk', ...gpt, nvme]);
  await output(['sgdisk', '--zap-all', scsi]).catch(() => '');
  await output(['sgdisk', '--clear', '--new=1:2048:+8M', scsi]);
  const config = [
    '[[disk]]\nkind = "nvme"\nmodel = "Tools test"\nsubsysnqn = "nqn.2026-11.test:tools"',
    ...paths(directory, nvme),
    '[[disk]]\nkind = "scsi"',
    ...paths(directory, scsi),
  ];
  return mount(t, { config: `${config.join('\n')}\n`, transport, directory });
}

function paths(directory: string, device: string): string[] {
  return [0, 1].map((path) => {
    const name = `${device}-path${path}`;
    symlinkSync(device, join(directory, name.slice(directory.length + 1)));
    return `[[disk.path]]\ndevice = "${name}"`;
  });
}

async function plain(mounted: Mount): Promise<string[]> {
  const listed = await withSysfs(mounted, 'lsblk', '-n', '-b', '-l', '-o', 'NAME,SIZE,TYPE');
  return listed.stdout
    .toString()
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).join(' '));
}
