import { closeSync, constants, openSync, statSync } from 'node:fs';
import { native } from '../../native/binding.js';

/** A device opened as a path. */
export interface OpenPath {
  readonly fd: number;
  /** Bytes, a multiple of blockSize. */
  readonly capacity: number;
  /** Alignment that I/O needs: the logical block size. */
  readonly blockSize: number;
  /** O_DIRECT is in force: two paths to one device see one truth. */
  readonly direct: boolean;
  readonly inMemory: boolean;
  readonly block: boolean;
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
  let release = (): void => undefined;
  try {
    if (opened.block) release = claim(device);
  } catch (error) {
    closeSync(opened.fd);
    throw error;
  }
  return {
    fd: opened.fd,
    capacity: opened.size - (opened.size % opened.blockSize),
    blockSize: opened.blockSize,
    direct: opened.direct,
    inMemory: opened.inMemory,
    block: opened.block,
    close() {
      closeSync(opened.fd);
      release();
    },
  };
}

function claim(device: string): () => void {
  const { rdev } = statSync(device);
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
