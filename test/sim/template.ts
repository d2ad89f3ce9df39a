import type { HeadTemplate } from '../../src/multipath/driver.js';
import { ControllerState } from '../../src/multipath/names.js';

const { LIVE, RESETTING, CONNECTING, DELETING } = ControllerState;

/** As of NVMe. */
export const TEMPLATE: HeadTemplate = {
  usable: (1 << LIVE) | (1 << DELETING),
  optimized: 1 << LIVE,
  available: (1 << LIVE) | (1 << RESETTING) | (1 << CONNECTING),
};
