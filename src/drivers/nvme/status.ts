import { Errno } from '../../shared/errno.js';

/** The status field of a completion, without the phase bit. */
export interface NvmeStatus {
  /** Status code type: 0 generic, 1 command specific, 2 media and data integrity, 3 path, 7 vendor. */
  readonly sct: number;
  readonly sc: number;
  /** Command retry delay: 0 none, else CRDT 1 to 3. */
  readonly crd: number;
  /** There is more in the error log. */
  readonly more: boolean;
  /** Do not retry: the same command would fail again. */
  readonly dnr: boolean;
}

export function decodeStatus(status: number): NvmeStatus {
  return {
    sct: (status >> 8) & 0x7,
    sc: status & 0xff,
    crd: (status >> 11) & 0x3,
    more: (status & 0x2000) !== 0,
    dnr: (status & 0x4000) !== 0,
  };
}

/** SCT and SC, without what goes along with them. */
const CODE = 0x7ff;

/** drivers/nvme/host/nvme.h: nvme_is_ana_error. */
export function isAnaError(status: number): boolean {
  const code = status & CODE;
  return code >= 0x301 && code <= 0x303;
}

/**
 * The errno that the block layer gives for a status; 0 for success.
 * drivers/nvme/host/core.c: nvme_error_status, and blk_status_to_errno.
 */
export function statusErrno(status: number): number {
  const code = status & CODE;
  return code === 0 ? 0 : (ERRNO.get(code) ?? Errno.EIO);
}

/** For the log: `status 0x4302 (asymmetric access inaccessible)`. */
export function statusText(status: number): string {
  const name = NAMES.get(status & CODE);
  return (
    `status 0x${status.toString(16).padStart(4, '0')}` + (name === undefined ? '' : ` (${name})`)
  );
}

/** BLK_STS_ZONE_ACTIVE_RESOURCE and BLK_STS_ZONE_OPEN_RESOURCE. */
const EOVERFLOW = 75;
const ETOOMANYREFS = 109;

const ERRNO: ReadonlyMap<number, number> = new Map([
  [0x081, Errno.ENOSPC], // Capacity exceeded.
  [0x080, Errno.EREMOTEIO], // LBA out of range.
  [0x021, Errno.EREMOTEIO], // Command interrupted.
  [0x082, Errno.EREMOTEIO], // Namespace not ready.
  [0x180, Errno.EOPNOTSUPP], // Conflicting attributes.
  [0x183, Errno.EOPNOTSUPP], // Command size limits exceeded; ONCS_NOT_SUPPORTED up to Linux 6.15.
  [0x001, Errno.EOPNOTSUPP], // Invalid opcode.
  [0x002, Errno.EOPNOTSUPP], // Invalid field.
  [0x00b, Errno.EOPNOTSUPP], // Invalid namespace.
  [0x280, Errno.ENODATA], // Write fault.
  [0x281, Errno.ENODATA], // Unrecovered read error.
  [0x287, Errno.ENODATA], // Deallocated or unwritten block.
  [0x286, Errno.ENODATA], // Access denied.
  [0x182, Errno.ENODATA], // Write to a read-only range.
  [0x285, Errno.ENODATA], // Compare failure.
  [0x282, Errno.EILSEQ], // Guard check.
  [0x283, Errno.EILSEQ], // Application tag check.
  [0x284, Errno.EILSEQ], // Reference tag check.
  [0x181, Errno.EILSEQ], // Invalid protection information.
  [0x083, Errno.EBADE], // Reservation conflict.
  [0x370, Errno.ENOLINK], // Host path error.
  [0x1bd, EOVERFLOW], // Too many active zones.
  [0x1be, ETOOMANYREFS], // Too many open zones.
]);

const NAMES: ReadonlyMap<number, string> = new Map([
  [0x001, 'invalid opcode'],
  [0x002, 'invalid field'],
  [0x006, 'internal error'],
  [0x00b, 'invalid namespace'],
  [0x021, 'command interrupted'],
  [0x082, 'namespace not ready'],
  [0x083, 'reservation conflict'],
  [0x109, 'invalid log page'],
  [0x300, 'internal path error'],
  [0x301, 'asymmetric access persistent loss'],
  [0x302, 'asymmetric access inaccessible'],
  [0x303, 'asymmetric access transition'],
  [0x360, 'controller pathing error'],
  [0x370, 'host pathing error'],
  [0x371, 'command aborted by host'],
]);
