import { execFile } from 'node:child_process';
import { native } from '../native/binding.js';
import { PAYLOAD_SIZE } from '../reactor/arena.js';

/** The type and source that a mount shows in /proc/self/mountinfo. */
export const MOUNT_TYPE = 'fuse.mpathfs';
export const MOUNT_SOURCE = 'mpathfs';

export interface MountOptions {
  /** Whether other users may use the mount; without root, /etc/fuse.conf has to permit it. */
  readonly allowOther: boolean;
}

/** Mounts at `mountpoint`: mount(2) as root, else fusermount3. Returns the /dev/fuse descriptor. */
export function mountFuse(mountpoint: string, options: MountOptions): number {
  const common = ['default_permissions', `max_read=${PAYLOAD_SIZE}`];
  if (options.allowOther) common.push('allow_other');
  if (process.geteuid?.() !== 0) {
    const fd = native.fusermount(
      mountpoint,
      [...common, `fsname=${MOUNT_SOURCE}`, 'subtype=mpathfs', 'nosuid', 'nodev'].join(','),
    );
    if (fd < 0) throw new Error(`fusermount3 did not mount ${mountpoint}`);
    return fd;
  }
  const fd = native.openFuse();
  const ids = ['rootmode=40000', `user_id=${process.getuid!()}`, `group_id=${process.getgid!()}`];
  native.mount(MOUNT_SOURCE, mountpoint, MOUNT_TYPE, [`fd=${fd}`, ...ids, ...common].join(','));
  return fd;
}

/**
 * Unmounts: the kernel writes cached data back first, through this very process, which is why
 * nothing here blocks. Rejects with `code` EBUSY if the mount is in use and `lazy` is false.
 */
export function unmountFuse(mountpoint: string, lazy: boolean): Promise<void> {
  if (process.geteuid?.() === 0) return native.unmount(mountpoint, lazy);
  const args = ['-u', ...(lazy ? ['-z'] : []), '--', mountpoint];
  return new Promise((resolve, reject) => {
    execFile('fusermount3', args, (error, _stdout, stderr) => {
      if (error === null) resolve();
      else
        reject(Object.assign(new Error(stderr.trim()), /busy/i.test(stderr) && { code: 'EBUSY' }));
    });
  });
}
