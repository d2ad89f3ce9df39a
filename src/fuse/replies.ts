/** The bodies of short replies. Each returns its size, as the answer to the request. */
import { PAGE_SIZE } from './attr.js';
import type { Request } from './request.js';
import { put64 } from './request-fields.js';
import { OpenOut, PollOut, StatfsOut, WriteOut } from './wire.js';

/** Bytes of body (0 or more), or a negative errno. */
export type Answer = number | Promise<number>;

/** What a read gives: some of the value, or a negative errno. */
export type Part = Uint8Array | number;

export function putOpenOut(request: Request, fh: number, flags: number): number {
  put64(request.view, request.body + OpenOut.FH, fh);
  put64(request.view, request.body + OpenOut.OPEN_FLAGS, flags);
  return OpenOut.SIZE;
}

export function putWriteOut(request: Request, taken: number): number {
  if (taken < 0) return taken;
  put64(request.view, request.body + WriteOut.LENGTH, taken);
  return WriteOut.SIZE;
}

export function putPollOut(request: Request, events: number): number {
  put64(request.view, request.body + PollOut.REVENTS, events);
  return PollOut.SIZE;
}

export function putPart(request: Request, part: Part): number {
  if (typeof part === 'number') return part;
  request.bytes.set(part, request.body);
  return part.length;
}

/** As sysfs: no blocks, no files, names up to 255 bytes. */
export function putStatfs(request: Request): number {
  const { view, body } = request;
  request.bytes.fill(0, body, body + StatfsOut.SIZE);
  view.setUint32(body + StatfsOut.BSIZE, PAGE_SIZE, true);
  view.setUint32(body + StatfsOut.NAMELEN, 255, true);
  view.setUint32(body + StatfsOut.FRSIZE, PAGE_SIZE, true);
  return StatfsOut.SIZE;
}
