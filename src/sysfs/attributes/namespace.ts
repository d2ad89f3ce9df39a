import { ACCESS_STATE_NAMES } from '../../multipath/names.js';
import type { Path } from '../../multipath/path.js';
import type { NvmeHead, NvmePath } from '../../topology/nvme.js';
import type { AttributeTable } from '../attribute.js';
import { line } from '../format.js';
import { numaNodes, queueDepth } from './multipath.js';

/** drivers/nvme/host/sysfs.c: nvme_ns_attrs, of the head and of each path. */
export const NAMESPACE: AttributeTable<NvmeHead> = [
  { name: 'wwid', mode: 0o444, show: ({ wwid }) => line(wwid) },
  {
    name: 'uuid',
    mode: 0o444,
    // The NGUID where there is no UUID.
    show: ({ ids }) => line(uuidOf(ids.uuid ?? ids.nguid ?? '')),
    visible: ({ ids }) => (ids.uuid ?? ids.nguid) !== undefined,
  },
  {
    name: 'nguid',
    mode: 0o444,
    show: ({ ids }) => line(uuidOf(ids.nguid ?? '')),
    visible: ({ ids }) => ids.nguid !== undefined,
  },
  {
    name: 'eui',
    mode: 0o444,
    show: ({ ids }) => line(ids.eui64?.replace(/..(?!$)/g, '$& ') ?? ''),
    visible: ({ ids }) => ids.eui64 !== undefined,
  },
  { name: 'nsid', mode: 0o444, show: ({ nsid }) => line(nsid) },
  // The command set: NVM.
  { name: 'csi', mode: 0o444, show: () => line(0) },
  { name: 'metadata_bytes', mode: 0o444, show: () => line(0) },
  // Blocks in use. Nothing is known of thin provisioning: all of them.
  { name: 'nuse', mode: 0o444, show: ({ head, blockSize }) => line(head.capacity / blockSize) },
  // Commands passed through are not logged, and no switch changes that.
  { name: 'passthru_err_log_enabled', mode: 0o444, show: () => line('off') },
];

/** drivers/nvme/host/sysfs.c: nvme_ns_attrs of a path; not there where the controller has no ANA. */
export const NVME_PATH: AttributeTable<NvmePath> = [
  {
    name: 'ana_grpid',
    mode: 0o444,
    show: ({ anaGrpid }) => line(anaGrpid ?? 0),
    visible: hasAna,
  },
  {
    name: 'ana_state',
    mode: 0o444,
    show: ({ path }) => line(ACCESS_STATE_NAMES[path.accessState] ?? 'invalid state'),
    visible: hasAna,
  },
];

export const NVME_PATH_POLICY: AttributeTable<Path> = [
  numaNodes('numa_nodes'),
  queueDepth('queue_depth'),
];

function hasAna({ anaGrpid }: NvmePath): boolean {
  return anaGrpid !== undefined;
}

/** `%pU`. */
function uuidOf(digits: string): string {
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
