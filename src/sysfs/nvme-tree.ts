import type { EventEmitter } from 'eventemitter3';
import { ControllerState } from '../multipath/names.js';
import { NvmeController, NvmeHead, NvmePath, NvmeSubsystem } from '../topology/nvme.js';
import type { TopologyEvents } from '../topology/events.js';
import type { MountInfo } from './attributes/about.js';
import { CONTROLLER_DIAG, HEAD_DIAG, PATH_DIAG } from './attributes/diag.js';
import { IOPOLICY } from './attributes/iopolicy.js';
import { FAULT, HEAD, MARGINAL, TIMEOUTS } from './attributes/multipath.js';
import { NAMESPACE, NVME_PATH, NVME_PATH_POLICY } from './attributes/namespace.js';
import {
  CONTROLLER,
  CONTROLLER_QUEUES,
  controllerEnv,
  IDENTITY,
  SUBSYSTEM,
} from './attributes/nvme.js';
import { addDevice, Device, removeDevice } from './device.js';
import type { Directory } from './directory.js';
import { addHeadDisk, addPathDisk, diskResized, diskUevent, removeHeadDisk } from './gendisk.js';
import type { Roots } from './roots.js';

/**
 * Keeps the NVMe part of the tree as the topology is: `nvme-subsystem` with the heads, `ctl`
 * with the controllers and paths.
 */
export class NvmeTree {
  readonly #roots: Roots;
  readonly #info: MountInfo;
  /** `sys/devices/virtual/nvme-fabrics/ctl`. */
  readonly #ctl: Directory;
  readonly #subsystems = new Map<NvmeSubsystem, Device>();
  readonly #controllers = new Map<NvmeController, Device>();
  readonly #paths = new Map<NvmePath, Device>();
  readonly #generics = new Map<NvmeHead, Device>();

  constructor(roots: Roots, topology: EventEmitter<TopologyEvents>, info: MountInfo) {
    this.#roots = roots;
    this.#info = info;
    for (const name of ['nvme', 'nvme-generic', 'nvme-subsystem']) roots.classes.directory(name);
    this.#ctl = roots.devices.path('virtual', 'nvme-fabrics', 'ctl');
    Device.add(roots, this.#ctl, { subsystem: 'nvme-fabrics' });
    topology.on('subsystemAdded', (subsystem) => this.#addSubsystem(subsystem));
    topology.on('subsystemRemoved', (subsystem) => removeDevice(this.#subsystems, subsystem));
    topology.on('controllerAdded', (controller) => this.#addController(controller));
    topology.on('controllerRemoved', (controller) => removeDevice(this.#controllers, controller));
    topology.on('nvmePathAdded', (path) => this.#addPath(path));
    topology.on('nvmePathRemoved', (path) => this.#removePath(path));
    topology.on('nvmeHeadLive', (head) => this.#addHead(head));
    topology.on('nvmeHeadRemoved', (head) => this.#removeHead(head));
    topology.on('controllerState', (owner) => {
      if (owner instanceof NvmeController) this.#stateChanged(owner);
    });
    topology.on('accessState', (path) => {
      if (path instanceof NvmePath) this.#pathChanged(path, 'ana_state');
    });
    topology.on('marginal', (path) => {
      if (path instanceof NvmePath) this.#pathChanged(path, 'marginal');
    });
    topology.on('iopolicy', (owner) => {
      if (owner instanceof NvmeSubsystem) this.#iopolicyChanged(owner);
    });
    topology.on('resized', (disk) => {
      if (disk instanceof NvmeHead) this.#resized(disk);
    });
  }

  /** nvme_init_subsystem. */
  #addSubsystem(subsystem: NvmeSubsystem): void {
    const directory = this.#roots.devices
      .path('virtual', 'nvme-subsystem', subsystem.name)
      .attributes(IDENTITY, subsystem)
      .attributes(SUBSYSTEM, subsystem)
      .attributes(IOPOLICY, subsystem);
    const device = addDevice(this.#roots, directory, { subsystem: 'nvme-subsystem' });
    this.#subsystems.set(subsystem, device);
    for (const controller of subsystem.controllers) this.#linkController(controller);
  }

  /** nvme_add_ctrl; then nvme_init_subsystem links it. */
  #addController(controller: NvmeController): void {
    const directory = this.#ctl
      .directory(controller.name)
      .attributes(CONTROLLER, controller)
      .attributes(CONTROLLER_QUEUES, this.#info)
      .attributes(IDENTITY, controller.subsystem)
      .attributes(TIMEOUTS, controller.controller);
    directory.directory('diag').attributes(CONTROLLER_DIAG, controller.controller);
    const device = addDevice(this.#roots, directory, {
      subsystem: 'nvme',
      devt: controller.devt,
      devname: controller.name,
      parent: this.#ctl,
      env: () => controllerEnv(controller),
    });
    this.#controllers.set(controller, device);
    this.#linkController(controller);
  }

  #linkController(controller: NvmeController): void {
    const subsystem = this.#subsystems.get(controller.subsystem)?.directory;
    const directory = this.#controllers.get(controller)?.directory;
    if (subsystem === undefined || directory === undefined) return;
    if (subsystem.child(controller.name) === undefined) subsystem.link(controller.name, directory);
  }

  /** nvme_alloc_ns. */
  #addPath(path: NvmePath): void {
    const parent = this.#controllers.get(path.controller)?.directory;
    if (parent === undefined) return;
    const device = addPathDisk(this.#roots, path, {
      parent,
      attributes: (directory) => {
        directory
          .attributes(NAMESPACE, path.disk)
          .attributes(NVME_PATH, path)
          .attributes(NVME_PATH_POLICY, path.path)
          .attributes(MARGINAL, path.path)
          .attributes(FAULT, path.path);
        directory.directory('diag').attributes(PATH_DIAG, path.path);
      },
    });
    this.#paths.set(path, device);
    this.#linkPath(path);
  }

  /** nvme_ns_remove: nvme_mpath_remove_sysfs_link, then del_gendisk; the link goes with its target. */
  #removePath(path: NvmePath): void {
    removeDevice(this.#paths, path);
    this.#usersChanged(path.disk);
  }

  /** nvme_mpath_set_live: the disk, the character device, the links to the paths. */
  #addHead(head: NvmeHead): void {
    const parent = this.#subsystems.get(head.subsystem)?.directory;
    if (parent === undefined) return;
    addHeadDisk(this.#roots, head, {
      parent,
      attributes: (directory) => {
        directory.attributes(NAMESPACE, head).attributes(HEAD, head.head);
        directory.directory('diag').attributes(HEAD_DIAG, head.head);
        directory.directory('multipath');
      },
    });
    const name = head.name.replace('nvme', 'ng');
    const generic = addDevice(this.#roots, parent.directory(name), {
      subsystem: 'nvme-generic',
      devt: head.generic,
      devname: name,
      parent,
    });
    this.#generics.set(head, generic);
    for (const path of head.paths) this.#linkPath(path);
  }

  /** nvme_mpath_add_sysfs_link: once the head and the path are both there. */
  #linkPath(path: NvmePath): void {
    const multipath = this.#roots.disks.get(path.disk)?.directory.directory('multipath');
    const target = this.#paths.get(path)?.directory;
    if (multipath === undefined || target === undefined) return;
    multipath.link(path.name, target);
    this.#usersChanged(path.disk);
  }

  /** nvme_mpath_remove_disk. */
  #removeHead(head: NvmeHead): void {
    removeDevice(this.#generics, head);
    removeHeadDisk(this.#roots, head);
  }

  #stateChanged(controller: NvmeController): void {
    const device = this.#controllers.get(controller);
    if (device === undefined) return;
    device.directory.notify('state');
    for (const { disk } of controller.paths) this.#usersChanged(disk);
    if (controller.controller.state !== ControllerState.LIVE) return;
    // nvme_change_ctrl_state: nvme_kick_requeue_lists; then nvme_start_ctrl.
    for (const { disk } of controller.paths) diskUevent(this.#roots, disk, 'change');
    device.uevent('change', ['NVME_EVENT=connected']);
  }

  /** Of the access state the kernel sends no uevent either. */
  #pathChanged(path: NvmePath, attribute: string): void {
    this.#paths.get(path)?.directory.notify(attribute);
    this.#usersChanged(path.disk);
  }

  #iopolicyChanged(subsystem: NvmeSubsystem): void {
    this.#subsystems.get(subsystem)?.directory.notify('iopolicy');
    for (const head of subsystem.heads) this.#usersChanged(head);
  }

  #resized(head: NvmeHead): void {
    for (const path of head.paths) this.#paths.get(path)?.directory.notify('size');
    diskResized(this.#roots, head);
  }

  /** Which nodes use which path of the head may be another now, and what they have in flight. */
  #usersChanged(head: NvmeHead): void {
    for (const path of head.paths) {
      this.#paths.get(path)?.directory.notify('numa_nodes', 'queue_depth');
    }
  }
}
