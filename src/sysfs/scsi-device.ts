import { SD_MINORS, type ScsiPath } from '../topology/scsi.js';
import { PATH_DIAG } from './attributes/diag.js';
import { FAULT, MARGINAL } from './attributes/multipath.js';
import { SCSI_PATH, SCSI_PATH_POLICY } from './attributes/scsi.js';
import { SCSI_DEVICE, SCSI_DISK } from './attributes/scsi-device.js';
import { SCSI_DEVICE_STATE, type ScsiDevice } from './attributes/scsi-device-state.js';
import { SCSI_DEVICE_QUEUES, type ScsiQueues } from './attributes/scsi-queues.js';
import { addDevice, type Device } from './device.js';
import type { Directory } from './directory.js';
import { addPathDisk } from './gendisk.js';
import type { Link } from './link.js';
import type { Roots } from './roots.js';

/**
 * A scsi_device in the tree, with its target, its devices of the classes scsi_device and
 * scsi_disk, and its hidden disk.
 */
export class ScsiDeviceEntry implements ScsiDevice {
  readonly path: ScsiPath;
  /** `0:0:0:0`, and `sda:0` below it. */
  readonly directory: Directory;
  readonly disk: Directory;
  /** In the order of their coming. */
  readonly #target: Device;
  readonly #sdev: Device;
  readonly #classDevice: Device;
  readonly #scsiDisk: Device;
  readonly #gendisk: Device;
  readonly #driverLinks: Link[] = [];
  #driver: 'none' | 'bound' | 'leaving' = 'none';

  /** scsi_sysfs_add_sdev, then sd_probe. `host` is the directory of its host. */
  constructor(roots: Roots, queues: ScsiQueues, host: Directory, path: ScsiPath) {
    const { address } = path;
    this.path = path;
    this.#target = addDevice(roots, host.directory(`target${address.replace(/:\d+$/, '')}`), {
      subsystem: 'scsi',
      bus: true,
      env: () => ['DEVTYPE=scsi_target'],
    });
    this.directory = this.#target.directory.directory(address);
    this.directory
      .attributes(SCSI_DEVICE, this)
      .attributes(SCSI_DEVICE_STATE, this)
      .attributes(SCSI_DEVICE_QUEUES, queues);
    this.#sdev = addDevice(roots, this.directory, {
      subsystem: 'scsi',
      bus: true,
      env: () => this.#env(),
    });
    this.#classDevice = addDevice(roots, this.directory.path('scsi_device', address), {
      subsystem: 'scsi_device',
      parent: this.directory,
    });
    const scsiDisk = this.directory.path('scsi_disk', address).attributes(SCSI_DISK, path);
    this.#scsiDisk = addDevice(roots, scsiDisk, {
      subsystem: 'scsi_disk',
      parent: this.directory,
    });
    this.#gendisk = addPathDisk(roots, path, {
      parent: this.directory,
      within: this.directory.directory('block'),
      range: SD_MINORS,
      attributes: (directory) => addPathAttributes(directory, path),
    });
    this.disk = this.#gendisk.directory;
    this.#bind(roots);
  }

  notify(...names: readonly string[]): void {
    this.directory.notify(...names);
  }

  /** drivers/scsi/scsi_lib.c: scsi_evt_emit, of SDEV_EVT_ALUA_STATE_CHANGE_REPORTED. */
  accessStateReported(): void {
    this.#sdev.uevent('change', ['SDEV_UA=ASYMMETRIC_ACCESS_STATE_CHANGED']);
  }

  /** __scsi_remove_device: the class device first; its driver lets go of it; its target goes last. */
  remove(): void {
    this.#classDevice.remove();
    this.#scsiDisk.remove();
    this.#gendisk.remove();
    this.#driver = 'leaving';
    for (const link of this.#driverLinks) link.remove();
    this.#sdev.uevent('unbind');
    this.#driver = 'none';
    this.#sdev.remove();
    this.#target.remove();
  }

  /** driver_bound. */
  #bind(roots: Roots): void {
    const driver = roots.bus.path('scsi', 'drivers', 'sd');
    this.#driverLinks.push(
      driver.link(this.directory.name, this.directory),
      this.directory.link('driver', driver),
    );
    this.#driver = 'bound';
    this.#sdev.uevent('bind');
  }

  /** An unbind comes without MODALIAS (lib/kobject_uevent.c: zap_modalias_env). */
  #env(): string[] {
    const driver = this.#driver === 'bound' ? ['DRIVER=sd'] : [];
    const alias = this.#driver === 'leaving' ? [] : ['MODALIAS=scsi:t-0x00'];
    return ['DEVTYPE=scsi_device', ...driver, ...alias];
  }
}

function addPathAttributes(directory: Directory, path: ScsiPath): void {
  directory
    .attributes(SCSI_PATH, path)
    .attributes(SCSI_PATH_POLICY, path.path)
    .attributes(MARGINAL, path.path)
    .attributes(FAULT, path.path);
  directory.directory('diag').attributes(PATH_DIAG, path.path);
}
