/** The kernel's own tree, as the drivers read it: nothing here waits for a device. */
import { readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { basename } from 'node:path';

/** A device's number. */
export interface Devt {
  readonly major: number;
  readonly minor: number;
}

/** Where the kernel's tree has the block device with this number, for as long as it is there. */
export function blockDirectory(sys: string, { major, minor }: Devt): string {
  return `${sys}/dev/block/${major}:${minor}`;
}

/** What an attribute shows, without the newline; undefined if it is not there or can't be read. */
export function attribute(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').replace(/\n$/, '');
  } catch {
    return undefined;
  }
}

/** The number that an attribute shows. */
export function numberAttribute(file: string): number | undefined {
  const shown = attribute(file);
  return shown !== undefined && /^-?\d+$/.test(shown) ? Number(shown) : undefined;
}

/** The directory that a link leads to, its own path; undefined if there is none. */
export function resolved(link: string): string | undefined {
  try {
    return realpathSync(link);
  } catch {
    return undefined;
  }
}

/** The name of a device's subsystem: `nvme`, `scsi`, `virtio`. */
export function subsystemOf(device: string): string | undefined {
  try {
    return basename(readlinkSync(`${device}/subsystem`));
  } catch {
    return undefined;
  }
}
