/** The kernel's own view of NVMe: what mpathfs has to agree with. */
import { join } from 'node:path';
import { until } from '../../support/child.js';
import { list, read } from './sys.js';

export interface Namespace {
  /** `nvme0n1`; with the kernel's own multipath also hidden ones, `nvme0c1n1`. */
  readonly name: string;
  readonly wwid: string;
  readonly nsid: number;
  /** Of its controller; that of a head, which has none, is ''. */
  readonly address: string;
}

export function namespaces(): readonly Namespace[] {
  return list('/sys/block')
    .filter((name) => name.startsWith('nvme'))
    .map((name) => {
      const directory = join('/sys/block', name);
      const controller = list(join(directory, 'device')).includes('address');
      return {
        name,
        wwid: read(join(directory, 'wwid')),
        nsid: Number(read(join(directory, 'nsid'))),
        address: controller ? read(join(directory, 'device/address')) : '',
      };
    });
}

/** Waits until the kernel has found that many disks. */
export async function untilNamespaces(count: number): Promise<readonly Namespace[]> {
  await until(`${count} NVMe disks`, () => namespaces().length === count, 30_000);
  return namespaces();
}
