/** What tests and benchmarks need of the machine. */
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export type Capability =
  'root' | 'fuse' | 'fuse-over-io_uring' | 'io_uring' | 'loop devices' | Command;

/** Programs that tests start. */
export type Command =
  | 'fio'
  | 'losetup'
  | 'fusermount3'
  | 'setpriv'
  | 'fallocate'
  | 'mkfs.ext4'
  | 'unshare'
  | 'lsblk'
  | 'nvme'
  | 'sgdisk'
  | 'sfdisk'
  | 'python3';

export function has(capability: Capability): boolean {
  switch (capability) {
    case 'root':
      return process.getuid?.() === 0;
    case 'fuse':
      return accessible('/dev/fuse');
    case 'fuse-over-io_uring':
      return firstLine('/sys/module/fuse/parameters/enable_uring') === 'Y';
    case 'io_uring':
      // Absent before Linux 6.6, where it can't be forbidden.
      return ['0', '1', ''].includes(firstLine('/proc/sys/kernel/io_uring_disabled'));
    case 'loop devices':
      return accessible('/dev/loop-control') && has('losetup');
    case 'fio':
    case 'losetup':
    case 'fusermount3':
    case 'setpriv':
    case 'fallocate':
    case 'mkfs.ext4':
    case 'unshare':
    case 'lsblk':
    case 'nvme':
    case 'sgdisk':
    case 'sfdisk':
    case 'python3':
      return inPath(capability);
  }
}

/** True when `command` is a program in PATH. */
export function inPath(command: string): boolean {
  const directories = (process.env['PATH'] ?? '').split(delimiter);
  // A user's PATH often lacks the sbin directories.
  return [...directories, '/usr/sbin', '/sbin'].some((directory) =>
    existsSync(join(directory, command)),
  );
}

function accessible(file: string): boolean {
  try {
    accessSync(file, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function firstLine(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}
