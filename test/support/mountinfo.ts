import { readFileSync } from 'node:fs';
import { parseMountinfo } from '../../src/shared/mountinfo.js';

/** Asks the kernel, never the mount. */
export function isMounted(mountpoint: string): boolean {
  return parseMountinfo(readFileSync('/proc/self/mountinfo', 'utf8')).some(
    (entry) => entry.mountpoint === mountpoint,
  );
}
