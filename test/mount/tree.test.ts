/** The tree as cat, ls, readlink, find and echo see it. */
import { basename, dirname, join } from 'node:path';
import { bash, cat, echo } from '../support/bash.js';
import { output, run } from '../support/child.js';
import { mountDisk, store } from '../support/disk.js';
import type { TestDisk } from '../support/disk.js';
import { TRANSPORTS } from '../support/mpathfs.js';
import { requires } from '../support/requires.js';

for (const [transport, needs] of TRANSPORTS) {
  const check = requires('root', ...needs);

  check(`${transport}: an NVMe disk's attributes`, async (t) => {
    const disk = await mountDisk(t, transport, { keys: ['delayed_removal_secs = 5'] });
    t.is(await cat(disk.iopolicy), 'numa\n');
    t.is(await cat(join(disk.head, 'size')), `${disk.size / 512}\n`);
    t.is(await cat(join(disk.head, 'delayed_removal_secs')), '5\n');
    t.regex(await cat(join(disk.head, 'wwid')), /^(uuid|eui|nvme)\.[0-9a-f-]+\n$/);
    t.is(await cat(disk.state(0)), 'live\n');
    t.is(await cat(join(disk.path(0), 'ana_state')), 'optimized\n');
    t.is(await cat(join(disk.path(1), 'make-it-fail')), '0\n');
    const nodes = [0, 1].map((path) => cat(join(disk.path(path), 'numa_nodes')));
    t.deepEqual((await Promise.all(nodes)).toSorted(), ['\n', '0\n'], 'one path serves node 0');
    t.is(await cat(join(disk.path(0), 'queue_depth')), '', 'empty unless queue-depth');

    await store(disk.iopolicy, 'queue-depth');
    t.is(await cat(disk.iopolicy), 'queue-depth\n');
    t.is(await cat(join(disk.path(0), 'queue_depth')), '0\n');
    t.is(await cat(join(disk.path(0), 'numa_nodes')), '', 'empty unless numa');
  });

  check(`${transport}: a SCSI disk's attributes`, async (t) => {
    const disk = await mountDisk(t, transport, { kind: 'scsi', paths: 4 });
    const names = await output(['ls', join(disk.head, 'multipath')]);
    t.is(names, 'sda:0\nsda:1\nsda:2\nsda:3\n');
    t.is(await cat(disk.iopolicy), 'numa\n');
    t.is(await cat(disk.state(3)), 'running\n');
    t.is(await cat(join(disk.path(0), 'mpath_queue_depth')), '');
    const nodes = await cat(join(disk.path(0), 'mpath_numa_nodes'));
    t.is(nodes, '0\n');
    t.is(await output(['ls', disk.mount.file('dev')]), 'disk\nsda\n');
  });

  check(`${transport}: a write that is refused leaves the old value`, async (t) => {
    const disk = await mountDisk(t, transport);
    for (const bad of ['foo', 'NUMA', ' numa', 'numa ', '', 'numa\n\n']) {
      t.is(await echo(bad, disk.iopolicy), 'Invalid argument', JSON.stringify(bad));
    }
    t.is(await cat(disk.iopolicy), 'numa\n');
    const secs = join(disk.head, 'delayed_removal_secs');
    t.is(await echo('-1', secs), 'Invalid argument');
    t.is(await echo('4294967296', secs), 'Numerical result out of range');
    t.is(await cat(secs), '0\n');
    t.is(await echo('0x10', secs), '');
    t.is(await cat(secs), '16\n');
    t.is(await echo('maybe', join(disk.path(0), 'make-it-fail')), 'Invalid argument');
  });

  check(`${transport}: a read-only attribute refuses an ordinary user`, async (t) => {
    const disk = await mountDisk(t, transport);
    const script = 'echo 1 > "$1"';
    const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
    const size = join(disk.head, 'size');
    const refused = await run([...nobody, 'bash', '-c', script, 'bash', size]);
    t.not(refused.code, 0);
    t.regex(refused.stderr, /Permission denied/);
    // Root passes the permission check, as in sysfs, and finds no store behind it.
    const root = await bash(script, size);
    t.not(root.code, 0);
    t.is(await cat(size), `${disk.size / 512}\n`);
  });

  check(`${transport}: nothing can be made, renamed or removed`, async (t) => {
    const disk = await mountDisk(t, transport);
    const { mountpoint } = disk.mount;
    for (const command of [
      ['touch', join(disk.head, 'new')],
      ['mkdir', join(mountpoint, 'dev', 'new')],
      ['rm', '-f', disk.file],
      ['mv', disk.file, `${disk.file}x`],
      ['ln', '-s', 'x', join(mountpoint, 'link')],
    ]) {
      t.not((await run(command)).code, 0, command.join(' '));
    }
    t.is(await output(['ls', join(mountpoint, 'dev')]), `disk\n${basename(disk.file)}\n`);
  });

  check(`${transport}: ls, readlink and find`, async (t) => {
    const disk = await mountDisk(t, transport);
    const attribute = await output(['stat', '--format=%F %a %s', disk.iopolicy]);
    t.is(attribute, 'regular file 644 4096\n');
    t.is(await output(['stat', '--format=%s', disk.file]), `${disk.size}\n`);
    t.regex(await output(['readlink', disk.path(1)]), /^\.\.\/.*\/nvme1\/nvme0c1n1\n$/);
    t.is(await output(['realpath', disk.path(1)]), `${await realPath(disk, 'nvme1/nvme0c1n1')}\n`);
    t.regex(await output(['ls', '-l', disk.path(1)]), /^lrwxrwxrwx /);

    const listing = await output(['ls', '-lR', disk.mount.mountpoint]);
    t.notRegex(listing, /\?/, 'ls could stat everything');
    const broken = await output(['find', disk.mount.mountpoint, '-xtype', 'l']);
    t.is(broken, '', 'no link leads nowhere');
    const found = await output(['find', disk.mount.mountpoint, '-name', 'iopolicy']);
    t.is(found.trim().split('\n').length, 3, "the subsystem's, and the two module parameters");
    // Every file with an r can be read; of uevents, a reader waits for more.
    const all = await bash(
      'find "$1/sys" -type f -perm -400 ! -name uevents -exec cat {} + > /dev/null',
      disk.mount.mountpoint,
    );
    t.is(all.code, 0, all.stderr);
  });
}

/** Where a controller's file really is: the target of the subsystem's link to the controller. */
async function realPath(disk: TestDisk, file: string): Promise<string> {
  const controller = join(disk.state(1), '..');
  return join(dirname((await output(['realpath', controller])).trim()), file);
}
