/** A mount comes, goes, and leaves nothing behind, however its daemon ends. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { cat, sha256 } from '../support/bash.js';
import { delay, output, run, start, until } from '../support/child.js';
import { mountDisk } from '../support/disk.js';
import { startFio } from '../support/fio.js';
import type { FioOptions } from '../support/fio.js';
import { isMounted } from '../support/mountinfo.js';
import { mount, mpathfs, TRANSPORTS } from '../support/mpathfs.js';
import { requires } from '../support/requires.js';
import { attachLoop, makeImage, scratch } from '../support/scratch.js';

for (const [transport, needs] of TRANSPORTS) {
  const check = requires('root', ...needs);

  check(`${transport}: mpathfs umount ends the daemon with 0`, async (t) => {
    const disk = await mountDisk(t, transport);
    const { mountpoint, daemon } = disk.mount;
    t.true(isMounted(mountpoint));
    t.is(await sha256(disk.file), await sha256(disk.device));
    const umount = await run(mpathfs('umount', mountpoint));
    t.is(umount.code, 0, umount.stderr);
    const ended = await daemon.finished;
    t.is(ended.code, 0, ended.stderr);
    t.false(isMounted(mountpoint));
  });

  check(`${transport}: SIGTERM unmounts`, async (t) => {
    const disk = await mountDisk(t, transport);
    const ended = await disk.mount.terminate();
    t.is(ended.code, 0, ended.stderr);
    t.false(isMounted(disk.mount.mountpoint));
  });

  check(`${transport}: SIGTERM leaves a mount in use, a second one detaches it`, async (t) => {
    const disk = await mountDisk(t, transport);
    const { daemon, mountpoint } = disk.mount;
    const load = startFio(
      { filename: disk.file, rw: 'randread', bs: '4k', iodepth: 8, direct: 1, ...seconds(3) },
      20_000,
    );
    t.teardown(() => load.child.stop());
    await delay(1000);
    daemon.kill('SIGTERM');
    await delay(500);
    t.true(daemon.running());
    t.true(isMounted(mountpoint));
    t.regex(daemon.log(), /in use/);
    daemon.kill('SIGTERM');
    await until('the mount is detached', () => !isMounted(mountpoint), 3000);
    const result = await load.result;
    t.is(result.error, 0, 'who uses it is served to the end');
    const ended = await daemon.finished;
    t.is(ended.code, 0, ended.stderr);
  });

  check(`${transport}: the umount command is enough`, async (t) => {
    const disk = await mountDisk(t, transport);
    await output(['umount', disk.mount.mountpoint]);
    const ended = await disk.mount.daemon.finished;
    t.is(ended.code, 0, ended.stderr);
  });

  check(`${transport}: a mount in use is not unmounted`, async (t) => {
    const disk = await mountDisk(t, transport);
    const user = start(['sleep', '60'], { cwd: disk.mount.mountpoint, dieWithParent: true });
    t.teardown(() => user.stop());
    await delay(200);
    const umount = await run(mpathfs('umount', '--timeout', '2', disk.mount.mountpoint));
    t.not(umount.code, 0);
    t.regex(umount.stderr, /busy|use/i);
    t.is(await cat(disk.iopolicy), 'numa\n');
    await user.stop();
    const again = await run(mpathfs('umount', disk.mount.mountpoint));
    t.is(again.code, 0, again.stderr);
  });

  check(`${transport}: a killed daemon ends I/O with an error, and can be replaced`, async (t) => {
    const disk = await mountDisk(t, transport);
    const { mountpoint, daemon } = disk.mount;
    const load = startFio(
      {
        filename: disk.file,
        rw: 'randrw',
        bs: '4k',
        iodepth: 32,
        direct: 1,
        ...seconds(20),
      },
      30_000,
    );
    t.teardown(() => load.child.stop());
    await delay(1000);
    const killed = Date.now();
    daemon.kill('SIGKILL');
    const ended = await load.child.finished;
    t.true(Date.now() - killed < 5000, 'fio hung after the daemon was killed');
    t.not(ended.code, 0);
    t.false((await run(['stat', join(mountpoint, 'dev')])).timedOut);
    t.true(isMounted(mountpoint), 'a dead mount stays until somebody takes it away');

    const config = join(mountpoint, '..', 'mpathfs.toml');
    const next = start(
      [...mpathfs('mount', config, mountpoint, '-f', '-o', `transport=${transport}`)],
      {
        dieWithParent: true,
      },
    );
    t.teardown(() => next.stop());
    await until(
      'the dead mount is replaced',
      async () => (await run(['cat', disk.iopolicy])).code === 0,
      10_000,
    );
    t.is(await sha256(disk.file), await sha256(disk.device));
    next.kill('SIGTERM');
    t.is((await next.finished).code, 0, next.log());
    t.false(isMounted(mountpoint));
  });

  check(`${transport}: mounts in the background, once the mount answers`, async (t) => {
    const directory = scratch(t);
    const image = makeImage(join(directory, 'image'), 16 << 20);
    // mount() makes the configuration and the mountpoint; the background mount uses them again.
    const first = await mount(t, {
      config: `[[disk]]\nkind = "nvme"\n[[disk.path]]\ndevice = "${image}"\n`,
      transport,
      directory,
    });
    await first.terminate();
    const { mountpoint } = first;
    const config = join(directory, 'mpathfs.toml');
    const log = join(directory, 'log');
    const started = await run(
      mpathfs('mount', config, mountpoint, '-o', `transport=${transport},log=${log}`),
    );
    t.teardown(async () => {
      if (isMounted(mountpoint)) await output(['umount', mountpoint]);
    });
    t.is(started.code, 0, started.stderr);
    t.is(await cat(join(mountpoint, 'sys/block/nvme0n1/size')), '32768\n');
    t.true(existsSync(log));
    const umount = await run(mpathfs('umount', mountpoint));
    t.is(umount.code, 0, umount.stderr);
    t.false(isMounted(mountpoint));
  });
}

requires(
  'root',
  'fuse',
  'io_uring',
  'loop devices',
)('devices are free after an unmount', async (t) => {
  const directory = scratch(t);
  const device = await attachLoop(t, makeImage(join(directory, 'image'), 32 << 20));
  const disk = await mountDisk(t, 'devfuse', { directory, device });
  t.is(await sha256(disk.file), await sha256(device));
  const claimed = await run(['mkfs.ext4', '-q', device]);
  t.not(claimed.code, 0, 'the device is claimed while it is mounted');
  await disk.mount.terminate();
  const free = await run(['mkfs.ext4', '-q', device]);
  t.is(free.code, 0, free.stderr);
});

test('an error in the configuration mounts nothing', async (t) => {
  const directory = scratch(t);
  const error = await t.throwsAsync(
    mount(t, {
      config: '[[disk]]\nkind = "nvme"\niopolicy = "fastest"\n[[disk.path]]\ndevice = "/x"\n',
      transport: 'devfuse',
      directory,
    }),
  );
  t.regex(error.message, /mpathfs\.toml:3.*iopolicy/);
  t.false(isMounted(join(directory, 'mnt')));
});

function seconds(runtime: number): FioOptions {
  return { ioengine: 'io_uring', time_based: true, runtime };
}
