/** Why what a device sent is not what it should be, in words for the log. */
export interface Refusal {
  readonly error: string;
}

export function isRefusal<T extends object>(value: T | Refusal): value is Refusal {
  return 'error' in value;
}

/** NVMe's fields are little-endian: every get takes `true`. */
export function viewOf(data: Uint8Array): DataView {
  return new DataView(data.buffer, data.byteOffset, data.byteLength);
}

/** ASCII as NVMe has it: padded with blanks, or with NULs by some. Any byte is a character. */
export function textOf(data: Uint8Array): string {
  return charactersOf(data).replace(/[ \0]+$/, '');
}

/** One character for each byte, the padding too. */
export function charactersOf(data: Uint8Array): string {
  return Array.from(data, (byte) => String.fromCharCode(byte)).join('');
}

/** Lower-case hex digits. */
function hexOf(data: Uint8Array): string {
  return Array.from(data, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** An identifier in lower-case hex digits; undefined where it is all zeros, which is none. */
export function identifierOf(data: Uint8Array): string | undefined {
  return data.some((byte) => byte !== 0) ? hexOf(data) : undefined;
}
