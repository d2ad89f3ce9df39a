import type { HeadTemplate } from '../../multipath/driver.js';
import { ControllerState } from '../../multipath/names.js';

const { LIVE, RESETTING, CONNECTING, DELETING } = ControllerState;

/**
 * A scsi_device takes I/O in the states SDEV_RUNNING and SDEV_CANCEL
 * (drivers/scsi/scsi_multipath.c: scsi_mpath_is_disabled). CONNECTING, shown as `blocked`, is
 * what a remote port that is lost is to a transport: I/O waits for it until fast_io_fail_tmo
 * (drivers/scsi/scsi_transport_fc.c: fc_timeout_fail_rport_io), and only then it has no path.
 */
export const SCSI_TEMPLATE: HeadTemplate = {
  usable: (1 << LIVE) | (1 << DELETING),
  optimized: 1 << LIVE,
  available: (1 << LIVE) | (1 << RESETTING) | (1 << CONNECTING),
};
