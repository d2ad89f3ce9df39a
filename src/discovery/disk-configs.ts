import { parseConfig } from '../config/load.js';
import type { DiskConfig } from '../config/types.js';
import type { FoundDisk } from './found-disks.js';
import { toToml } from './toml.js';

/** The disks as if `mpathfs scan --toml` had been mounted: with every default of a configuration. */
export function diskConfigs(disks: readonly FoundDisk[]): readonly DiskConfig[] {
  return parseConfig(toToml(disks), '/scan').disks;
}
