import { viewOf, type Refusal } from './bytes.js';

/** The Asymmetric Namespace Access log page. */
export interface AnaLog {
  readonly changeCount: bigint;
  readonly groups: readonly AnaGroup[];
}

export interface AnaGroup {
  readonly id: number;
  readonly changeCount: bigint;
  /** 1 to 15; the specification has those of AnaState. */
  readonly state: number;
  /** Namespaces of the group that are attached to the controller. */
  readonly nsids: readonly number[];
}

/** include/linux/nvme.h: enum nvme_ana_state. */
export const AnaState = {
  OPTIMIZED: 0x1,
  NONOPTIMIZED: 0x2,
  INACCESSIBLE: 0x3,
  PERSISTENT_LOSS: 0x4,
  CHANGE: 0xf,
} as const;

export const LOG_HEADER_BYTES = 16;
export const GROUP_DESCRIPTOR_BYTES = 32;
export const NSID_BYTES = 4;

/**
 * drivers/nvme/host/multipath.c: nvme_parse_ana_log. One wrong descriptor, and nothing of the
 * page counts. `anagrpmax`: the largest group ID that the controller may have.
 */
export function decodeAnaLog(data: Uint8Array, anagrpmax: number): AnaLog | Refusal {
  if (data.byteLength < LOG_HEADER_BYTES) return { error: 'the ANA log has no header' };
  const view = viewOf(data);
  const groups: AnaGroup[] = [];
  const count = view.getUint16(8, true);
  for (let at = LOG_HEADER_BYTES; groups.length < count;) {
    const group = decodeGroup(view, at, anagrpmax);
    if ('error' in group)
      return { error: `ANA group ${groups.length + 1} of ${count} ${group.error}` };
    groups.push(group);
    at += GROUP_DESCRIPTOR_BYTES + group.nsids.length * NSID_BYTES;
  }
  return { changeCount: view.getBigUint64(0, true), groups };
}

function decodeGroup(view: DataView, at: number, anagrpmax: number): AnaGroup | Refusal {
  const listAt = at + GROUP_DESCRIPTOR_BYTES;
  if (listAt > view.byteLength) return { error: 'runs past the end of the log' };
  const id = view.getUint32(at, true);
  if (id === 0 || id > anagrpmax) return { error: `has the ID ${id}, not 1 to ${anagrpmax}` };
  const state = view.getUint8(at + 16);
  if (state === 0 || state > AnaState.CHANGE) return { error: `has the state ${state}` };
  const count = view.getUint32(at + 4, true);
  if (count * NSID_BYTES > view.byteLength - listAt) {
    return { error: `has ${count} namespaces, past the end of the log` };
  }
  const nsids = Array.from({ length: count }, (_, n) =>
    view.getUint32(listAt + n * NSID_BYTES, true),
  );
  return { id, changeCount: view.getBigUint64(at + 8, true), state, nsids };
}
