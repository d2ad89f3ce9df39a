import { be16, be32, byteAt, text } from './bytes.js';
import type { Refusal } from './refusal.js';
import { isRefusal } from './refusal.js';

/** Pages of vital product data that are read. */
export const VpdPage = {
  SUPPORTED_PAGES: 0x00,
  UNIT_SERIAL_NUMBER: 0x80,
  DEVICE_IDENTIFICATION: 0x83,
  BLOCK_LIMITS: 0xb0,
  BLOCK_CHARACTERISTICS: 0xb1,
  PROVISIONING: 0xb2,
} as const;

const HEADER = 4;

/** Bytes of the whole page as its header has it; of a page that may be cut off. */
export function vpdLength(bytes: Uint8Array, page: number): number | Refusal {
  if (bytes.length < HEADER) return { error: `${name(page)} of ${bytes.length} bytes` };
  // Some devices answer every page with standard INQUIRY data, whose second byte is another.
  if (bytes[1] !== page) return { error: `${name(byteAt(bytes, 1))} instead of ${name(page)}` };
  return HEADER + be16(bytes, 2);
}

/** What is behind the header of a whole page. */
export function vpdPayload(bytes: Uint8Array, page: number): Uint8Array | Refusal {
  const length = vpdLength(bytes, page);
  if (typeof length !== 'number') return length;
  if (length > bytes.length) {
    return { error: `${name(page)} has ${length} bytes, only ${bytes.length} came` };
  }
  return bytes.subarray(HEADER, length);
}

/** Codes of the pages that the device has. */
export function decodeSupportedPages(bytes: Uint8Array): readonly number[] | Refusal {
  const payload = vpdPayload(bytes, VpdPage.SUPPORTED_PAGES);
  return isRefusal(payload) ? payload : [...payload];
}

/** The serial number without its padding. */
export function decodeSerialNumber(bytes: Uint8Array): { readonly serial: string } | Refusal {
  const payload = vpdPayload(bytes, VpdPage.UNIT_SERIAL_NUMBER);
  return isRefusal(payload) ? payload : { serial: text(payload) };
}

/** Numbers of blocks, 0 = not reported. */
export interface BlockLimits {
  readonly optimalGranularity: number;
  readonly maxTransfer: number;
  readonly optimalTransfer: number;
  readonly maxUnmap: number;
  readonly unmapGranularity: number;
}

/** drivers/scsi/sd.c: sd_read_block_limits. Old devices send only the first 16 bytes. */
export function decodeBlockLimits(bytes: Uint8Array): BlockLimits | Refusal {
  const payload = vpdPayload(bytes, VpdPage.BLOCK_LIMITS);
  if (isRefusal(payload)) return payload;
  if (payload.length < 12) return tooShort(VpdPage.BLOCK_LIMITS, bytes);
  const number = (at: number): number => (payload.length >= at + 4 ? be32(payload, at) : 0);
  return {
    optimalGranularity: be16(payload, 2),
    maxTransfer: number(4),
    optimalTransfer: number(8),
    maxUnmap: number(16),
    unmapGranularity: number(24),
  };
}

/** drivers/scsi/sd.c: sd_read_block_characteristics. */
export interface BlockCharacteristics {
  /** Revolutions a minute; 0 = not reported, 1 = it does not rotate. */
  readonly rotationRate: number;
}

export function decodeBlockCharacteristics(bytes: Uint8Array): BlockCharacteristics | Refusal {
  const payload = vpdPayload(bytes, VpdPage.BLOCK_CHARACTERISTICS);
  if (isRefusal(payload)) return payload;
  if (payload.length < 4) return tooShort(VpdPage.BLOCK_CHARACTERISTICS, bytes);
  return { rotationRate: be16(payload, 0) };
}

/** drivers/scsi/sd.c: sd_read_block_provisioning. */
export interface Provisioning {
  /** It understands UNMAP. */
  readonly unmap: boolean;
  /** It understands WRITE SAME (16) with the UNMAP bit. */
  readonly writeSame16: boolean;
  /** 1 = resource, 2 = thin; 0 = not reported. */
  readonly type: number;
}

export function decodeProvisioning(bytes: Uint8Array): Provisioning | Refusal {
  const payload = vpdPayload(bytes, VpdPage.PROVISIONING);
  if (isRefusal(payload)) return payload;
  if (payload.length < 4) return tooShort(VpdPage.PROVISIONING, bytes);
  const flags = byteAt(payload, 1);
  return {
    unmap: (flags & 0x80) !== 0,
    writeSame16: (flags & 0x40) !== 0,
    type: byteAt(payload, 2) & 7,
  };
}

function tooShort(page: number, bytes: Uint8Array): Refusal {
  return { error: `${name(page)} of ${bytes.length} bytes` };
}

function name(page: number): string {
  return `VPD page 0x${page.toString(16).padStart(2, '0')}`;
}
