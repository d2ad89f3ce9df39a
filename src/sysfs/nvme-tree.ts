import type { NvmeHead, NvmePath, NvmeSubsystem } from '../topology/nvme.js';
import { BLOCK, headGendisk, pathGendisk, QUEUE } from './attributes/block.js';
import { IOPOLICY } from './attributes/iopolicy.js';
import { FAULT, HEAD, HEAD_DIAG, PATH_DIAG, TIMEOUTS } from './attributes/multipath.js';
import {
  CONTROLLER,
  NAMESPACE,
  NVME_PATH,
  NVME_PATH_POLICY,
  SUBSYSTEM,
  SUBSYSTEM_TYPE,
} from './attributes/nvme.js';
import type { Directory } from './directory.js';
import { addGendisk, addToClass, type Roots } from './roots.js';

/** Places a subsystem with its controllers and paths in the tree, and the heads that are live. */
export class NvmeTree {
  readonly #roots: Roots;
  readonly #subsystem: NvmeSubsystem;
  readonly #directory: Directory;
  readonly #paths = new Map<NvmePath, Directory>();

  constructor(roots: Roots, subsystem: NvmeSubsystem) {
    this.#roots = roots;
    this.#subsystem = subsystem;
    this.#directory = roots.devices
      .path('virtual', 'nvme-subsystem', subsystem.name)
      .attributes(IOPOLICY, subsystem)
      .attributes(SUBSYSTEM, subsystem)
      .attributes(SUBSYSTEM_TYPE, subsystem);
    addToClass(this.#directory, roots.classes.directory('nvme-subsystem'));
    for (const { paths } of subsystem.heads) for (const path of paths) this.#addPath(path);
  }

  /** nvme_mpath_set_live: the head's disk appears. */
  addHead(head: NvmeHead): void {
    const { dev, departures } = this.#roots;
    const directory = this.#directory
      .directory(head.name)
      .attributes(BLOCK, headGendisk(head))
      .attributes(NAMESPACE, head)
      .attributes(HEAD, head.head);
    directory.directory('queue').attributes(QUEUE, headGendisk(head));
    directory.directory('diag').attributes(HEAD_DIAG, head.head);
    directory.link('device', this.#directory);
    addGendisk(this.#roots, directory);
    const multipath = directory.directory('multipath');
    for (const path of head.paths) {
      const target = this.#paths.get(path);
      if (target !== undefined) multipath.link(path.name, target);
    }
    const file = dev.disk(head.name, head.head);
    departures.when(head.head, () => {
      file.remove();
      directory.remove();
      this.#removeIfEmpty();
    });
  }

  #addPath(path: NvmePath): void {
    const { devices, classes, departures } = this.#roots;
    const { controller, disk } = path;
    const parent = devices
      .path('virtual', 'nvme-fabrics', 'ctl', controller.name)
      .attributes(CONTROLLER, controller)
      .attributes(SUBSYSTEM, controller.subsystem)
      .attributes(TIMEOUTS, controller.controller);
    addToClass(parent, classes.directory('nvme'));
    this.#directory.link(controller.name, parent);
    const directory = parent
      .directory(path.name)
      .attributes(BLOCK, pathGendisk(path))
      .attributes(NAMESPACE, disk)
      .attributes(NVME_PATH, path)
      .attributes(NVME_PATH_POLICY, path.path)
      .attributes(FAULT, path.path);
    directory.directory('queue').attributes(QUEUE, pathGendisk(path));
    directory.directory('diag').attributes(PATH_DIAG, path.path);
    directory.link('device', parent);
    addGendisk(this.#roots, directory);
    this.#paths.set(path, directory);
    departures.when(path.path, () => {
      this.#paths.delete(path);
      parent.remove();
      this.#removeIfEmpty();
    });
  }

  #removeIfEmpty(): void {
    const { heads, controllers } = this.#subsystem;
    if (heads.length === 0 && controllers.length === 0) this.#directory.remove();
  }
}
