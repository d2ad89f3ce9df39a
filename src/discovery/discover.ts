/** Finds the disks of this machine that paths may be made of: NVMe namespaces and SCSI disks. */
import { dirname, join } from 'node:path';
import { DISK_KEYS } from '../config/schema.js';
import { kernelDevice } from '../drivers/kernel-device.js';
import { attribute, numberAttribute, resolved } from '../drivers/sysfs.js';
import { list } from './attributes.js';
import type { FoundDevice } from './found-device.js';
import { naturalOrder } from './natural-order.js';
import { usedElsewhere } from './found-disks.js';
import { kernelHead, namespace } from './nvme-disk.js';
import { scsiDisk } from './scsi-disk.js';
import { readUsage, usedBy, type BlockNode, type Usage } from './usage.js';

/** Where the machine's trees are; tests have trees of their own. */
export interface Roots {
  readonly sys: string;
  readonly proc: string;
  readonly dev: string;
}

export const MACHINE: Roots = { sys: '/sys', proc: '/proc', dev: '/dev' };

/** What a kind of disk knows of itself. */
export type KindOfDisk = Pick<
  FoundDevice,
  'kind' | 'wwid' | 'address' | 'model' | 'serial' | 'namespace'
> & {
  /** The device that has the NUMA node, or a parent of it. */
  readonly directory: string;
  readonly inUse: boolean;
  /** Why it can't be a path, for reasons of its kind. */
  readonly unusable: string | undefined;
};

/** All of them, NVMe first, in natural order. */
export function discover(roots: Roots): FoundDevice[] {
  const found = [...discovery(roots).all()].sort(
    (a, b) =>
      (a.kind === b.kind ? 0 : a.kind === 'nvme' ? -1 : 1) || naturalOrder(a.device, b.device),
  );
  return found.map((device) => ({
    ...device,
    unusable: device.unusable ?? usedElsewhere(device, found),
  }));
}

/** What can be asked of a machine. */
export interface Discovery {
  /**
   * Every device, one by one: there may be other things to do in between. Nothing is compared
   * with others.
   */
  all(): Iterable<FoundDevice>;
  /** The disk with this name in /sys/block; undefined where that is no NVMe or SCSI disk. */
  one(name: string): FoundDevice | undefined;
}

export function discovery(roots: Roots): Discovery {
  return {
    all: () => devices(roots),
    one: (name) => device(roots, name, readUsage(roots.proc)),
  };
}

function* devices(roots: Roots): Generator<FoundDevice> {
  const usage = readUsage(roots.proc);
  for (const name of list(`${roots.sys}/block`)) {
    const found = device(roots, name, usage);
    if (found !== undefined) yield found;
  }
}

function device(roots: Roots, name: string, usage: Usage): FoundDevice | undefined {
  const { sys } = roots;
  const directory = resolved(`${sys}/block/${name}`);
  if (directory === undefined || numberAttribute(`${directory}/removable`) === 1) return undefined;
  // The hidden paths of the kernel's own multipath have no number.
  const devt = /^(\d+):(\d+)$/.exec(attribute(`${directory}/dev`) ?? '');
  if (devt === null) return undefined;
  const number = { major: Number(devt[1]), minor: Number(devt[2]) };
  const disk = kindOf(sys, name, directory, number);
  if (disk === undefined) return undefined;
  const size = (numberAttribute(`${directory}/size`) ?? 0) * 512;
  const { kind, wwid, address, model, serial, namespace } = disk;
  const used = nodesOf(roots, name, directory)
    .map((node) => usedBy(node, usage, sys))
    .find((reason) => reason !== undefined);
  return {
    ...{ kind, device: nodeName(roots, name), wwid, address, devt: number },
    diskseq: numberAttribute(`${directory}/diskseq`),
    size,
    numaNode: numaNode(disk.directory, sys),
    ...{ model, serial, namespace },
    inUse: disk.inUse || used !== undefined,
    unusable: disk.unusable ?? used ?? unfit(disk, size, numberAttribute(`${directory}/ro`) === 1),
  };
}

function kindOf(
  sys: string,
  name: string,
  directory: string,
  devt: FoundDevice['devt'],
): KindOfDisk | undefined {
  const parent = resolved(`${directory}/device`);
  if (parent === undefined) return undefined;
  switch (kernelDevice(sys, devt)) {
    case 'nvme':
      return namespace(directory, parent);
    case 'nvme-head':
      return kernelHead(sys, name, directory, parent);
    case 'scsi':
      return scsiDisk(parent);
    case 'other':
      return undefined;
  }
}

function unfit({ kind, wwid }: KindOfDisk, size: number, readOnly: boolean): string | undefined {
  if (size === 0) return 'its size is 0: it has no medium, or is not ready';
  if (readOnly) {
    return 'it is read-only; have the array take writes, or see blockdev --setrw';
  }
  if (wwid === undefined) {
    return 'it has no unique id, so its paths can not be told; configure it by hand, with a wwid';
  }
  if (DISK_KEYS[kind]['wwid']?.safeParse(wwid).success === false) {
    return 'its unique id is not one that a configuration takes; configure it by hand, with a wwid';
  }
  return undefined;
}

/** The disk itself and its partitions. */
function nodesOf(roots: Roots, name: string, directory: string): BlockNode[] {
  const partitions = list(directory).filter(
    (entry) => attribute(`${directory}/${entry}/partition`) !== undefined,
  );
  return [
    { name, device: nodeName(roots, name), directory },
    ...partitions.map((partition) => ({
      name: partition,
      device: nodeName(roots, partition),
      directory: join(directory, partition),
    })),
  ];
}

/** In sysfs a `/` of a name is a `!`. */
function nodeName({ dev }: Roots, name: string): string {
  return join(dev, name.replaceAll('!', '/'));
}

/** Of the device or the nearest of its parents that has one. */
function numaNode(directory: string, sys: string): number {
  const top = resolved(sys);
  for (let at = directory; at !== top && at !== dirname(at); at = dirname(at)) {
    const node = numberAttribute(`${at}/numa_node`);
    if (node !== undefined) return node;
  }
  return -1;
}
