import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { native, type OpenedDevice } from '../../native/binding.js';
import type { DeviceFile } from '../device-file.js';
import { blockLimits, fileLimits } from './limits.js';

/** An exclusive claim on a block device, shared by all paths that are the same device. */
interface Claim {
  readonly fd: number;
  users: number;
}

const claims = new Map<number, Claim>();

/**
 * Opens a block device or regular file. A block device is claimed with O_EXCL, so that nothing
 * mounts it meanwhile; the claim is held beside the paths' own descriptors, because two of them
 * may be one device. Throws Node's errors (`code`: ENOENT, EBUSY, ENOTBLK, EROFS ...).
 */
export function openFile(device: string, sys = '/sys'): DeviceFile {
  const opened = open(device);
  const { block, blockSize, direct, inMemory } = opened;
  let { fd } = opened;
  const { rdev, blksize } = fstatSync(fd);
  const devt = block ? devtOf(rdev) : undefined;
  let release = (): void => undefined;
  try {
    if (block) release = claim(device, rdev);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  const whole = (bytes: number): number => bytes - (bytes % blockSize);
  return {
    // Once closed, the number may be another file's: a command that comes late must not go there.
    get fd() {
      return fd;
    },
    capacity: whole(opened.size),
    blockSize,
    limits: devt === undefined ? fileLimits(blockSize, blksize) : blockLimits(devt, blockSize, sys),
    direct,
    inMemory,
    block,
    devt,
    size: () => whole(native.deviceSize(fd)),
    close() {
      if (fd < 0) return;
      const closing = fd;
      fd = -1;
      release();
      closeWhatever(closing);
    },
  };
}

/**
 * The descriptor is gone, whatever close(2) says of it: a network file system that is no longer
 * there reports an error here, which every I/O has had before.
 */
function closeWhatever(fd: number): void {
  try {
    closeSync(fd);
  } catch {
    return;
  }
}

function open(device: string): OpenedDevice {
  try {
    return native.openDevice(device);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EROFS') {
      error.message =
        'EROFS: it is write-protected (`blockdev --getro`), and every path must take writes';
    }
    throw error;
  }
}

/** glibc's gnu_dev_major and gnu_dev_minor, for numbers that fit the kernel's 32 bits. */
function devtOf(rdev: number): { major: number; minor: number } {
  const high = Math.floor(rdev / 2 ** 20);
  return { major: (rdev >>> 8) & 0xfff, minor: ((high & 0xfff) << 8) | (rdev & 0xff) };
}

function claim(device: string, rdev: number): () => void {
  const held = claims.get(rdev) ?? {
    fd: openSync(device, constants.O_RDONLY | constants.O_EXCL),
    users: 0,
  };
  held.users += 1;
  claims.set(rdev, held);
  return () => {
    held.users -= 1;
    if (held.users > 0) return;
    claims.delete(rdev);
    closeSync(held.fd);
  };
}
