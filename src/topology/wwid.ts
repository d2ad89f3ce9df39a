import { createHash } from 'node:crypto';
import type { Identity } from '../drivers/identity.js';
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

/** What a namespace is known by, lower-case hex digits without separators; undefined: not at all. */
export interface NamespaceIds {
  readonly uuid: string | undefined;
  readonly nguid: string | undefined;
  readonly eui64: string | undefined;
}

/** What the namespace says, else the one that the wwid was made from (wwid_show). */
export function namespaceIds(wwid: string, identity: Identity | undefined): NamespaceIds {
  if (identity?.kind === 'nvme') {
    const { uuid, nguid, eui64 } = identity;
    return { uuid, nguid, eui64 };
  }
  const [, kind, id = ''] = /^(uuid|eui)\.(.+)$/.exec(wwid) ?? [];
  const digits = id.replaceAll('-', '');
  return {
    uuid: kind === 'uuid' ? digits : undefined,
    nguid: kind === 'eui' && digits.length === 32 ? digits : undefined,
    eui64: kind === 'eui' && digits.length === 16 ? digits : undefined,
  };
}

/** The subsystem's name: the configured one, or one of the disk's own. */
export function subsysnqnOf({ config, wwid }: NewDisk): string {
  return config.subsysnqn ?? `nqn.2014-08.org.nvmexpress:uuid:${uuidOf(digestOf(wwid))}`;
}

/** 64 hexadecimal digits. */
function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
