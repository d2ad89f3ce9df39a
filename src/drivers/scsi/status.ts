/** SAM status codes. include/scsi/scsi_proto.h. */
export const SamStatus = {
  GOOD: 0x00,
  CHECK_CONDITION: 0x02,
  CONDITION_MET: 0x04,
  BUSY: 0x08,
  INTERMEDIATE: 0x10,
  INTERMEDIATE_CONDITION_MET: 0x14,
  RESERVATION_CONFLICT: 0x18,
  COMMAND_TERMINATED: 0x22,
  TASK_SET_FULL: 0x28,
  ACA_ACTIVE: 0x30,
  TASK_ABORTED: 0x40,
} as const;

/** What the host adapter says of a command. include/scsi/scsi_status.h: enum scsi_host_status. */
export const HostStatus = {
  OK: 0x00,
  NO_CONNECT: 0x01,
  BUS_BUSY: 0x02,
  TIME_OUT: 0x03,
  BAD_TARGET: 0x04,
  ABORT: 0x05,
  PARITY: 0x06,
  ERROR: 0x07,
  RESET: 0x08,
  PASSTHROUGH: 0x0a,
  SOFT_ERROR: 0x0b,
  IMM_RETRY: 0x0c,
  REQUEUE: 0x0d,
  TRANSPORT_DISRUPTED: 0x0e,
  TRANSPORT_FAILFAST: 0x0f,
  TRANSPORT_MARGINAL: 0x14,
} as const;

/** include/scsi/scsi.h: scsi_status_is_good. */
export function isGood(status: number): boolean {
  switch (status) {
    case SamStatus.GOOD:
    case SamStatus.CONDITION_MET:
    case SamStatus.INTERMEDIATE:
    case SamStatus.INTERMEDIATE_CONDITION_MET:
    case SamStatus.COMMAND_TERMINATED:
      return true;
    default:
      return false;
  }
}
