/**
 * Admin commands as 64-byte submission queue entries (NVM Express Base Specification): opcode in
 * byte 0, NSID in dword 1, CDW10 to CDW15 from byte 40. The rest is the transport's.
 */
const SQE_BYTES = 64;

const Opcode = { GET_LOG_PAGE: 0x02, IDENTIFY: 0x06 } as const;

/** Controller or Namespace Structure: what Identify asks for. */
const Cns = { NAMESPACE: 0, CONTROLLER: 1, DESCRIPTORS: 3 } as const;

const LOG_ANA = 0x0c;

/** For a log of the whole controller. */
export const NSID_ALL = 0xffffffff;

/** Bytes of every Identify data structure. */
export const IDENTIFY_BYTES = 4096;

export function identifyController(): Uint8Array {
  return entry(Opcode.IDENTIFY, 0, [Cns.CONTROLLER]);
}

export function identifyNamespace(nsid: number): Uint8Array {
  return entry(Opcode.IDENTIFY, nsid, [Cns.NAMESPACE]);
}

/** The Namespace Identification Descriptor list. */
export function identifyDescriptors(nsid: number): Uint8Array {
  return entry(Opcode.IDENTIFY, nsid, [Cns.DESCRIPTORS]);
}

/** The first `bytes` bytes of the ANA log, with the NSIDs of each group. */
export function getAnaLog(bytes: number): Uint8Array {
  return getLogPage(LOG_ANA, NSID_ALL, 0, bytes);
}

/** `offset` and `bytes` are multiples of 4, and `bytes` is above 0. */
export function getLogPage(page: number, nsid: number, offset: number, bytes: number): Uint8Array {
  const dwords = bytes / 4 - 1; // NUMD counts from 0.
  return entry(Opcode.GET_LOG_PAGE, nsid, [
    (page | ((dwords & 0xffff) << 16)) >>> 0,
    Math.floor(dwords / 2 ** 16),
    offset % 2 ** 32,
    Math.floor(offset / 2 ** 32),
  ]);
}

/** `cdws`: CDW10 and what follows. */
function entry(opcode: number, nsid: number, cdws: readonly number[]): Uint8Array {
  const sqe = new Uint8Array(SQE_BYTES);
  const view = new DataView(sqe.buffer);
  view.setUint8(0, opcode);
  view.setUint32(4, nsid, true);
  for (const [index, cdw] of cdws.entries()) view.setUint32(40 + index * 4, cdw, true);
  return sqe;
}
