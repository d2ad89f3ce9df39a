import { byteAt, text } from './bytes.js';
import type { Refusal } from './refusal.js';

/** What every device sends at least. */
export const INQUIRY_LENGTH = 36;

/** Standard INQUIRY data. */
export interface Inquiry {
  /** PERIPHERAL DEVICE TYPE, 0 = disk. */
  readonly type: number;
  /** PERIPHERAL QUALIFIER, 0 = a logical unit is there. */
  readonly qualifier: number;
  readonly removable: boolean;
  /** Target port group support: bit 0 implicit, bit 1 explicit ALUA, 0 = none. */
  readonly tpgs: number;
  /** Without the padding. */
  readonly vendor: string;
  readonly model: string;
  readonly revision: string;
  /** Bytes that the device has to send in all. */
  readonly length: number;
}

export function decodeInquiry(bytes: Uint8Array): Inquiry | Refusal {
  if (bytes.length < INQUIRY_LENGTH) {
    return { error: `INQUIRY data of ${bytes.length} bytes, ${INQUIRY_LENGTH} is the least` };
  }
  return {
    type: byteAt(bytes, 0) & 0x1f,
    qualifier: byteAt(bytes, 0) >> 5,
    removable: (byteAt(bytes, 1) & 0x80) !== 0,
    tpgs: (byteAt(bytes, 5) >> 4) & 3,
    vendor: text(bytes.subarray(8, 16)),
    model: text(bytes.subarray(16, 32)),
    revision: text(bytes.subarray(32, 36)),
    length: byteAt(bytes, 4) + 5,
  };
}
