import { readFileSync } from 'node:fs';
import { parseMountinfo, type MountEntry } from '../shared/mountinfo.js';

/** What is mounted at `mountpoint`, an absolute path without links: the topmost mount. */
export function mountAt(mountpoint: string): MountEntry | undefined {
  return parseMountinfo(readFileSync('/proc/self/mountinfo', 'utf8')).findLast(
    (entry) => entry.mountpoint === mountpoint,
  );
}
