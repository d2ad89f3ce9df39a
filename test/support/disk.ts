/** A mount with one disk whose paths all lead to one image, and where things are in it. */
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { IopolicyName } from '../../src/multipath/names.js';
import { cat, echo } from './bash.js';
import { until } from './child.js';
import { mount } from './mpathfs.js';
import type { Mount, Transport } from './mpathfs.js';
import { makeImage, scratch } from './scratch.js';
import type { Owner } from './scratch.js';

export interface DiskOptions {
  readonly kind?: 'nvme' | 'scsi';
  /** Default 2. Path n is on NUMA node 0. */
  readonly paths?: number;
  /** Default 64. */
  readonly mebibytes?: number;
  /** More keys of the disk: `delayed_removal_secs = 10`. */
  readonly keys?: readonly string[];
  /** What the paths lead to; default an image of random bytes. */
  readonly device?: string;
  /** Flags of node for the daemon. */
  readonly nodeFlags?: readonly string[];
  readonly directory?: string;
}

export interface TestDisk {
  readonly mount: Mount;
  /** What the paths lead to. */
  readonly device: string;
  readonly size: number;
  /** The disk's file. */
  readonly file: string;
  /** The head's directory in sysfs. */
  readonly head: string;
  /** A path's directory in sysfs. */
  path(number: number): string;
  /** The file with a path's state. */
  state(number: number): string;
  readonly iopolicy: string;
}

export async function mountDisk(
  owner: Owner,
  transport: Transport,
  options: DiskOptions = {},
): Promise<TestDisk> {
  const { kind = 'nvme', paths = 2, mebibytes = 64, keys = [] } = options;
  const directory = options.directory ?? scratch(owner);
  const size = mebibytes * 2 ** 20;
  const device = options.device ?? makeImage(join(directory, 'image'), size);
  const lines = ['[[disk]]', `kind = "${kind}"`, ...keys];
  for (let path = 0; path < paths; path++) {
    // One disk can't list a device twice, but two names of it.
    const name = join(directory, `path${path}`);
    symlinkSync(device, name);
    lines.push('[[disk.path]]', `device = "${name}"`, 'numa_node = 0');
  }
  const mounted = await mount(owner, {
    config: lines.join('\n') + '\n',
    transport,
    directory,
    nodeFlags: options.nodeFlags ?? [],
  });
  const sys = (path: string): string => mounted.file(`sys/${path}`);
  const common = { mount: mounted, device, size };
  if (kind === 'scsi') {
    const path = (number: number): string => sys(`block/sda/multipath/sda:${number}`);
    return {
      ...common,
      file: mounted.file('dev/sda'),
      head: sys('block/sda'),
      path,
      state: (number) => join(path(number), 'device/state'),
      iopolicy: sys('class/scsi_mpath_device/scsi_mpath_device0/iopolicy'),
    };
  }
  return {
    ...common,
    file: mounted.file('dev/nvme0n1'),
    head: sys('block/nvme0n1'),
    path: (number) => sys(`block/nvme0n1/multipath/nvme0c${number}n1`),
    state: (number) => sys(`class/nvme/nvme${number}/state`),
    iopolicy: sys('class/nvme-subsystem/nvme-subsys0/iopolicy'),
  };
}

/** Writes an attribute; throws when that fails. */
export async function store(file: string, value: string | number): Promise<void> {
  const complaint = await echo(String(value), file);
  if (complaint !== '') throw new Error(`echo ${value} > ${file}: ${complaint}`);
}

export function setIopolicy(disk: TestDisk, policy: IopolicyName): Promise<void> {
  return store(disk.iopolicy, policy);
}

export function makeItFail(disk: TestDisk, path: number, fail: boolean): Promise<void> {
  return store(join(disk.path(path), 'make-it-fail'), fail ? 1 : 0);
}

/** Waits until an NVMe path's controller is in a state. */
export function untilState(
  disk: TestDisk,
  path: number,
  state: string,
  timeoutMs: number,
): Promise<void> {
  return until(
    `path ${path} is ${state}`,
    async () => (await cat(disk.state(path))).trim() === state,
    timeoutMs,
  );
}

/** Reads and writes that a path has done (Documentation/block/stat.rst). */
export async function pathIos(disk: TestDisk, path: number): Promise<number> {
  const fields = (await cat(join(disk.path(path), 'stat'))).trim().split(/\s+/).map(Number);
  return (fields[0] ?? NaN) + (fields[4] ?? NaN);
}
