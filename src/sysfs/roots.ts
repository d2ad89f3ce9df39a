import type { Departures } from '../topology/departures.js';
import type { Directory } from './directory.js';

/** The places that the personalities build their parts of the tree in. */
export interface Roots {
  /** `dev`: the disk files. */
  readonly dev: Directory;
  /** `sys/devices`. */
  readonly devices: Directory;
  /** `sys/class`. */
  readonly classes: Directory;
  /** `sys/bus`. */
  readonly bus: Directory;
  /** `sys/block`. */
  readonly block: Directory;
  readonly departures: Departures;
}

/** Enters a disk's directory in block/ and class/block/, and links it back to the class. */
export function addGendisk({ block, classes }: Roots, disk: Directory): void {
  addToClass(disk, classes.directory('block'));
  block.link(disk.name, disk);
}

/** device_add_class_symlinks: the class links to the device, the device to its class. */
export function addToClass(device: Directory, deviceClass: Directory): void {
  device.link('subsystem', deviceClass);
  deviceClass.link(device.name, device);
}
