import type { HeadTemplate } from '../../multipath/driver.js';
import { ControllerState } from '../../multipath/names.js';

const { LIVE, RESETTING, CONNECTING, DELETING } = ControllerState;

/**
 * drivers/nvme/host/multipath.c: nvme_path_is_disabled, nvme_path_is_optimized,
 * nvme_available_path. A controller that is being deleted still takes I/O: what is in flight to
 * it is flushed first.
 */
export const NVME_TEMPLATE: HeadTemplate = {
  usable: (1 << LIVE) | (1 << DELETING),
  optimized: 1 << LIVE,
  available: (1 << LIVE) | (1 << RESETTING) | (1 << CONNECTING),
};
