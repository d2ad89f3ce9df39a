import { ACCESS_STATE_NAMES } from '../../multipath/names.js';
import type { Path } from '../../multipath/path.js';
import type { NvmeHead, NvmePath } from '../../topology/nvme.js';
import type { AttributeTable } from '../attribute.js';
import { line } from '../format.js';
import { matchString } from '../parse.js';
import { numaNodes, queueDepth } from './multipath.js';

/** drivers/nvme/host/sysfs.c: nvme_ns_attrs, of the head and of each path. */
export const NAMESPACE: AttributeTable<NvmeHead> = [
  { name: 'wwid', mode: 0o444, show: ({ wwid }) => line(wwid) },
  {
    name: 'uuid',
    mode: 0o444,
    // The NGUID where there is no UUID.
    show: ({ wwid }) => line(uuid(wwid) ?? nguid(wwid) ?? ''),
    visible: ({ wwid }) => (uuid(wwid) ?? nguid(wwid)) !== undefined,
  },
  {
    name: 'nguid',
    mode: 0o444,
    show: ({ wwid }) => line(nguid(wwid) ?? ''),
    visible: ({ wwid }) => nguid(wwid) !== undefined,
  },
  {
    name: 'eui',
    mode: 0o444,
    show: ({ wwid }) => line(eui64(wwid) ?? ''),
    visible: ({ wwid }) => eui64(wwid) !== undefined,
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

/** ana_state is writable: behind a file there is no array to ask, so the user says what it is. */
export const NVME_PATH: AttributeTable<NvmePath> = [
  { name: 'ana_grpid', mode: 0o444, show: ({ anaGrpid }) => line(anaGrpid) },
  {
    name: 'ana_state',
    mode: 0o644,
    show: ({ path }) => line(ACCESS_STATE_NAMES[path.accessState] ?? 'invalid state'),
    store: ({ path }, text) => {
      const state = matchString(ACCESS_STATE_NAMES, text);
      if (state < 0) return state;
      path.accessState = state;
      return 0;
    },
  },
];

export const NVME_PATH_POLICY: AttributeTable<Path> = [
  numaNodes('numa_nodes'),
  queueDepth('queue_depth'),
];

/** The parts that a wwid was made from (wwid_show). */
function uuid(wwid: string): string | undefined {
  return /^uuid\.(.+)$/.exec(wwid)?.[1];
}

/** `%pU`. */
function nguid(wwid: string): string | undefined {
  return /^eui\.[0-9a-f]{32}$/.test(wwid)
    ? wwid.slice(4).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
    : undefined;
}

/** `%8ph`. */
function eui64(wwid: string): string | undefined {
  return /^eui\.[0-9a-f]{16}$/.test(wwid) ? wwid.slice(4).replace(/..(?!$)/g, '$& ') : undefined;
}
