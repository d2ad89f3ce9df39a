/** The fields of a request, by the offsets of wire.ts. */
import type { Request } from './request.js';
import { InHeader } from './wire.js';

export function nodeid(request: Request): number {
  return Number(request.view.getBigUint64(request.header + InHeader.NODEID, true));
}

/** A field of the opcode's own struct. */
export function u32(request: Request, field: number): number {
  return request.view.getUint32(request.arguments + field, true);
}

export function u64(request: Request, field: number): number {
  return Number(request.view.getBigUint64(request.arguments + field, true));
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
