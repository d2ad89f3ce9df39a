import type { ScsiHead, ScsiMpathDevice, ScsiPath } from '../topology/scsi.js';
import { BLOCK, headGendisk, pathGendisk, QUEUE } from './attributes/block.js';
import { IOPOLICY } from './attributes/iopolicy.js';
import { FAULT, HEAD, HEAD_DIAG, PATH_DIAG } from './attributes/multipath.js';
import {
  SCSI_DEVICE,
  SCSI_HEAD,
  SCSI_MPATH_DEVICE,
  SCSI_PATH,
  SCSI_PATH_POLICY,
} from './attributes/scsi.js';
import type { Directory } from './directory.js';
import { addGendisk, addToClass, type Roots } from './roots.js';

/** Places a scsi_mpath_device with its scsi_devices in the tree, and its disk when it is live. */
export class ScsiTree {
  readonly #roots: Roots;
  readonly #device: ScsiMpathDevice;
  readonly #directory: Directory;
  readonly #paths = new Map<ScsiPath, Directory>();

  constructor(roots: Roots, device: ScsiMpathDevice) {
    this.#roots = roots;
    this.#device = device;
    this.#directory = roots.devices
      .path('virtual', 'scsi_mpath_device', `scsi_mpath_device${device.number}`)
      .attributes(IOPOLICY, device)
      .attributes(SCSI_MPATH_DEVICE, device);
    addToClass(this.#directory, roots.classes.directory('scsi_mpath_device'));
    const multipath = this.#directory.directory('multipath');
    for (const path of device.disk.paths) {
      const sdev = this.#addPath(path);
      multipath.link(sdev.name, sdev);
    }
    roots.departures.when(device.disk.head, () => this.#directory.remove());
  }

  /** The head's disk appears. */
  addHead(disk: ScsiHead): void {
    const { dev, devices, classes, departures } = this.#roots;
    const parent = devices.path(
      'virtual',
      'scsi_mpath_disk',
      `scsi_mpath_disk${this.#device.number}`,
    );
    addToClass(parent, classes.directory('scsi_mpath_disk'));
    const directory = parent
      .directory(disk.name)
      .attributes(BLOCK, headGendisk(disk))
      .attributes(SCSI_HEAD, disk)
      .attributes(HEAD, disk.head);
    directory.directory('queue').attributes(QUEUE, headGendisk(disk));
    directory.directory('diag').attributes(HEAD_DIAG, disk.head);
    directory.link('device', parent);
    addGendisk(this.#roots, directory);
    const multipath = directory.directory('multipath');
    for (const path of disk.paths) {
      const target = this.#paths.get(path);
      if (target !== undefined) multipath.link(path.name, target);
    }
    const file = dev.disk(disk.name, disk.head);
    departures.when(disk.head, () => {
      file.remove();
      parent.remove();
    });
  }

  /** The path's scsi_device, at LUN 0 of the only target of its host. */
  #addPath(path: ScsiPath): Directory {
    const { devices, bus, departures } = this.#roots;
    const host = devices.path('platform', `host${path.host}`);
    const address = `${path.host}:0:0`;
    const sdev = host.path(`target${address}`, `${address}:0`).attributes(SCSI_DEVICE, path);
    sdev.link('subsystem', bus.directory('scsi'));
    bus.path('scsi', 'devices').link(sdev.name, sdev);
    const directory = sdev
      .path('block', path.name)
      .attributes(BLOCK, pathGendisk(path))
      .attributes(SCSI_PATH, path)
      .attributes(SCSI_PATH_POLICY, path.path)
      .attributes(FAULT, path.path);
    directory.directory('queue').attributes(QUEUE, pathGendisk(path));
    directory.directory('diag').attributes(PATH_DIAG, path.path);
    directory.link('device', sdev);
    addGendisk(this.#roots, directory);
    this.#paths.set(path, directory);
    departures.when(path.path, () => {
      this.#paths.delete(path);
      host.remove();
    });
    return sdev;
  }
}
