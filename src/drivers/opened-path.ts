import type { PathDriver } from '../multipath/driver.js';
import type { Path } from '../multipath/path.js';
import type { DeviceFile } from './device-file.js';
import type { Identity } from './identity.js';

/**
 * A device opened by its driver, the counterpart of what a kernel driver gives to
 * mpath_add_device. `close` (of DeviceFile) lets go of everything, the driver's own things too.
 */
export interface OpenedPath extends DeviceFile {
  readonly driver: PathDriver;
  /** Undefined: the device does not say who it is, the configuration does. */
  readonly identity: Identity | undefined;
  /** An AccessState, as of now; undefined: the device has none, the configuration says. */
  readonly accessState: number | undefined;
  /** The ALUA state as SPC numbers it, for the attribute access_state; undefined without ALUA. */
  readonly aluaState: number | undefined;
  /**
   * The core has the path. From now on the driver keeps its accessState, preferred and fault
   * right, starting with how they are now, until `close`.
   */
  attach(path: Path): void;
}
