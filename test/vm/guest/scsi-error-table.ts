/**
 * The rows of the sense table that scsi_debug can produce, with what Linux 6.12 makes of them
 * (drivers/scsi/scsi_error.c: scsi_check_sense; scsi_lib.c: scsi_io_completion_action).
 */
import type { Direction } from './errno.js';
import type { Ending } from './scsi-debug.js';

/** An ending of a read or write. */
export interface Row {
  readonly title: string;
  readonly ending: Ending;
  /** What the kernel's disk gives to its caller. */
  readonly errno: string;
  /** Default: reads. */
  readonly direction?: Direction;
}

/** Another path would not help: no failover. */
export const TARGET_ERRORS: readonly Row[] = [
  { title: 'unrecovered read error', ending: { sense: [3, 0x11, 0] }, errno: 'ENODATA' },
  { title: 'address mark not found', ending: { sense: [3, 0x13, 0] }, errno: 'ENODATA' },
  { title: 'recorded entity not found', ending: { sense: [3, 0x14, 0] }, errno: 'ENODATA' },
  { title: 'hardware error', ending: { sense: [4, 0x44, 0] }, errno: 'EREMOTEIO' },
  { title: 'LBA out of range', ending: { sense: [5, 0x21, 0] }, errno: 'EREMOTEIO' },
  { title: 'invalid field in CDB', ending: { sense: [5, 0x24, 0] }, errno: 'EREMOTEIO' },
  { title: 'invalid field in parameters', ending: { sense: [5, 0x26, 0] }, errno: 'EREMOTEIO' },
  {
    title: 'write protected',
    ending: { sense: [7, 0x27, 0] },
    errno: 'EREMOTEIO',
    direction: 'write',
  },
  {
    title: 'space allocation failed',
    ending: { sense: [7, 0x27, 7] },
    errno: 'ENOSPC',
    direction: 'write',
  },
  { title: 'blank check', ending: { sense: [8, 0, 0] }, errno: 'EREMOTEIO' },
  { title: 'copy aborted', ending: { sense: [0xa, 0, 0] }, errno: 'EREMOTEIO' },
  { title: 'volume overflow', ending: { sense: [0xd, 0, 0] }, errno: 'EREMOTEIO' },
  { title: 'miscompare', ending: { sense: [0xe, 0x1d, 0] }, errno: 'EREMOTEIO' },
  { title: 'protection information, aborted', ending: { sense: [0xb, 0x10, 1] }, errno: 'EILSEQ' },
  { title: 'protection information, illegal', ending: { sense: [5, 0x10, 1] }, errno: 'EILSEQ' },
  { title: 'reservation conflict', ending: { status: 0x18 }, errno: 'EBADE', direction: 'write' },
];

/** Another path may do better: it is tried, and nobody notices. */
export const PATH_ERRORS: readonly Row[] = [
  { title: 'standby', ending: { sense: [2, 4, 0xb] }, errno: 'EIO' },
  { title: 'unavailable', ending: { sense: [2, 4, 0xc] }, errno: 'EIO' },
  { title: 'not ready, manual intervention', ending: { sense: [2, 4, 3] }, errno: 'EIO' },
  { title: 'other medium error', ending: { sense: [3, 0x31, 0] }, errno: 'EIO' },
  { title: 'logical unit not supported', ending: { sense: [5, 0x25, 0] }, errno: 'EIO' },
  { title: 'aborted command', ending: { sense: [0xb, 0, 0] }, errno: 'EIO' },
  { title: 'DID_NO_CONNECT', ending: { host: 1 }, errno: 'EIO' },
  { title: 'DID_BAD_TARGET', ending: { host: 4 }, errno: 'EIO' },
  { title: 'DID_ABORT', ending: { host: 5 }, errno: 'EIO' },
  { title: 'DID_ERROR', ending: { host: 7 }, errno: 'EIO' },
  { title: 'DID_TRANSPORT_DISRUPTED', ending: { host: 0xe }, errno: 'EIO' },
  { title: 'DID_TRANSPORT_FAILFAST', ending: { host: 0xf }, errno: 'ENOLINK' },
  { title: 'DID_TRANSPORT_MARGINAL', ending: { host: 0x14 }, errno: 'ENOLINK' },
];

/** The kernel tries again by itself, on the same path. */
export const RETRIED: readonly Row[] = [
  { title: 'recovered error', ending: { sense: [1, 0x17, 0] }, errno: '0' },
  { title: 'becoming ready', ending: { sense: [2, 4, 1] }, errno: '0' },
  { title: 'asymmetric access state transition', ending: { sense: [2, 4, 0xa] }, errno: '0' },
  { title: 'power on or reset occurred', ending: { sense: [6, 0x29, 0] }, errno: '0' },
  { title: 'aborted command', ending: { sense: [0xb, 0, 0] }, errno: '0' },
  { title: 'other medium error', ending: { sense: [3, 0x31, 0] }, errno: '0' },
  { title: 'busy', ending: { status: 8 }, errno: '0' },
  { title: 'task set full', ending: { status: 0x28 }, errno: '0' },
  { title: 'DID_RESET', ending: { host: 8 }, errno: '0' },
  { title: 'DID_IMM_RETRY', ending: { host: 0xc }, errno: '0' },
  { title: 'DID_REQUEUE', ending: { host: 0xd }, errno: '0' },
];
