import { byteAt } from './bytes.js';
import type { Refusal } from './refusal.js';

/** include/scsi/scsi_proto.h. */
export const SenseKey = {
  NO_SENSE: 0x0,
  RECOVERED_ERROR: 0x1,
  NOT_READY: 0x2,
  MEDIUM_ERROR: 0x3,
  HARDWARE_ERROR: 0x4,
  ILLEGAL_REQUEST: 0x5,
  UNIT_ATTENTION: 0x6,
  DATA_PROTECT: 0x7,
  BLANK_CHECK: 0x8,
  COPY_ABORTED: 0xa,
  ABORTED_COMMAND: 0xb,
  VOLUME_OVERFLOW: 0xd,
  MISCOMPARE: 0xe,
  COMPLETED: 0xf,
} as const;

export interface Sense {
  /** A SenseKey. */
  readonly key: number;
  /** Additional sense code and its qualifier; 0 where the device sent fewer bytes. */
  readonly asc: number;
  readonly ascq: number;
  /** It is about an earlier command, and this one was not carried out. */
  readonly deferred: boolean;
}

/** Fixed (70, 71) or descriptor format (72, 73). drivers/scsi/scsi_common.c: scsi_normalize_sense. */
export function decodeSense(bytes: Uint8Array): Sense | Refusal {
  if (bytes.length < 2) return { error: `sense data of ${bytes.length} bytes` };
  const code = byteAt(bytes, 0) & 0x7f;
  if (code < 0x70 || code > 0x73) return { error: `sense data in format 0x${code.toString(16)}` };
  const deferred = (code & 1) !== 0;
  if (code >= 0x72) {
    const key = byteAt(bytes, 1) & 0xf;
    return { key, asc: byteAt(bytes, 2), ascq: byteAt(bytes, 3), deferred };
  }
  // ADDITIONAL SENSE LENGTH ends the data, whatever is in the buffer behind it.
  const sent = bytes.subarray(0, bytes.length > 7 ? 8 + byteAt(bytes, 7) : bytes.length);
  const key = byteAt(sent, 2) & 0xf;
  return { key, asc: byteAt(sent, 12), ascq: byteAt(sent, 13), deferred };
}

/** The sense data are current and say this. */
export function says(sense: Sense | undefined, key: number, asc: number, ascq: number): boolean {
  if (sense === undefined || sense.deferred) return false;
  return sense.key === key && sense.asc === asc && sense.ascq === ascq;
}
