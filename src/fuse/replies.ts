/** The bodies of short replies. Each returns its size, as the answer to the request. */
import { PAGE_SIZE } from './attr.js';
import type { Request } from './request.js';
import { OpenOut, StatfsOut, WriteOut } from './wire.js';

export function putOpenOut(request: Request, fh: number, flags: number): number {
  request.view.setBigUint64(request.body + OpenOut.FH, BigInt(fh), true);
  request.view.setUint32(request.body + OpenOut.OPEN_FLAGS, flags, true);
  request.view.setUint32(request.body + OpenOut.OPEN_FLAGS + 4, 0, true);
  return OpenOut.SIZE;
}

export function putWriteOut(request: Request, taken: number): number {
  if (taken < 0) return taken;
  request.view.setUint32(request.body + WriteOut.LENGTH, taken, true);
  request.view.setUint32(request.body + WriteOut.LENGTH + 4, 0, true);
  return WriteOut.SIZE;
}

/** Part of an attribute's value, or the errno that showing it gave. */
export function putPart(request: Request, part: Buffer | number): number {
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
