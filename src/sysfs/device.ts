import type { BlockDevice } from '../multipath/block-device.js';
import type { Devt } from '../topology/devt.js';
import { DEVICE } from './attributes/device.js';
import type { Directory } from './directory.js';
import type { DiskFile } from './disk-file.js';
import type { Roots } from './roots.js';
import type { UeventAction, UeventObject } from './uevents.js';

export interface DeviceOptions {
  /** `block`, `nvme`: the class's or bus's name, and what SUBSYSTEM is in a uevent. */
  readonly subsystem: string;
  /** The device is of a bus (sys/bus), not of a class. */
  readonly bus?: boolean;
  /** Its device number, and whether that is a block device's. */
  readonly devt?: Devt;
  readonly block?: boolean;
  /** DEVNAME, if it has a node in dev. */
  readonly devname?: string;
  /** What the file of that name in `dev` reads and writes. */
  readonly file?: BlockDevice;
  /** The device that it belongs to: the link `device`. */
  readonly parent?: Directory;
  /** It has no uevents (dev_set_uevent_suppress). */
  readonly quiet?: boolean;
  /** KEY=value of its kind, behind MAJOR, MINOR and DEVNAME. */
  readonly env?: () => readonly string[];
}

/** A struct device in the tree: what drivers/base/core.c does for it. */
export class Device implements UeventObject {
  readonly directory: Directory;
  readonly devt: Devt | undefined;
  readonly #roots: Roots;
  readonly #options: DeviceOptions;
  #file: DiskFile | undefined;

  private constructor(roots: Roots, directory: Directory, options: DeviceOptions) {
    this.#roots = roots;
    this.directory = directory;
    this.devt = options.devt;
    this.#options = options;
  }

  /**
   * device_add: `uevent`, `dev`, `subsystem` and `device` in the directory, the links to it from
   * its class or bus and from `sys/dev`, its file in `dev`. Call `added` once its attributes are
   * there, too.
   */
  static add(roots: Roots, directory: Directory, options: DeviceOptions): Device {
    const device = new Device(roots, directory, options);
    directory.attributes(DEVICE, device);
    const owner = (options.bus === true ? roots.bus : roots.classes).directory(options.subsystem);
    directory.link('subsystem', owner);
    if (options.parent !== undefined) directory.link('device', options.parent);
    (options.bus === true ? owner.directory('devices') : owner).link(directory.name, directory);
    if (options.devt !== undefined) {
      const { major, minor } = options.devt;
      const numbers = options.block === true ? 'block' : 'char';
      roots.devNumbers.directory(numbers).link(`${major}:${minor}`, directory);
    }
    if (options.file !== undefined) {
      device.#file = roots.dev.disk(options.devname ?? directory.name, options.file);
    }
    return device;
  }

  /** `/devices/virtual/...`. */
  get devpath(): string {
    const names: string[] = [];
    for (
      let at: Directory | undefined = this.directory;
      at !== undefined && at !== this.#roots.sys;
      at = at.parent
    ) {
      names.push(at.name);
    }
    return `/${names.reverse().join('/')}`;
  }

  get subsystem(): string {
    return this.#options.subsystem;
  }

  get env(): readonly string[] {
    const { devt, devname, env } = this.#options;
    return [
      ...(devt === undefined ? [] : [`MAJOR=${devt.major}`, `MINOR=${devt.minor}`]),
      ...(devname === undefined ? [] : [`DEVNAME=${devname}`]),
      ...(env?.() ?? []),
    ];
  }

  uevent(action: UeventAction, extra: readonly string[] = []): void {
    if (this.#options.quiet !== true) this.#roots.uevents.emit(action, this, extra);
  }

  /** The device is complete: the uevent `add`. */
  added(): void {
    this.uevent('add');
  }

  /** device_del: its file, the directory and every link to it go, then the uevent `remove`. */
  remove(): void {
    if (this.directory.removed) return;
    this.#file?.remove();
    this.directory.remove();
    this.uevent('remove');
  }
}

/** device_add of a device that is complete: the uevent `add` follows at once. */
export function addDevice(roots: Roots, directory: Directory, options: DeviceOptions): Device {
  const device = Device.add(roots, directory, options);
  device.added();
  return device;
}

/** Takes out and forgets what was added for `key`, if anything was. */
export function removeDevice<K>(devices: Map<K, Pick<Device, 'remove'>>, key: K): void {
  devices.get(key)?.remove();
  devices.delete(key);
}
