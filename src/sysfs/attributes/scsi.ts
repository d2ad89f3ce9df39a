import type { Controller } from '../../multipath/controller.js';
import { AccessState, ControllerState } from '../../multipath/names.js';
import type { Path } from '../../multipath/path.js';
import { Errno } from '../../shared/errno.js';
import type { ScsiHead, ScsiMpathDevice, ScsiPath } from '../../topology/scsi.js';
import type { AttributeTable } from '../attribute.js';
import { line, padded } from '../format.js';
import { streq } from '../parse.js';
import { numaNodes, queueDepth } from './multipath.js';

/** drivers/scsi/scsi_multipath.c. */
export const SCSI_MPATH_DEVICE: AttributeTable<ScsiMpathDevice> = [
  { name: 'vpd_id', mode: 0o444, show: ({ disk }) => line(disk.wwid) },
];

export const SCSI_HEAD: AttributeTable<ScsiHead> = [
  { name: 'wwid', mode: 0o444, show: ({ wwid }) => line(wwid) },
];

/**
 * The kernel's scsi_access_state names, and the core's state for each; the first name of a
 * state is the one shown. It has none for `lba-dependent`.
 */
const SCSI_ACCESS_STATES = new Map<string, number>([
  ['active/optimized', AccessState.OPTIMIZED],
  ['active/non-optimized', AccessState.NONOPTIMIZED],
  ['standby', AccessState.INACCESSIBLE],
  ['unavailable', AccessState.INACCESSIBLE],
  ['offline', AccessState.PERSISTENT_LOSS],
  ['transitioning', AccessState.CHANGE],
]);

/** drivers/scsi/scsi_sysfs.c. access_state is writable here, as ana_state is. */
export const SCSI_DEVICE: AttributeTable<ScsiPath> = [
  { name: 'type', mode: 0o444, show: () => line(0) },
  { name: 'vendor', mode: 0o444, show: () => padded('mpathfs', 8) },
  { name: 'model', mode: 0o444, show: ({ disk }) => padded(disk.model, 16) },
  { name: 'rev', mode: 0o444, show: ({ disk }) => padded(disk.revision, 4) },
  { name: 'wwid', mode: 0o444, show: ({ disk }) => line(disk.wwid) },
  { name: 'state', mode: 0o444, show: ({ controller }) => line(sdevState(controller)) },
  {
    name: 'access_state',
    mode: 0o644,
    show: ({ path }) => line(accessStateName(path.accessState)),
    store: ({ path }, text) => {
      const state = [...SCSI_ACCESS_STATES].find(([name]) => streq(text, name))?.[1];
      if (state === undefined) return -Errno.EINVAL;
      path.accessState = state;
      return 0;
    },
  },
];

/** drivers/scsi/sd.c: the path's hidden disk. */
export const SCSI_PATH: AttributeTable<ScsiPath> = [
  { name: 'state', mode: 0o444, show: ({ controller }) => line(sdevState(controller)) },
  { name: 'mpath_dev', mode: 0o444, show: ({ disk }) => line(disk.dev) },
];

export const SCSI_PATH_POLICY: AttributeTable<Path> = [
  numaNodes('mpath_numa_nodes'),
  queueDepth('mpath_queue_depth'),
];

/** What a scsi_device's state is while its transport is in this state (sdev_states). */
export function sdevState({
  state,
  failfastExpired,
}: Pick<Controller, 'state' | 'failfastExpired'>): string {
  switch (state) {
    case ControllerState.NEW:
      return 'created';
    case ControllerState.LIVE:
      return 'running';
    case ControllerState.RESETTING:
    case ControllerState.CONNECTING:
      return failfastExpired ? 'transport-offline' : 'blocked';
    case ControllerState.DELETING:
      return 'cancel';
    default:
      return 'deleted';
  }
}

function accessStateName(state: number): string {
  return [...SCSI_ACCESS_STATES].find(([, known]) => known === state)?.[0] ?? '(unknown)';
}
