import { be32, be64, byteAt } from './bytes.js';
import type { Refusal } from './refusal.js';

/** What READ CAPACITY (16) asks for; the rest of the reply is reserved. */
export const CAPACITY_LENGTH = 32;

export interface Capacity {
  /** Bytes. */
  readonly blockLength: number;
  readonly blocks: bigint;
  /** Bytes: some logical blocks. */
  readonly physicalBlockLength: number;
  /** LBPME: it is thinly provisioned, blocks can be unmapped. */
  readonly provisioned: boolean;
}

/** The reply to READ CAPACITY (16). drivers/scsi/sd.c: read_capacity_16. */
export function decodeCapacity(bytes: Uint8Array): Capacity | Refusal {
  if (bytes.length < 16) return { error: `READ CAPACITY (16) data of ${bytes.length} bytes` };
  const blockLength = be32(bytes, 8);
  // What sd takes; others it shows as a disk of size 0.
  if (![512, 1024, 2048, 4096].includes(blockLength)) {
    return { error: `blocks of ${blockLength} bytes` };
  }
  return {
    blockLength,
    blocks: be64(bytes, 0) + 1n,
    physicalBlockLength: blockLength * 2 ** (byteAt(bytes, 13) & 0xf),
    provisioned: (byteAt(bytes, 14) & 0x80) !== 0,
  };
}
