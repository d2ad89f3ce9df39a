import { identifierOf, viewOf, type Refusal } from './bytes.js';
import { IDENTIFY_BYTES } from './commands.js';

/** What mpathfs uses of the Identify Namespace data structure (NVM command set). */
export interface NamespaceData {
  /** Size, capacity and utilization in logical blocks. */
  readonly nsze: bigint;
  readonly ncap: bigint;
  readonly nuse: bigint;
  readonly nsfeat: number;
  /** Bytes of a logical block, and of its metadata. */
  readonly blockSize: number;
  readonly metadataSize: number;
  /** The metadata is part of each block that is transferred. */
  readonly extended: boolean;
  /** Protection information: what it can have, and what it has. */
  readonly dpc: number;
  readonly dps: number;
  /** Bit 0: it may be attached to several controllers at a time. */
  readonly nmic: number;
  readonly rescap: number;
  readonly anagrpid: number;
  /** Hex digits; undefined where all zeros. */
  readonly nguid: string | undefined;
  readonly eui64: string | undefined;
}

/** Formats have room for 64; a block has at least 512 bytes, and at most what the kernel takes. */
const MAX_FORMATS = 64;
const MIN_BLOCK_SHIFT = 9;
const MAX_BLOCK_SHIFT = 31;

export function decodeNamespace(data: Uint8Array): NamespaceData | Refusal {
  if (data.byteLength < IDENTIFY_BYTES) {
    return { error: `${data.byteLength} bytes, not ${IDENTIFY_BYTES}` };
  }
  const view = viewOf(data);
  const ncap = view.getBigUint64(8, true);
  // A controller answers with zeros for a namespace that is not attached to it.
  if (ncap === 0n) return { error: 'the namespace is not active' };
  const nlbaf = view.getUint8(25);
  const flbas = view.getUint8(26);
  // Bits 5 and 6 count only where there are more than 16 formats.
  const index = (flbas & 0xf) | (nlbaf > 15 ? (flbas & 0x60) >> 1 : 0);
  if (index > nlbaf || index >= MAX_FORMATS) {
    return { error: `its LBA format is ${index} of ${nlbaf + 1}` };
  }
  const shift = view.getUint8(128 + index * 4 + 2);
  if (shift < MIN_BLOCK_SHIFT || shift > MAX_BLOCK_SHIFT) {
    return { error: `its blocks have 2^${shift} bytes` };
  }
  return {
    nsze: view.getBigUint64(0, true),
    ncap,
    nuse: view.getBigUint64(16, true),
    nsfeat: view.getUint8(24),
    blockSize: 2 ** shift,
    metadataSize: view.getUint16(128 + index * 4, true),
    extended: (flbas & 0x10) !== 0,
    dpc: view.getUint8(28),
    dps: view.getUint8(29),
    nmic: view.getUint8(30),
    rescap: view.getUint8(31),
    anagrpid: view.getUint32(92, true),
    nguid: identifierOf(data.subarray(104, 120)),
    eui64: identifierOf(data.subarray(120, 128)),
  };
}
