import { Diagnosis } from '../../multipath/driver.js';
import type { Path } from '../../multipath/path.js';
import type { DeviceFile } from '../device-file.js';
import type { OpenedPath } from '../opened-path.js';

export interface FileContext {
  /** Reads the path's first blocks around the page cache: 0, or an errno. */
  readonly readCheck: (path: Path) => Promise<number>;
}

/**
 * A path about which nothing is known but that it can be read and written. The configuration says
 * which disk it belongs to, and its access state.
 */
export function openFilePath(file: DeviceFile, { readCheck }: FileContext): OpenedPath {
  return {
    ...file,
    driver: { check: readCheck, diagnose: () => Promise.resolve(Diagnosis.DEVICE) },
    identity: undefined,
    accessState: undefined,
    aluaState: undefined,
    attach: () => undefined,
  };
}
