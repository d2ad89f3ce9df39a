import { Errno } from '../../shared/errno.js';

/**
 * Whether the system lets commands through to a device that is in this state, 0 or an errno.
 * drivers/scsi/scsi_sysfs.c: sdev_states; drivers/scsi/scsi_lib.c: scsi_device_state_check.
 */
export function deviceStateErrno(state: string | undefined): number {
  switch (state) {
    case undefined:
    case 'cancel':
    case 'deleted':
    case 'offline':
      return Errno.ENODEV;
    case 'transport-offline':
      return Errno.ENOLINK;
    // They would wait for it to be let go.
    case 'created':
    case 'blocked':
    case 'created-blocked':
    case 'quiesce':
      return Errno.EAGAIN;
    default:
      return 0;
  }
}
