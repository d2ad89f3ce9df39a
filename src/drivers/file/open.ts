import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { native } from '../../native/binding.js';
import type { Limits } from '../../shared/limits.js';
import { blockLimits, fileLimits } from './limits.js';

/** A device opened as a path. */
export interface OpenPath {
  readonly fd: number;
  /** Bytes, a multiple of blockSize. */
  readonly capacity: number;
  /** Alignment that I/O needs: the logical block size. */
  readonly blockSize: number;
  readonly limits: Limits;
  /** O_DIRECT is in force: two paths to one device see one truth. */
  readonly direct: boolean;
  readonly inMemory: boolean;
  readonly block: boolean;
  /** Bytes now, a multiple of blockSize; 0 if the device is gone. */
  size(): number;
  close(): void;
}

/** An exclusive claim on a block device, shared by all paths that are the same device. */
interface Claim {
  readonly fd: number;
  users: number;
}

const claims = new Map<number, Claim>();

/**
 * Opens a block device or regular file as a path. A block device is claimed with O_EXCL, so that
 * nothing mounts it meanwhile; the claim is held beside the paths' own descriptors, because two
 * of them may be one device. Throws Node's errors (`code`: ENOENT, EBUSY, ENOTBLK ...).
 */
export function openPath(device: string): OpenPath {
  const opened = native.openDevice(device);
  const { fd, block, blockSize } = opened;
  const { rdev, blksize } = fstatSync(fd);
  let release = (): void => undefined;
  try {
    if (block) release = claim(device, rdev);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  const whole = (bytes: number): number => bytes - (bytes % blockSize);
  return {
    fd,
    capacity: whole(opened.size),
    blockSize,
    limits: block ? blockLimits(devtOf(rdev), blockSize) : fileLimits(blockSize, blksize),
    direct: opened.direct,
    inMemory: opened.inMemory,
    block,
    size: () => whole(native.deviceSize(fd)),
    close() {
      closeSync(fd);
      release();
    },
  };
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
