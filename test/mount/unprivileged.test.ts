/** Without root: the mount is made by fusermount3. */
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../support/child.js';
import { mpathfs, TRANSPORTS } from '../support/mpathfs.js';
import { requires } from '../support/requires.js';
import { makeImage, scratch } from '../support/scratch.js';

const NOBODY = 65534;

/**
 * As root in a mount namespace of its own, with a /dev/fuse that everybody may open, as most
 * systems have it. Then, as nobody: mount, write, read, unmount.
 * $1 directory, $2 transport, the rest is the mpathfs command.
 */
const SCRIPT = `
  set -e
  mount -t tmpfs -o mode=755 none /mnt
  mknod -m 666 /mnt/fuse c 10 229
  mount --bind /mnt/fuse /dev/fuse
  export DIR=$1 TRANSPORT=$2
  shift 2
  setpriv --reuid=${NOBODY} --regid=${NOBODY} --clear-groups bash -c '
    set -e
    cd "$DIR"
    "$@" mount disks.toml mnt -o "transport=$TRANSPORT,log=$DIR/log" || { cat log; exit 1; }
    trap "fusermount3 -u -z mnt 2> /dev/null || true" EXIT
    cat mnt/sys/fs/mpathfs/transport
    disk=mnt/dev/nvme0n1
    dd status=none if=pattern of=$disk bs=64k seek=1 conv=notrunc,fsync
    dd status=none if=pattern of=$disk bs=64k seek=5 conv=notrunc oflag=direct
    dd status=none if=$disk bs=64k skip=1 count=1 iflag=direct | cmp - pattern
    dd status=none if=image bs=64k skip=5 count=1 | cmp - pattern
    cmp $disk image
    echo queue-depth > mnt/sys/class/nvme-subsystem/nvme-subsys0/iopolicy
    "$@" umount mnt
    ! grep -q "$DIR/mnt" /proc/self/mountinfo
    echo done
  ' bash "$@"`;

for (const [transport, needs] of TRANSPORTS) {
  requires(
    'root',
    'setpriv',
    'fusermount3',
    ...needs,
  )(`${transport}: an ordinary user mounts, reads, writes and unmounts`, async (t) => {
    const directory = scratch(t);
    const image = makeImage(join(directory, 'image'), 16 << 20);
    const pattern = makeImage(join(directory, 'pattern'), 64 << 10);
    const mountpoint = join(directory, 'mnt');
    mkdirSync(mountpoint);
    const config = `[[disk]]\nkind = "nvme"\n[[disk.path]]\ndevice = "${image}"\n`;
    writeFileSync(join(directory, 'disks.toml'), config);
    for (const file of [directory, image, pattern, mountpoint]) chownSync(file, NOBODY, NOBODY);
    chmodSync(directory, 0o755);
    const namespace = ['unshare', '--mount', '--propagation', 'private'];
    const script = ['bash', '-c', SCRIPT, 'bash', directory, transport, ...mpathfs()];
    const result = await run([...namespace, ...script], { timeoutMs: 30_000 });
    t.is(result.stdout.toString().slice(-`${transport}\ndone\n`.length), `${transport}\ndone\n`);
    t.is(result.code, 0, result.stderr);
  });
}
