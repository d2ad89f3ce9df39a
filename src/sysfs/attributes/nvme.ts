import { ACCESS_STATE_NAMES, CONTROLLER_STATE_NAMES } from '../../multipath/names.js';
import type { Path } from '../../multipath/path.js';
import type { NvmeController, NvmeHead, NvmePath, NvmeSubsystem } from '../../topology/nvme.js';
import type { AttributeTable } from '../attribute.js';
import { line, padded } from '../format.js';
import { matchString } from '../parse.js';
import { numaNodes, queueDepth } from './multipath.js';

/** drivers/nvme/host/sysfs.c. Identify strings have the width of their field. */
export const SUBSYSTEM: AttributeTable<NvmeSubsystem> = [
  { name: 'model', mode: 0o444, show: ({ model }) => padded(model, 40) },
  { name: 'serial', mode: 0o444, show: ({ serial }) => padded(serial, 20) },
  { name: 'firmware_rev', mode: 0o444, show: ({ firmwareRev }) => padded(firmwareRev, 8) },
  { name: 'subsysnqn', mode: 0o444, show: ({ subsysnqn }) => line(subsysnqn) },
];

export const SUBSYSTEM_TYPE: AttributeTable<NvmeSubsystem> = [
  { name: 'subsystype', mode: 0o444, show: () => line('nvm') },
];

export const CONTROLLER: AttributeTable<NvmeController> = [
  { name: 'state', mode: 0o444, show: ({ controller }) => stateOf(controller.state) },
  { name: 'transport', mode: 0o444, show: () => line('loop') },
  { name: 'address', mode: 0o444, show: ({ device }) => line(`traddr=${device}`) },
  { name: 'cntlid', mode: 0o444, show: ({ cntlid }) => line(cntlid) },
  { name: 'cntrltype', mode: 0o444, show: () => line('io') },
  { name: 'dctype', mode: 0o444, show: () => line('none') },
  { name: 'numa_node', mode: 0o444, show: ({ numaNode }) => line(numaNode) },
];

/** Of the head and of each path. */
export const NAMESPACE: AttributeTable<NvmeHead> = [
  { name: 'wwid', mode: 0o444, show: ({ wwid }) => line(wwid) },
  { name: 'nsid', mode: 0o444, show: ({ nsid }) => line(nsid) },
  {
    name: 'uuid',
    mode: 0o444,
    show: ({ wwid }) => line(wwid.slice(UUID.length)),
    visible: ({ wwid }) => wwid.startsWith(UUID),
  },
];

const UUID = 'uuid.';

/**
 * Each path is an ANA group of its own. ana_state is writable: behind a file there is no
 * array to ask, so the user says what it is.
 */
export const NVME_PATH: AttributeTable<NvmePath> = [
  { name: 'state', mode: 0o444, show: ({ controller }) => stateOf(controller.controller.state) },
  { name: 'ana_grpid', mode: 0o444, show: ({ controller }) => line(controller.cntlid) },
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

function stateOf(state: number): string {
  return line(CONTROLLER_STATE_NAMES[state] ?? 'unknown state');
}
