import type { NvmeCompletion } from '../../drivers/nvme/port.js';

/** include/linux/nvme.h: status codes, the type in bits 8 to 10. */
export const Status = {
  INVALID_OPCODE: 0x001,
  INVALID_FIELD: 0x002,
  INTERNAL: 0x006,
  INVALID_NS: 0x00b,
  CMD_SEQ_ERROR: 0x00c,
  SGL_INVALID_DATA: 0x00f,
  LBA_RANGE: 0x080,
  INTERNAL_PATH_ERROR: 0x300,
  ANA_PERSISTENT_LOSS: 0x301,
  ANA_INACCESSIBLE: 0x302,
  ANA_TRANSITION: 0x303,
} as const;

export const DNR = 0x4000;
/** There is more in the error log: nvmet says so wherever it knows the field at fault. */
export const MORE = 0x2000;

export function completed(result = 0n): NvmeCompletion {
  return { status: 0, result };
}

export function failed(status: number): NvmeCompletion {
  return { status, result: 0n };
}
