import type { EventEmitter } from 'eventemitter3';
import type { TopologyEvents } from '../topology/events.js';
import { ScsiHead, type ScsiHost, ScsiMpathDevice, ScsiPath, SD_MINORS } from '../topology/scsi.js';
import { HEAD_DIAG } from './attributes/diag.js';
import { IOPOLICY } from './attributes/iopolicy.js';
import { HEAD } from './attributes/multipath.js';
import { SCSI_MPATH_DEVICE } from './attributes/scsi.js';
import { SCSI_HOST } from './attributes/scsi-host.js';
import { SCSI_HOST_QUEUES, type ScsiQueues } from './attributes/scsi-queues.js';
import { addDevice, removeDevice, type Device } from './device.js';
import { addHeadDisk, diskResized, removeHeadDisk } from './gendisk.js';
import type { Roots } from './roots.js';
import { ScsiDeviceEntry } from './scsi-device.js';

/** Keeps the SCSI part of the tree as the topology is. */
export class ScsiTree {
  readonly #roots: Roots;
  readonly #queues: ScsiQueues;
  /** `scsi_mpath_device0`. */
  readonly #mpathDevices = new Map<ScsiMpathDevice, Device>();
  /** `scsi_mpath_disk0`. */
  readonly #mpathDisks = new Map<ScsiHead, Device>();
  /** `host0`, and its device of the class scsi_host. */
  readonly #hosts = new Map<ScsiHost, readonly [Device, Device]>();
  readonly #paths = new Map<ScsiPath, ScsiDeviceEntry>();

  constructor(roots: Roots, topology: EventEmitter<TopologyEvents>, queues: ScsiQueues) {
    this.#roots = roots;
    this.#queues = queues;
    for (const name of CLASSES) roots.classes.directory(name);
    roots.bus.path('scsi', 'devices');
    topology.on('scsiDeviceAdded', (device) => this.#addMpathDevice(device));
    topology.on('scsiDeviceRemoved', (device) => removeDevice(this.#mpathDevices, device));
    topology.on('hostAdded', (host) => this.#addHost(host));
    topology.on('hostRemoved', (host) => this.#removeHost(host));
    topology.on('scsiPathAdded', (path) => this.#addPath(path));
    topology.on('scsiPathRemoved', (path) => this.#removePath(path));
    topology.on('scsiHeadLive', (head) => this.#addHead(head));
    topology.on('scsiHeadRemoved', (head) => this.#removeHead(head));
    topology.on('controllerState', (owner) => {
      if (owner instanceof ScsiPath) this.#stateChanged(owner, 'state');
    });
    topology.on('accessState', (path) => {
      if (path instanceof ScsiPath) this.#accessStateChanged(path);
    });
    topology.on('marginal', (path) => {
      if (!(path instanceof ScsiPath)) return;
      this.#paths.get(path)?.disk.notify('marginal');
      this.#usersChanged(path.disk);
    });
    topology.on('iopolicy', (owner) => {
      if (owner instanceof ScsiMpathDevice) this.#iopolicyChanged(owner);
    });
    topology.on('resized', (disk) => {
      if (disk instanceof ScsiHead) this.#resized(disk);
    });
  }

  #addMpathDevice(device: ScsiMpathDevice): void {
    const directory = this.#roots.devices
      .path('virtual', 'scsi_mpath_device', `scsi_mpath_device${device.number}`)
      .attributes(IOPOLICY, device)
      .attributes(SCSI_MPATH_DEVICE, device);
    directory.directory('multipath');
    this.#mpathDevices.set(
      device,
      addDevice(this.#roots, directory, { subsystem: 'scsi_mpath_device' }),
    );
  }

  /** scsi_add_host_with_dma. */
  #addHost(host: ScsiHost): void {
    const name = `host${host.number}`;
    const directory = this.#roots.devices.path('platform', name);
    const device = addDevice(this.#roots, directory, {
      subsystem: 'scsi',
      bus: true,
      env: () => ['DEVTYPE=scsi_host'],
    });
    const classDirectory = directory
      .path('scsi_host', name)
      .attributes(SCSI_HOST, host)
      .attributes(SCSI_HOST_QUEUES, this.#queues);
    const options = { subsystem: 'scsi_host', parent: directory };
    this.#hosts.set(host, [device, addDevice(this.#roots, classDirectory, options)]);
  }

  #removePath(path: ScsiPath): void {
    removeDevice(this.#paths, path);
    this.#usersChanged(path.disk);
  }

  #removeHost(host: ScsiHost): void {
    for (const device of [...(this.#hosts.get(host) ?? [])].reverse()) device.remove();
    this.#hosts.delete(host);
  }

  #addPath(path: ScsiPath): void {
    const host = this.#hosts.get(path.host)?.[0].directory;
    if (host === undefined) return;
    const entry = new ScsiDeviceEntry(this.#roots, this.#queues, host, path);
    this.#paths.set(path, entry);
    const { directory } = entry;
    this.#mpathDevices
      .get(path.disk.device)
      ?.directory.directory('multipath')
      .link(directory.name, directory);
    this.#linkPath(path);
  }

  /** mpath_device_set_live, with the head's first path that is live. */
  #addHead(disk: ScsiHead): void {
    const { devices } = this.#roots;
    const name = `scsi_mpath_disk${disk.device.number}`;
    const parent = addDevice(this.#roots, devices.path('virtual', 'scsi_mpath_disk', name), {
      subsystem: 'scsi_mpath_disk',
    });
    this.#mpathDisks.set(disk, parent);
    addHeadDisk(this.#roots, disk, {
      parent: parent.directory,
      range: SD_MINORS,
      attributes: (directory) => {
        directory.attributes(HEAD, disk.head).directory('multipath');
        directory.directory('diag').attributes(HEAD_DIAG, disk.head);
      },
    });
    for (const path of disk.paths) this.#linkPath(path);
  }

  #removeHead(disk: ScsiHead): void {
    removeHeadDisk(this.#roots, disk);
    removeDevice(this.#mpathDisks, disk);
  }

  /** mpath_add_sysfs_link: once both the head's disk and the path's are there. */
  #linkPath(path: ScsiPath): void {
    const head = this.#roots.disks.get(path.disk)?.directory;
    const disk = this.#paths.get(path)?.disk;
    if (head === undefined || disk === undefined) return;
    head.directory('multipath').link(disk.name, disk);
    this.#usersChanged(path.disk);
  }

  #stateChanged(path: ScsiPath, attribute: string): void {
    this.#paths.get(path)?.notify(attribute);
    this.#usersChanged(path.disk);
  }

  #accessStateChanged(path: ScsiPath): void {
    this.#stateChanged(path, 'access_state');
    if (path.opened.aluaState !== undefined) this.#paths.get(path)?.accessStateReported();
  }

  #iopolicyChanged(device: ScsiMpathDevice): void {
    this.#mpathDevices.get(device)?.directory.notify('iopolicy');
    this.#usersChanged(device.disk);
  }

  #resized(disk: ScsiHead): void {
    for (const path of disk.paths) this.#paths.get(path)?.disk.notify('size');
    diskResized(this.#roots, disk);
  }

  /** Which nodes use which path of the head may be another now, and what they have in flight. */
  #usersChanged(disk: ScsiHead): void {
    for (const path of disk.paths) {
      this.#paths.get(path)?.disk.notify('mpath_numa_nodes', 'mpath_queue_depth');
    }
  }
}

const CLASSES = ['scsi_device', 'scsi_disk', 'scsi_host', 'scsi_mpath_device', 'scsi_mpath_disk'];
