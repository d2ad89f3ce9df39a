import { createHash } from 'node:crypto';
import { uuidOf } from '../shared/uuid.js';
import type { NewDisk } from './personality.js';

/**
 * A disk's unique id, made from the device and inode of its first path: the same at every
 * mount. NVMe: `uuid.` and a version 8 UUID (RFC 9562); SCSI: `naa.3`, a locally assigned NAA
 * designator (SPC-6, 7.7.6.6).
 */
export function madeWwid(
  kind: 'nvme' | 'scsi',
  { dev, ino }: { readonly dev: bigint; readonly ino: bigint },
): string {
  const digest = digestOf(`${dev}:${ino}`);
  return kind === 'nvme' ? `uuid.${uuidOf(digest)}` : `naa.3${digest.slice(0, 15)}`;
}

/** The subsystem's name: the configured one, or one of the disk's own. */
export function subsysnqnOf({ config, wwid }: NewDisk): string {
  return config.subsysnqn ?? `nqn.2014-08.org.nvmexpress:uuid:${uuidOf(digestOf(wwid))}`;
}

/** 64 hexadecimal digits. */
function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
