import { be16, be32, byteAt } from './bytes.js';
import type { Refusal } from './refusal.js';

/** A target port group descriptor. */
export interface PortGroup {
  readonly id: number;
  /** An AluaState. */
  readonly state: number;
  readonly preferred: boolean;
  /** Bits of AluaSupport. */
  readonly supported: number;
  /** Relative target port identifiers. */
  readonly ports: readonly number[];
}

/** The reply to REPORT TARGET PORT GROUPS. */
export interface PortGroups {
  /** IMPLICIT TRANSITION TIME, seconds; undefined where the device does not say. */
  readonly transitionSecs: number | undefined;
  readonly groups: readonly PortGroup[];
}

/** More than 1,000 groups with 255 ports each: such a length is garbage. */
const LONGEST = 2 ** 20;

/** Bytes of the whole reply as its header has it; of a reply that may be cut off. */
export function portGroupsLength(bytes: Uint8Array): number | Refusal {
  if (bytes.length < 4) return { error: `target port groups of ${bytes.length} bytes` };
  const length = be32(bytes, 0) + 4;
  return length > LONGEST ? { error: `target port groups of ${length} bytes` } : length;
}

/**
 * With the extended header or without. drivers/scsi/device_handler/scsi_dh_alua.c: alua_rtpg.
 *
 * The ports of the last group may be cut off: LIO leaves the four bytes by which the extended
 * header is longer out of the length, and does not send the last four of the reply.
 */
export function decodePortGroups(bytes: Uint8Array): PortGroups | Refusal {
  const length = portGroupsLength(bytes);
  if (typeof length !== 'number') return length;
  if (length > bytes.length) {
    return { error: `target port groups have ${length} bytes, only ${bytes.length} came` };
  }
  // FORMAT TYPE; without the extended header a descriptor is there, whose bits 4 to 6 are 0.
  const extended = length > 4 && (byteAt(bytes, 4) & 0x70) === 0x10;
  if (extended && length < 8) return { error: 'an extended header that is cut off' };
  const groups: PortGroup[] = [];
  for (let at = extended ? 8 : 4; at < length;) {
    if (at + DESCRIPTOR > length) return { error: 'a target port group that is cut off' };
    const end = at + DESCRIPTOR + PORT * byteAt(bytes, at + 7);
    groups.push(decodeGroup(bytes.subarray(at, Math.min(end, length))));
    at = end;
  }
  const secs = extended ? byteAt(bytes, 5) : 0;
  return { transitionSecs: secs === 0 ? undefined : secs, groups };
}

/** Bytes of a descriptor, and of each port behind it. */
const DESCRIPTOR = 8;
const PORT = 4;

function decodeGroup(bytes: Uint8Array): PortGroup {
  const count = Math.floor((bytes.length - DESCRIPTOR) / PORT);
  return {
    id: be16(bytes, 2),
    state: byteAt(bytes, 0) & 0xf,
    preferred: (byteAt(bytes, 0) & 0x80) !== 0,
    supported: byteAt(bytes, 1),
    ports: Array.from({ length: count }, (_, port) => be16(bytes, DESCRIPTOR + PORT * port + 2)),
  };
}
