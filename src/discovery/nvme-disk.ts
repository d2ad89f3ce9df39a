/** NVMe namespaces in sysfs (drivers/nvme/host/sysfs.c). */
import { basename } from 'node:path';
import { TRANSPORT_TYPES } from '../drivers/nvme/transport-type.js';
import { attribute, numberAttribute, resolved } from '../drivers/sysfs.js';
import { label, list } from './attributes.js';
import type { KindOfDisk } from './discover.js';
import { naturalOrder } from './natural-order.js';

/** A namespace as one controller has it: `directory` of the disk, `parent` of the controller. */
export function namespace(directory: string, parent: string): KindOfDisk {
  const transport = attribute(`${parent}/transport`);
  return {
    kind: 'nvme',
    wwid: wwidOf(directory),
    address: label(`${parent}/address`),
    model: label(`${parent}/model`),
    serial: label(`${parent}/serial`),
    namespace: {
      subsysnqn: label(`${parent}/subsysnqn`),
      nsid: numberAttribute(`${directory}/nsid`) ?? 0,
      cntlid: numberAttribute(`${parent}/cntlid`) ?? 0,
      transport: TRANSPORT_TYPES.find((type) => type === transport) ?? 'pcie',
      controller: basename(parent),
    },
    directory: parent,
    inUse: false,
    unusable: undefined,
  };
}

/**
 * The head disk of the kernel's own multipath, `parent` its subsystem. Its paths are hidden
 * (drivers/nvme/host/multipath.c).
 */
export function kernelHead(
  sys: string,
  name: string,
  directory: string,
  parent: string,
): KindOfDisk {
  const paths = hiddenPaths(sys, name);
  const over = paths.length === 0 ? '' : `, over ${paths.join(' and ')}`;
  return {
    kind: 'nvme',
    wwid: wwidOf(directory),
    address: '',
    model: label(`${parent}/model`),
    serial: label(`${parent}/serial`),
    namespace: undefined,
    directory: parent,
    inUse: true,
    unusable:
      `the kernel multipaths it itself${over}; ` +
      `nvme_core.multipath=N on the kernel's command line gives its paths to mpathfs`,
  };
}

/** `nvme0c1n2 (0000:01:00.0)` of head `nvme0n2`. */
function hiddenPaths(sys: string, head: string): string[] {
  const [, subsystem, number] = /^nvme(\d+)n(\d+)$/.exec(head) ?? [];
  if (subsystem === undefined || number === undefined) return [];
  const pattern = new RegExp(`^nvme${subsystem}c\\d+n${number}$`);
  return list(`${sys}/block`)
    .filter((name) => pattern.test(name))
    .sort(naturalOrder)
    .map((name) => {
      const controller = resolved(`${sys}/block/${name}/device`);
      return controller === undefined ? name : `${name} (${label(`${controller}/address`)})`;
    });
}

function wwidOf(directory: string): string | undefined {
  return attribute(`${directory}/wwid`) || undefined;
}
