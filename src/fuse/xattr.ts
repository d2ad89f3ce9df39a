import { Errno } from '../shared/errno.js';
import type { Request } from './request.js';
import { nameOf, put64, u32 } from './request-fields.js';
import { GetxattrIn, GetxattrOut, Opcode } from './wire.js';

/**
 * Extended attributes: there are none, and none can be made. Never ENOSYS: the kernel would take it
 * as EOPNOTSUPP, where sysfs (fs/kernfs/inode.c) has ENODATA and an empty list.
 */
export function xattr(opcode: number, request: Request): number {
  if (opcode === Opcode.LISTXATTR) {
    if (u32(request, GetxattrIn.LENGTH) !== 0) return 0;
    put64(request.view, request.body + GetxattrOut.LENGTH, 0);
    return GetxattrOut.SIZE;
  }
  const name = nameOf(request);
  const kept = name.startsWith('trusted.') || name.startsWith('security.');
  if (opcode === Opcode.REMOVEXATTR) return kept ? -Errno.ENODATA : -Errno.EOPNOTSUPP;
  if (opcode === Opcode.SETXATTR) return -Errno.EOPNOTSUPP;
  return kept || name.startsWith('user.') ? -Errno.ENODATA : -Errno.EOPNOTSUPP;
}
