/** Big-endian numbers, as all of SCSI has them. The caller has seen to it that they are there. */
export function be16(bytes: Uint8Array, at: number): number {
  return view(bytes).getUint16(at);
}

export function be32(bytes: Uint8Array, at: number): number {
  return view(bytes).getUint32(at);
}

export function be64(bytes: Uint8Array, at: number): bigint {
  return view(bytes).getBigUint64(at);
}

/** The byte, or 0 where a device sent fewer than the field is at. */
export function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}

/** A left-aligned ASCII field without its padding. */
export function text(bytes: Uint8Array): string {
  return latin1(bytes).replace(/\0.*$/s, '').trim();
}

/** One character for each byte. */
export function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
