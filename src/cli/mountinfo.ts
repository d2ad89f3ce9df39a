/** /proc/self/mountinfo: the one way to learn about a mount without touching it. */
import { readFileSync } from 'node:fs';

export interface MountEntry {
  readonly mountpoint: string;
  readonly fsType: string;
  readonly source: string;
}

/** Every mount, oldest first; unreadable lines are left out. */
export function parseMountinfo(text: string): MountEntry[] {
  return text.split('\n').flatMap((line) => {
    // 36 35 98:0 /root /mountpoint options [optional fields ...] - fstype source options
    const [left, right] = line.split(' - ', 2);
    const mountpoint = left?.split(' ')[4];
    const [fsType, source] = right?.split(' ') ?? [];
    if (mountpoint === undefined || fsType === undefined || source === undefined) return [];
    return [{ mountpoint: unescape(mountpoint), fsType, source: unescape(source) }];
  });
}

/** What is mounted at `mountpoint`, an absolute path without links: the topmost mount. */
export function mountAt(mountpoint: string): MountEntry | undefined {
  return parseMountinfo(readFileSync('/proc/self/mountinfo', 'utf8')).findLast(
    (entry) => entry.mountpoint === mountpoint,
  );
}

/**
 * fs/proc_namespace.c: mangle. Blank, tab, newline, backslash and # are octal; what is not
 * ASCII is in there as it is.
 */
function unescape(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(parseInt(octal, 8)),
  );
}
