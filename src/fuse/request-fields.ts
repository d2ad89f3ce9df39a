/** The fields of a request, by the offsets of wire.ts. */
import type { Request } from './request.js';
import { InHeader } from './wire.js';

const TWO_32 = 4294967296;

export function nodeid(request: Request): number {
  return get64(request.view, request.header + InHeader.NODEID);
}

/** What FUSE_INTERRUPT calls the request by. */
export function unique(request: Request): bigint {
  return request.view.getBigUint64(request.header + InHeader.UNIQUE, true);
}

/** A field of the opcode's own struct. */
export function u32(request: Request, field: number): number {
  return request.view.getUint32(request.arguments + field, true);
}

export function u64(request: Request, field: number): number {
  return get64(request.view, request.arguments + field);
}

export function dataOf(request: Request, length: number): Buffer {
  return Buffer.from(request.bytes.buffer, request.bytes.byteOffset + request.data, length);
}

/** The name that follows the struct, without its NUL. */
export function nameOf(request: Request): string {
  const data = dataOf(request, request.dataLength);
  const end = data.indexOf(0);
  return data.toString('utf8', 0, end < 0 ? data.length : end);
}

/** A 64-bit number below 2^53: two words are cheaper than a BigInt. */
export function get64(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * TWO_32;
}

export function put64(view: DataView, at: number, value: number): void {
  view.setUint32(at, value % TWO_32, true);
  view.setUint32(at + 4, value / TWO_32, true);
}
