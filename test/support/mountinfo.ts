/** What is mounted where, from /proc/self/mountinfo: asks the kernel, never the mount. */
import { readFileSync } from 'node:fs';

export interface MountEntry {
  /** Device number, `0:52`. */
  readonly device: string;
  readonly mountpoint: string;
  /** `fuse`, `fuse.mpathfs`, `tmpfs` ... */
  readonly type: string;
}

export function mounts(): MountEntry[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const fields = line.split(' ');
      return {
        device: fields[2] ?? '',
        mountpoint: unescape(fields[4] ?? ''),
        type: fields[fields.indexOf('-') + 1] ?? '',
      };
    });
}

export function isMounted(mountpoint: string): boolean {
  return mounts().some((entry) => entry.mountpoint === mountpoint);
}

/** Space, tab, newline and backslash are written as octal escapes. */
function unescape(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}
