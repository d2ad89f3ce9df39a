import { createHash } from 'node:crypto';
import { fstatSync } from 'node:fs';
import type { OpenedDisk } from './open-disk.js';

/**
 * The disk's unique id: the configured one, or one made from the device and inode of its
 * first path, the same at every mount. NVMe: `uuid.` and a version 8 UUID (RFC 9562);
 * SCSI: `naa.3`, a locally assigned NAA designator (SPC-6, 7.7.6.6).
 */
export function wwidOf(disk: OpenedDisk): string {
  if (disk.config.wwid !== undefined) return disk.config.wwid;
  const digest = identity(disk);
  return disk.config.kind === 'nvme' ? `uuid.${uuid(digest)}` : `naa.3${digest.slice(0, 15)}`;
}

/** A subsystem name for a disk that has none configured, from the same source. */
export function subsysnqnOf(disk: OpenedDisk): string {
  return disk.config.subsysnqn ?? `nqn.2014-08.org.nvmexpress:uuid:${uuid(identity(disk))}`;
}

/** 64 hexadecimal digits. */
function identity({ paths }: OpenedDisk): string {
  const hash = createHash('sha256');
  const [first] = paths;
  if (first !== undefined) {
    const { dev, ino } = fstatSync(first.opened.fd, { bigint: true });
    hash.update(`${dev}:${ino}`);
  }
  return hash.digest('hex');
}

function uuid(hex: string): string {
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
