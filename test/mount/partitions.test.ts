/** Partitions of a head: files of their own, with their own place, size and statistics. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { cat } from '../support/bash.js';
import { bytes, output, run, until } from '../support/child.js';
import { mountDisk, store } from '../support/disk.js';
import type { TestDisk } from '../support/disk.js';
import { TRANSPORTS } from '../support/mpathfs.js';
import { requires } from '../support/requires.js';
import { makeImage, scratch } from '../support/scratch.js';

const MIB = 2 ** 20;

for (const [transport, needs] of TRANSPORTS) {
  const check = requires('root', 'sgdisk', 'sfdisk', 'mkfs.ext4', ...needs);

  check(`${transport}: a GPT's partitions are files`, async (t) => {
    const device = makeImage(join(scratch(t), 'image'), 64 * MIB);
    await gpt(device, '--new=1:2048:+16M', '--change-name=1:first', '--new=3:65536:+8M');
    const disk = await mountDisk(t, transport, { device, mebibytes: 64 });
    const list = async (): Promise<string> => await output(['ls', disk.mount.file('dev')]);
    await until('they are there', async () => (await list()).includes('nvme0n1p3'), 5000);
    t.is(await list(), 'disk\nnvme0n1\nnvme0n1p1\nnvme0n1p3\n');
    const first = join(disk.head, 'nvme0n1p1');
    t.is(await cat(join(first, 'partition')), '1\n');
    t.is(await cat(join(first, 'start')), '2048\n');
    t.is(await cat(join(first, 'size')), `${(16 * MIB) / 512}\n`);
    t.regex(await cat(join(first, 'uevent')), /^DEVTYPE=partition$/m);
    t.regex(await cat(join(first, 'uevent')), /^PARTNAME=first$/m);

    const file = `${disk.file}p1`;
    t.is((await output(['stat', '-c', '%s', file])).trim(), String(16 * MIB));
    const data = randomBytes(8192);
    const write = ['dd', 'status=none', 'bs=4096', 'seek=5', 'conv=notrunc', 'oflag=direct'];
    t.is((await run([...write, 'iflag=fullblock', `of=${file}`], { input: data })).code, 0);
    const at = (MIB + 5 * 4096) / 4096;
    const back = ['dd', 'status=none', 'bs=4096', `skip=${at}`, 'count=2', `if=${device}`];
    t.true(data.equals(await bytes(back)), 'it is where the partition begins');
    const writes = (fields: string): number => Number(fields.trim().split(/\s+/)[4]);
    t.is(writes(await cat(join(first, 'stat'))), 2);
    t.is(writes(await cat(join(disk.head, 'nvme0n1p3/stat'))), 0);
    t.true(writes(await cat(join(disk.head, 'stat'))) >= 2, 'and counts for the disk');

    // The end of the partition is an end.
    const behind = await run([
      'dd',
      'bs=4096',
      `seek=${(16 * MIB) / 4096}`,
      'count=1',
      'conv=notrunc',
      'oflag=direct',
      'if=/dev/zero',
      `of=${file}`,
    ]);
    t.regex(behind.stderr, /No space left/);
    const last = ['dd', 'status=none', 'bs=1M', 'skip=15', 'iflag=direct', `if=${file}`];
    t.is((await bytes(last)).length, MIB);
    t.is((await run(['mkfs.ext4', '-q', '-F', file])).code, 0);
    t.is((await run(['fsck.ext4', '-n', '-f', file])).code, 0);
  });

  check(`${transport}: rescan reads the table again`, async (t) => {
    const device = makeImage(join(scratch(t), 'image'), 64 * MIB);
    await gpt(device, '--new=1:2048:+16M');
    const disk = await mountDisk(t, transport, { device, mebibytes: 64 });
    await until('p1', async () => (await names(disk)).includes('nvme0n1p1'), 5000);
    const uuid = await cat(join(disk.head, 'nvme0n1p1/uevent'));
    const table =
      'label: dos\nstart=2048, size=2048\nstart=8192, size=16384, type=5\nstart=10240, size=2048\n';
    t.is(
      (await run(['sfdisk', '-q', '--no-reread', '--no-tell-kernel', device], { input: table }))
        .code,
      0,
    );
    t.deepEqual(await names(disk), ['nvme0n1p1'], 'not by itself');
    await store(disk.mount.file('sys/class/nvme/nvme0/rescan_controller'), 1);
    await until('p5', async () => (await names(disk)).includes('nvme0n1p5'), 5000);
    t.deepEqual(await names(disk), ['nvme0n1p1', 'nvme0n1p2', 'nvme0n1p5']);
    t.is(await cat(join(disk.head, 'nvme0n1p1/size')), '2048\n');
    t.not(await cat(join(disk.head, 'nvme0n1p1/uevent')), uuid);
    t.is((await output(['stat', '-c', '%s', `${disk.file}p5`])).trim(), String(MIB));
  });

  check(`${transport}: by-id names lead to disks and partitions`, async (t) => {
    const device = makeImage(join(scratch(t), 'image'), 16 * MIB);
    await gpt(device, '--new=1:2048:+4M');
    const wwid = 'uuid.01234567-89ab-cdef-0123-456789abcdef';
    const disk = await mountDisk(t, transport, {
      device,
      mebibytes: 16,
      keys: [`wwid = "${wwid}"`],
    });
    const link = disk.mount.file(`dev/disk/by-id/nvme-${wwid}`);
    t.is(await output(['readlink', link]), '../../nvme0n1\n');
    await until('p1', async () => (await names(disk)).includes('nvme0n1p1'), 5000);
    t.is(await output(['readlink', `${link}-part1`]), '../../nvme0n1p1\n');
    await store(disk.mount.file('sys/class/nvme/nvme0/delete_controller'), 1);
    await store(disk.mount.file('sys/class/nvme/nvme1/delete_controller'), 1);
    t.is(await output(['ls', disk.mount.file('dev/disk/by-id')]), '');
  });
}

async function gpt(device: string, ...args: readonly string[]): Promise<void> {
  // sgdisk complains of the random bytes that it finds.
  await run(['sgdisk', '--zap-all', device]);
  await output(['sgdisk', '--clear', ...args, device]);
}

/** The partitions' directories in sysfs. */
async function names(disk: TestDisk): Promise<string[]> {
  const listed = await output(['ls', disk.head]);
  return listed.split('\n').filter((name) => /^nvme0n1p\d+$/.test(name));
}
