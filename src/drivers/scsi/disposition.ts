import { Errno } from '../../shared/errno.js';
import { Opcode } from './commands.js';
import type { ScsiResult } from './port.js';
import { isRefusal } from './refusal.js';
import type { Sense } from './sense.js';
import { decodeSense, SenseKey } from './sense.js';
import { HostStatus, isGood, SamStatus } from './status.js';

/** What to do about a command that has ended. */
export interface Disposition {
  /**
   * `retry`: send it again at once, as often as retries are allowed. `requeue`: send it again
   * without counting that as a retry. `delay`: send it again after a while.
   */
  readonly action: 'done' | 'retry' | 'requeue' | 'delay' | 'fail';
  /** The errno of its blk_status (block/blk-core.c: blk_errors); 0 unless it failed. */
  readonly errno: number;
  /**
   * What it says of the port group it went through: `transition`, it is changing its state now;
   * `recheck`, it may have another state (scsi_dh_alua.c: alua_check_sense).
   */
  readonly alua?: 'transition' | 'recheck';
}

/** What the disposition depends on besides the result. */
export interface DispositionContext {
  readonly opcode: number;
  /** The device is neither offline nor gone (scsi_device_online). */
  readonly online: boolean;
  /** The command may be retried: it is not marked REQ_FAILFAST, and retries are left. */
  readonly mayRetry: boolean;
  /** The medium can be changed: a unit attention may mean that. */
  readonly removable: boolean;
}

const DONE: Disposition = { action: 'done', errno: 0 };
const RETRY: Disposition = { action: 'retry', errno: 0 };
const REQUEUE: Disposition = { action: 'requeue', errno: 0 };
const DELAY: Disposition = { action: 'delay', errno: 0 };
const RECHECK: Disposition = { action: 'requeue', errno: 0, alua: 'recheck' };
/** BLK_STS_IOERR, BLK_STS_TRANSPORT ... of the target, and final, unless they are path errors. */
const IOERR = failed(Errno.EIO);
const TRANSPORT = failed(Errno.ENOLINK);
const RESV_CONFLICT = failed(Errno.EBADE);
const TARGET = failed(Errno.EREMOTEIO);
const MEDIUM = failed(Errno.ENODATA);
const NOSPC = failed(Errno.ENOSPC);
const PROTECTION = failed(Errno.EILSEQ);
const DURATION_LIMIT = failed(Errno.ETIME);

/**
 * Judges a command by how it ended, as the kernel does for a block device with ALUA.
 * drivers/scsi/scsi_error.c: scsi_decide_disposition, scsi_check_sense;
 * drivers/scsi/scsi_lib.c: scsi_io_completion_action, scsi_result_to_blk_status.
 */
export function disposition(result: ScsiResult, context: DispositionContext): Disposition {
  const maybeRetry = context.mayRetry ? RETRY : IOERR;
  const { hostStatus, status } = result;
  if (!context.online) return byStatus(hostStatus, status);
  switch (hostStatus) {
    case HostStatus.OK:
      break;
    case HostStatus.ERROR:
      if (status !== SamStatus.RESERVATION_CONFLICT) return maybeRetry;
      break;
    case HostStatus.IMM_RETRY:
      return RETRY;
    case HostStatus.REQUEUE:
      return REQUEUE;
    case HostStatus.PASSTHROUGH:
    case HostStatus.NO_CONNECT:
    case HostStatus.BAD_TARGET:
    case HostStatus.ABORT:
    case HostStatus.TRANSPORT_FAILFAST:
    case HostStatus.TRANSPORT_MARGINAL:
      return byStatus(hostStatus, status);
    case HostStatus.TIME_OUT:
      // Of these two the kernel expects it, when it looks whether a device is there.
      if (context.opcode === Opcode.TEST_UNIT_READY || context.opcode === Opcode.INQUIRY) {
        return IOERR;
      }
      return maybeRetry;
    default:
      // What the kernel retries, and what its error handler deals with before a retry.
      return maybeRetry;
  }
  switch (status) {
    case SamStatus.TASK_SET_FULL:
    case SamStatus.BUSY:
      return REQUEUE;
    case SamStatus.RESERVATION_CONFLICT:
      return RESV_CONFLICT;
    case SamStatus.CHECK_CONDITION:
      return bySense(result, context, maybeRetry);
    case SamStatus.GOOD:
      return overDurationLimit(result) ? DURATION_LIMIT : DONE;
    case SamStatus.ACA_ACTIVE:
      return IOERR;
    default:
      return isGood(status) ? DONE : maybeRetry;
  }
}

/** scsi_result_to_blk_status. */
function byStatus(hostStatus: number, status: number): Disposition {
  switch (hostStatus) {
    case HostStatus.OK:
    case HostStatus.PASSTHROUGH:
      return isGood(status) ? DONE : IOERR;
    case HostStatus.TRANSPORT_FAILFAST:
    case HostStatus.TRANSPORT_MARGINAL:
      return TRANSPORT;
    default:
      return IOERR;
  }
}

function bySense(
  { sense: bytes }: ScsiResult,
  context: DispositionContext,
  maybeRetry: Disposition,
): Disposition {
  const sense = decodeSense(bytes);
  if (isRefusal(sense) || sense.deferred) return maybeRetry;
  return (
    byAccessState(sense) ??
    (context.opcode === Opcode.TEST_UNIT_READY
      ? ofTestUnitReady(sense)
      : byKey(sense, context, maybeRetry))
  );
}

/** alua_check_sense. */
function byAccessState({ key, asc, ascq }: Sense): Disposition | undefined {
  const code = (asc << 8) | ascq;
  if ((key === SenseKey.NOT_READY || key === SenseKey.UNIT_ATTENTION) && code === 0x040a) {
    // Sent again after a second (ALUA_TRANSITION_REPREP_DELAY).
    return { action: 'delay', errno: 0, alua: 'transition' };
  }
  if (key !== SenseKey.UNIT_ATTENTION) return undefined;
  switch (code) {
    case 0x2900: // Power on or reset: that may have hidden a change of state.
    case 0x2a06: // Asymmetric access state changed.
    case 0x2a07: // Implicit transition failed.
      return RECHECK;
    case 0x2904: // Device internal reset.
    case 0x2a01: // Mode parameters changed.
    case 0x3f03: // INQUIRY data changed.
    case 0x3f0e: // Reported LUNs data changed.
      return REQUEUE;
    default:
      return undefined;
  }
}

/** Who sends it wants to know the sense data; unit attentions it just repeats. */
function ofTestUnitReady({ key }: Sense): Disposition {
  switch (key) {
    case SenseKey.NO_SENSE:
    case SenseKey.RECOVERED_ERROR:
      return DONE;
    case SenseKey.UNIT_ATTENTION:
      return RETRY;
    default:
      return IOERR;
  }
}

function byKey(sense: Sense, context: DispositionContext, maybeRetry: Disposition): Disposition {
  const { key, asc, ascq } = sense;
  switch (key) {
    case SenseKey.NO_SENSE:
    case SenseKey.RECOVERED_ERROR:
      return DONE;
    case SenseKey.ABORTED_COMMAND:
      if (asc === 0x10) return PROTECTION;
      return asc === 0x2e && ascq >= 1 && ascq <= 3 ? DURATION_LIMIT : maybeRetry;
    case SenseKey.NOT_READY:
      return notReady(sense, context);
    case SenseKey.UNIT_ATTENTION:
      return context.removable ? IOERR : RETRY;
    case SenseKey.DATA_PROTECT:
      return asc === 0x27 && ascq === 0x07 ? NOSPC : TARGET;
    case SenseKey.COPY_ABORTED:
    case SenseKey.VOLUME_OVERFLOW:
    case SenseKey.MISCOMPARE:
    case SenseKey.BLANK_CHECK:
    case SenseKey.HARDWARE_ERROR:
      return TARGET;
    case SenseKey.MEDIUM_ERROR:
      // Unrecovered read, address mark not found, record not found.
      return [0x11, 0x13, 0x14].includes(asc) ? MEDIUM : maybeRetry;
    case SenseKey.ILLEGAL_REQUEST:
      if (asc === 0x10) return PROTECTION;
      // Opcode, LBA, function, field in CDB, parameter; write protected.
      return [0x20, 0x21, 0x22, 0x24, 0x26, 0x27].includes(asc) ? TARGET : IOERR;
    case SenseKey.COMPLETED:
      return asc === 0x55 && ascq === 0x0a ? DURATION_LIMIT : IOERR;
    default:
      return IOERR;
  }
}

/** Something in progress, for which one waits: a format, a self-test, a spin-up ... */
const IN_PROGRESS = [0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x11, 0x14, 0x1a, 0x1b, 0x1d];

function notReady({ asc, ascq }: Sense, { mayRetry }: DispositionContext): Disposition {
  if (asc !== 0x04) return IOERR;
  if (ascq === 0x01) return mayRetry ? RETRY : DELAY; // Becoming ready.
  // Depopulation (24, 25) may take hours: Linux 6.7 and later don't wait for it.
  return IN_PROGRESS.includes(ascq) ? DELAY : IOERR;
}

/** A command may end well and yet too late for its duration limit. */
function overDurationLimit({ sense: bytes }: ScsiResult): boolean {
  const sense = decodeSense(bytes);
  if (isRefusal(sense) || sense.deferred) return false;
  const { key, asc, ascq } = sense;
  return key === SenseKey.COMPLETED && asc === 0x55 && ascq === 0x0a;
}

function failed(errno: number): Disposition {
  return { action: 'fail', errno };
}
