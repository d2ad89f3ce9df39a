/**
 * The machine's initial file system: busybox, the modules that the scenarios load, and two
 * scripts. Its root is the host's, shared over 9p and covered by a writable layer in memory, so
 * that Node.js, the tools and this repository are there without copying anything.
 */
import { chmodSync, copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { output, run } from '../support/child.js';

/** Mount tags of the 9p shares: the host's root, and the directory of this run. */
export const HOST_TAG = 'host';
export const SHARE_TAG = 'share';

/** Modules by what needs them; each brings those it depends on. */
const MODULES = [
  ...['virtio_pci', 'virtio_console', '9p', '9pnet_virtio', 'overlay', 'configfs'],
  ...['nvme', 'nvme-fabrics', 'nvme-loop', 'nvme-tcp', 'nvmet', 'nvmet-tcp'],
  ...['sd_mod', 'sg', 'scsi_debug', 'scsi_dh_alua', 'tcm_loop', 'target_core_mod'],
  ...['dm-mod', 'dm-multipath', 'dm-round-robin', 'brd', 'loop', 'fuse', 'mq-deadline'],
  'nf_tables',
];

/** The first process: makes the root and goes on there. */
const INIT = `#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
for module in virtio_pci virtio_console 9pnet_virtio 9p overlay; do modprobe -q $module; done
mount -t 9p -o trans=virtio,version=9p2000.L,cache=loose,msize=512000,ro ${HOST_TAG} /lower ||
  poweroff -f
mount -t tmpfs tmpfs /upper
mkdir /upper/data /upper/work
mount -t overlay -o lowerdir=/lower,upperdir=/upper/data,workdir=/upper/work overlay /merged
mkdir -p /merged/lib/modules /merged/share
cp -a /lib/modules/$(uname -r) /merged/lib/modules/
cp /start /merged/start
for directory in proc sys dev; do mount --move /$directory /merged/$directory; done
exec switch_root /merged /bin/sh /start
`;

/** Runs the share's `command` in that root, leaves its exit code in `exit`, and switches off. */
const START = `export HOME=/root LANG=C.UTF-8
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
mount -t tmpfs tmpfs /run
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
ln -s /proc/self/fd /dev/fd
for fd in 0:stdin 1:stdout 2:stderr; do ln -s /proc/self/fd/\${fd%:*} /dev/\${fd#*:}; done
mount -t 9p -o trans=virtio,version=9p2000.L,cache=none ${SHARE_TAG} /share
modprobe -q configfs
mount -t configfs configfs /sys/kernel/config
mount -t debugfs debugfs /sys/kernel/debug
busybox ifconfig lo 127.0.0.1 up
stty -onlcr
setsid sh /share/command < /dev/null
echo $? > /share/exit
sync
busybox poweroff -f
`;

/** Whatever changes the initial file system changes this. */
export const RECIPE = [INIT, START, ...MODULES].join('\n');

/**
 * Writes `initrd` in `directory` with the modules of the kernel `version` that is unpacked at
 * `root`.
 */
export async function buildInitrd(directory: string, root: string, version: string): Promise<void> {
  const tree = join(directory, 'tree');
  for (const name of ['bin', 'proc', 'sys', 'dev', 'lower', 'upper', 'merged']) {
    mkdirSync(join(tree, name), { recursive: true });
  }
  await copyProgram(tree, '/bin/busybox');
  await copyModules(tree, root, version);
  writeFileSync(join(tree, 'init'), INIT);
  chmodSync(join(tree, 'init'), 0o755);
  writeFileSync(join(tree, 'start'), START);
  const pack = 'cd "$1" && find . | cpio --create --format=newc --quiet > "$2"';
  await output(['bash', '-c', pack, 'bash', tree, join(directory, 'initrd')]);
}

/** With the libraries that it needs, if it is not a static one. */
async function copyProgram(tree: string, program: string): Promise<void> {
  const libraries = (await run(['ldd', program])).stdout.toString().match(/\/\S+/g) ?? [];
  for (const file of [program, ...libraries]) {
    mkdirSync(join(tree, dirname(file)), { recursive: true });
    copyFileSync(file, join(tree, file));
  }
}

async function copyModules(tree: string, root: string, version: string): Promise<void> {
  const from = join(root, 'lib/modules', version);
  const to = join(tree, 'lib/modules', version);
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from).filter((file) => /^modules\.(builtin|order)/.test(file))) {
    copyFileSync(join(from, name), join(to, name));
  }
  await output(['depmod', '-b', root, version], { timeoutMs: 60_000 });
  // A module that is built into this kernel prints `builtin` instead of its file.
  const show = ['modprobe', '-d', root, '-S', version, '--show-depends', '-a', ...MODULES];
  const files = [...(await output(show)).matchAll(/^insmod (\S+)/gm)].map(
    (match) => match[1] ?? '',
  );
  for (const file of new Set(files)) {
    const copy = join(to, relative(from, file));
    mkdirSync(dirname(copy), { recursive: true });
    copyFileSync(file, copy);
    // Unpacked here, where it is a hundred times as fast as in the emulated machine.
    if (copy.endsWith('.xz')) await output(['xz', '--decompress', copy]);
  }
  await output(['depmod', '-b', tree, version]);
}
