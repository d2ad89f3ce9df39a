/** Paths and disks come and go while the mount is in use. */
import { randomBytes } from 'node:crypto';
import { symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bash, cat, echo } from '../support/bash.js';
import { bytes, delay, output, run, start, until } from '../support/child.js';
import { mountDisk, pathIos, store } from '../support/disk.js';
import { verifyingFio } from '../support/load.js';
import { TRANSPORTS } from '../support/mpathfs.js';
import { requires } from '../support/requires.js';
import { makeImage, scratch } from '../support/scratch.js';

const MIB = 2 ** 20;

/** Opens a disk, waits until its name is gone, and then still tries to use it. */
const KEEPS_OPEN = `
import errno, os, sys, time
fd = os.open(sys.argv[1], os.O_RDWR)
os.pread(fd, 4096, 0)
print('open', flush=True)
while os.path.exists(sys.argv[1]):
    time.sleep(0.02)
def attempt(name, use):
    try:
        use()
        print(name, 'worked')
    except OSError as error:
        print(name, errno.errorcode[error.errno])
attempt('read', lambda: os.pread(fd, 4096, 8 << 20))
attempt('write', lambda: (os.pwrite(fd, bytes(4096), 8 << 20), os.fsync(fd)))
`;

for (const [transport, needs] of TRANSPORTS) {
  const check = requires('root', 'fio', 'python3', ...needs);

  check(`${transport}: a path is added and used, and deleted again`, async (t) => {
    const directory = scratch(t);
    const disk = await mountDisk(t, transport, { directory });
    await store(disk.iopolicy, 'round-robin');
    const load = verifyingFio(disk.file, disk.size, 5);
    t.teardown(() => load.child.stop());
    const third = join(directory, 'third');
    symlinkSync(disk.device, third);
    const addPath = disk.mount.file('sys/bus/mpath/add_path');
    const wwid = (await cat(join(disk.head, 'wwid'))).trim();
    t.is(await echo(`${third} wwid=${wwid} numa_node=0`, addPath), '');
    t.is(await output(['ls', join(disk.head, 'multipath')]), 'nvme0c0n1\nnvme0c1n1\nnvme0c2n1\n');
    await until('the new path does I/O', async () => (await pathIos(disk, 2)) > 100, 3000);
    const files = await openFiles(disk.mount.daemon.pid);

    await store(disk.mount.file('sys/class/nvme/nvme2/delete_controller'), 1);
    // Gone when the write returns.
    t.is(await output(['ls', join(disk.head, 'multipath')]), 'nvme0c0n1\nnvme0c1n1\n');
    t.is(await output(['ls', disk.mount.file('sys/class/nvme')]), 'nvme0\nnvme1\n');
    t.is((await run(['stat', disk.mount.file('sys/class/nvme/nvme2')])).code, 1);
    t.is((await run(['stat', disk.path(2)])).code, 1);
    t.is(await openFiles(disk.mount.daemon.pid), files - 1, 'its device was closed');
    const result = await load.result;
    t.is(result.error, 0, load.child.log());
  });

  check(`${transport}: add_path makes a new disk; what is wrong changes nothing`, async (t) => {
    const directory = scratch(t);
    const disk = await mountDisk(t, transport, { directory });
    const addPath = disk.mount.file('sys/bus/mpath/add_path');
    const image = makeImage(join(directory, 'other'), 8 * MIB);
    for (const [text, complaint] of [
      [`${directory}/nothing`, 'No such file or directory'],
      [`${image} colour=green`, 'Invalid argument'],
      [`${image} numa_node=many`, 'Invalid argument'],
      [`${image} kind=ide`, 'Invalid argument'],
      ['', 'Invalid argument'],
      [directory, 'No such device'],
      [join(directory, 'path0'), 'File exists'],
    ] as const) {
      t.is(await echo(text, addPath), complaint, text);
    }
    t.is(await output(['ls', disk.mount.file('dev')]), 'disk\nnvme0n1\n');

    t.is(await echo(`${image} kind=scsi wwid=naa.5000000000000001`, addPath), '');
    t.is(await output(['ls', disk.mount.file('dev')]), 'disk\nnvme0n1\nsda\n');
    const second = join(directory, 'second');
    symlinkSync(image, second);
    t.is(await echo(`${second} wwid=naa.5000000000000001`, addPath), '');
    t.is(await output(['ls', disk.mount.file('sys/block/sda/multipath')]), 'sda:0\nsda:1\n');
    const data = randomBytes(4096);
    const file = disk.mount.file('dev/sda');
    const write = ['dd', 'status=none', 'bs=4096', 'conv=notrunc', 'oflag=direct', `of=${file}`];
    t.is((await run(write, { input: data })).code, 0);
    t.true(data.equals(await bytes(['head', '-c', '4096', image])));

    // Both paths go, and the disk with them.
    for (const path of ['sda:0', 'sda:1']) {
      await store(disk.mount.file(`sys/block/sda/multipath/${path}/device/delete`), 1);
    }
    t.is(await output(['ls', disk.mount.file('dev')]), 'disk\nnvme0n1\n');
    t.is(await output(['ls', disk.mount.file('sys/block')]), 'nvme0c0n1\nnvme0c1n1\nnvme0n1\n');
  });

  check(`${transport}: an open disk that loses its last path answers EIO, then goes`, async (t) => {
    const disk = await mountDisk(t, transport);
    const user = start(['python3', '-c', KEEPS_OPEN, disk.file], { timeoutMs: 15_000 });
    t.teardown(() => user.stop());
    await until('it is open', () => user.output().includes('open'), 5000);
    const state = start([
      'bash',
      '-c',
      `exec 3< "$1"; read -u 3 x; sleep 2; cat <&3`,
      'bash',
      disk.state(1),
    ]);
    await delay(300);
    for (const controller of ['nvme0', 'nvme1']) {
      await store(disk.mount.file(`sys/class/nvme/${controller}/delete_controller`), 1);
    }
    const ended = await user.finished;
    t.is(ended.code, 0, ended.stderr);
    t.is(ended.stdout.toString(), 'open\nread EIO\nwrite EIO\n');
    t.is(await output(['ls', disk.mount.file('sys/block')]), '');
    t.is(await output(['ls', disk.mount.file('sys/class/nvme-subsystem')]), '');
    // An attribute that was open when its object went.
    const cut = await state.finished;
    t.regex(cut.stderr, /No such device/);
  });

  check(
    `${transport}: delayed_removal_secs keeps the disk for a path that comes back`,
    async (t) => {
      const disk = await mountDisk(t, transport, { keys: ['delayed_removal_secs = 5'], paths: 1 });
      const wwid = (await cat(join(disk.head, 'wwid'))).trim();
      await store(disk.mount.file('sys/class/nvme/nvme0/delete_controller'), 1);
      t.is(await output(['ls', disk.mount.file('dev')]), 'disk\nnvme0n1\n', 'the disk stays');
      const data = randomBytes(4096);
      const write = ['dd', 'status=none', 'bs=4096', 'conv=notrunc', 'oflag=direct'];
      const waiting = start([...write, 'iflag=fullblock', `of=${disk.file}`], {
        input: data,
        timeoutMs: 10_000,
      });
      await delay(1000);
      t.true(waiting.running(), 'I/O waits');
      t.is(
        await echo(`${disk.device} wwid=${wwid}`, disk.mount.file('sys/bus/mpath/add_path')),
        '',
      );
      const written = await waiting.finished;
      t.is(written.code, 0, written.stderr);
      t.true(data.equals(await bytes(['head', '-c', '4096', disk.device])));

      // The subsystem keeps the number of its first controller (nvme_free_ctrl).
      await store(disk.mount.file('sys/class/nvme/nvme1/delete_controller'), 1);
      const begun = Date.now();
      const failing = await run([...write, `of=${disk.file}`], { input: data, timeoutMs: 10_000 });
      t.regex(failing.stderr, /Input\/output error/);
      t.true(Date.now() - begun > 3500, 'it waited');
      // What waited ends before the disk leaves the tree.
      const gone = async (): Promise<boolean> =>
        (await output(['ls', disk.mount.file('dev')])) === 'disk\n';
      await until('the disk is gone', gone, 2000);
    },
  );

  check(`${transport}: a device that grows grows the disk on rescan`, async (t) => {
    const disk = await mountDisk(t, transport, { mebibytes: 16 });
    truncateSync(disk.device, 24 * MIB);
    t.is(await cat(join(disk.head, 'size')), `${(16 * MIB) / 512}\n`);
    await store(disk.mount.file('sys/class/nvme/nvme0/rescan_controller'), 1);
    t.is(await cat(join(disk.head, 'size')), `${(24 * MIB) / 512}\n`);
    const size = async (): Promise<boolean> =>
      (await output(['stat', '-c', '%s', disk.file])).trim() === String(24 * MIB);
    await until('stat shows the new size', size, 2000);
    // The other path still has the old size, so it is kept out.
    await store(disk.iopolicy, 'round-robin');
    const before = await pathIos(disk, 1);
    const end = [
      'dd',
      'status=none',
      'bs=4096',
      'of=/dev/null',
      'iflag=direct',
      `skip=${(24 * MIB) / 4096 - 4}`,
      `if=${disk.file}`,
    ];
    t.is((await run(end)).code, 0);
    t.is(await pathIos(disk, 1), before);
    await store(disk.mount.file('sys/class/nvme/nvme1/rescan_controller'), 1);
    t.is((await run(end)).code, 0);
    t.true((await pathIos(disk, 1)) > before);
    // Data beyond the old end is really there.
    const data = randomBytes(MIB);
    const write = [
      'dd',
      'status=none',
      'bs=1M',
      'seek=23',
      'conv=notrunc,fsync',
      'iflag=fullblock',
      `of=${disk.file}`,
    ];
    t.is((await run(write, { input: data })).code, 0);
    t.true(data.equals(await bytes(['tail', '-c', String(MIB), disk.device])));
  });

  check(`${transport}: a path of another size is kept out`, async (t) => {
    const directory = scratch(t);
    const disk = await mountDisk(t, transport, { directory, mebibytes: 16 });
    const small = join(directory, 'small');
    writeFileSync(small, '');
    truncateSync(small, 8 * MIB);
    const wwid = (await cat(join(disk.head, 'wwid'))).trim();
    t.is(await echo(`${small} wwid=${wwid}`, disk.mount.file('sys/bus/mpath/add_path')), '');
    await store(disk.iopolicy, 'round-robin');
    const read = await run([
      'dd',
      'status=none',
      'bs=64k',
      'iflag=direct',
      'of=/dev/null',
      `if=${disk.file}`,
    ]);
    t.is(read.code, 0, read.stderr);
    t.is(await pathIos(disk, 2), 0);
    t.true((await pathIos(disk, 0)) > 0 && (await pathIos(disk, 1)) > 0);
    t.is(await cat(join(disk.head, 'size')), `${(16 * MIB) / 512}\n`);
  });

  check(`${transport}: SCSI devices go offline, are deleted, and found again`, async (t) => {
    const disk = await mountDisk(t, transport, { kind: 'scsi' });
    await store(disk.iopolicy, 'round-robin');
    t.is(await echo('asleep', disk.state(0)), 'Invalid argument');
    await store(disk.state(0), 'offline');
    t.is(await cat(disk.state(0)), 'offline\n');
    const before = await pathIos(disk, 0);
    const read = ['dd', 'status=none', 'bs=64k', 'iflag=direct', 'of=/dev/null', `if=${disk.file}`];
    t.is((await run(read)).code, 0);
    t.is(await pathIos(disk, 0), before, 'no I/O to it');
    await store(disk.state(0), 'running');
    t.is((await run(read)).code, 0);
    t.true((await pathIos(disk, 0)) > before);

    await store(join(disk.path(0), 'device/delete'), 1);
    t.is(await output(['ls', join(disk.head, 'multipath')]), 'sda:1\n');
    t.is((await run(read)).code, 0);
    const scan = disk.mount.file('sys/class/scsi_host/host0/scan');
    t.is(await echo('what', scan), 'Invalid argument');
    t.is(await echo('- - -', scan), '');
    t.is(await output(['ls', join(disk.head, 'multipath')]), 'sda:0\nsda:1\n');
  });

  check(`${transport}: a controller is reset under load`, async (t) => {
    const disk = await mountDisk(t, transport);
    await store(disk.iopolicy, 'round-robin');
    const load = verifyingFio(disk.file, disk.size, 3);
    t.teardown(() => load.child.stop());
    await delay(500);
    for (let i = 0; i < 5; i++) {
      await store(disk.mount.file('sys/class/nvme/nvme0/reset_controller'), 1);
    }
    t.is(await cat(disk.state(0)), 'live\n');
    t.is(await cat(disk.mount.file('sys/class/nvme/nvme0/diag/reset_count')), '5\n');
    const result = await load.result;
    t.is(result.error, 0, load.child.log());
  });
}

async function openFiles(pid: number): Promise<number> {
  const listed = await bash('ls /proc/$1/fd | wc -l', String(pid));
  return Number(listed.stdout.toString());
}
