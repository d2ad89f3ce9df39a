/** /proc/PID/mountinfo: the one way to learn about a mount without touching it. */
export interface MountEntry {
  /** `8:1`; `0:...` of a file system without a device of its own, or with several. */
  readonly devt: string;
  readonly mountpoint: string;
  readonly fsType: string;
  readonly source: string;
}

/** Every mount, oldest first; unreadable lines are left out. fs/proc_namespace.c: show_mountinfo. */
export function parseMountinfo(text: string): MountEntry[] {
  return text.split('\n').flatMap((line) => {
    // 36 35 98:0 /root /mountpoint options [optional fields ...] - fstype source options
    const [left = '', right = ''] = line.split(' - ', 2);
    const [, , devt, , mountpoint] = left.split(' ');
    const [fsType, source] = right.split(' ');
    if (devt === undefined || mountpoint === undefined) return [];
    if (fsType === undefined || source === undefined) return [];
    return [{ devt, mountpoint: unmangle(mountpoint), fsType, source: unmangle(source) }];
  });
}

/**
 * A field as it was before fs/seq_file.c: mangle_path. Blank, tab, newline, backslash and # are
 * octal; what is not ASCII is in there as it is.
 */
export function unmangle(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(parseInt(octal, 8)),
  );
}
