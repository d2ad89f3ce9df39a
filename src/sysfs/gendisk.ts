import type { HeadDisk, PathDisk } from '../topology/disk.js';
import { BLOCK, type Gendisk } from './attributes/block.js';
import { PATH_QUEUE, QUEUE } from './attributes/queue.js';
import { Device, removeDevice, type DeviceOptions } from './device.js';
import type { Directory } from './directory.js';
import type { Roots } from './roots.js';
import type { UeventAction } from './uevents.js';

/** Disks in the tree, as block/genhd.c puts them there: device_add_disk, del_gendisk. */

export interface GendiskOptions {
  /** The directory of the device that it belongs to. */
  readonly parent: Directory;
  /** The directory that it is in, if that is not its parent's own: `block` (get_device_parent). */
  readonly within?: Directory;
  /** Minors that its partitions have at its own major: 0, or 16 of sd. */
  readonly range?: number;
  /** Adds what its driver adds, before anybody is told of the disk. */
  readonly attributes: (directory: Directory) => void;
}

/** Adds a head's disk and its file in `dev`; `roots.disks` has it then. */
export function addHeadDisk(roots: Roots, disk: HeadDisk, options: GendiskOptions): Device {
  const { name, devt, diskseq, head } = disk;
  const gendisk = { hidden: false, range: options.range ?? 0, disk, device: head };
  const device = addGendisk(roots, name, gendisk, options, {
    subsystem: 'block',
    block: true,
    devt,
    devname: name,
    file: head.bdev,
    env: () => diskEnv(diskseq),
  });
  device.directory.directory('queue').attributes(QUEUE, gendisk);
  roots.disks.set(disk, device);
  device.added();
  return device;
}

/** Adds the hidden disk of a path: no device number, no file in `dev`, no uevents. */
export function addPathDisk(roots: Roots, disk: PathDisk, options: GendiskOptions): Device {
  const { name, diskseq } = disk;
  const gendisk = { hidden: true, range: options.range ?? 0, disk, device: disk.path };
  const device = addGendisk(roots, name, gendisk, options, {
    subsystem: 'block',
    // device_add_disk: for hidden disks uevents remain suppressed for ever.
    quiet: true,
    env: () => diskEnv(diskseq),
  });
  const queue = device.directory.directory('queue');
  queue.attributes(QUEUE, gendisk).attributes(PATH_QUEUE, gendisk);
  return device;
}

/** del_gendisk. Its partitions have gone before. */
export function removeHeadDisk(roots: Roots, disk: HeadDisk): void {
  removeDevice(roots.disks, disk);
}

/** set_capacity_and_notify. */
export function diskResized(roots: Roots, disk: HeadDisk): void {
  const device = roots.disks.get(disk);
  device?.directory.notify('size');
  device?.uevent('change', ['RESIZE=1']);
}

/** disk_uevent: for the disk and for each of its partitions. */
export function diskUevent(roots: Roots, disk: HeadDisk, action: UeventAction): void {
  roots.disks.get(disk)?.uevent(action);
  for (const partition of disk.partitions) roots.partitions.get(partition)?.uevent(action);
}

function addGendisk(
  roots: Roots,
  name: string,
  gendisk: Gendisk,
  { parent, within = parent, attributes }: GendiskOptions,
  options: DeviceOptions,
): Device {
  const directory = within.directory(name).attributes(BLOCK, gendisk);
  const device = Device.add(roots, directory, { ...options, parent });
  attributes(directory);
  roots.block.link(name, directory);
  directory.directory('holders');
  directory.directory('slaves');
  return device;
}

function diskEnv(diskseq: number): string[] {
  return ['DEVTYPE=disk', `DISKSEQ=${diskseq}`];
}
