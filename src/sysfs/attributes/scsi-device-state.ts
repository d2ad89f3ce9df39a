import type { Controller } from '../../multipath/controller.js';
import { AccessState, ControllerState } from '../../multipath/names.js';
import { Errno } from '../../shared/errno.js';
import type { ScsiPath } from '../../topology/scsi.js';
import type { AttributeTable } from '../attribute.js';
import { line } from '../format.js';
import { streq } from '../parse.js';

/** A scsi_device as its attributes need it. */
export interface ScsiDevice {
  readonly path: ScsiPath;
  /** sysfs_notify, for its own directory. */
  notify(...names: readonly string[]): void;
}

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

/** drivers/scsi/scsi_sysfs.c: the attributes that say how a scsi_device is, and what is done to it. */
export const SCSI_DEVICE_STATE: AttributeTable<ScsiDevice> = [
  {
    name: 'state',
    mode: 0o644,
    show: ({ path }) => line(sdevState(path.controller, path.path.offline)),
    store: storeState,
  },
  {
    // Any write, of anything (sdev_store_delete).
    name: 'delete',
    mode: 0o200,
    store: ({ path }) => path.delete().then(() => 0),
  },
  {
    name: 'rescan',
    mode: 0o200,
    store: ({ path }) => path.rescan().then(() => 0),
  },
  {
    // Read-only in the kernel, where the device decides; here nobody else can, as with ana_state.
    name: 'access_state',
    mode: 0o644,
    show: ({ path }) => line(accessStateName(path.path.accessState)),
    store: ({ path }, text) => {
      const state = [...SCSI_ACCESS_STATES].find(([name]) => streq(text, name))?.[1];
      if (state === undefined) return -Errno.EINVAL;
      path.path.accessState = state;
      return 0;
    },
  },
  // No path has the PREF bit of its target port group.
  { name: 'preferred_path', mode: 0o444, show: () => line(0) },
  {
    // The multipath series has ALUA without a device handler; there is none to attach.
    name: 'dh_state',
    mode: 0o644,
    show: () => line('detached'),
    store: () => -Errno.EINVAL,
  },
];

/** What a scsi_device's state is while its transport is in this state (sdev_states). */
export function sdevState(
  { state, failfastExpired }: Pick<Controller, 'state' | 'failfastExpired'>,
  offline = false,
): string {
  switch (state) {
    case ControllerState.NEW:
      return 'created';
    case ControllerState.LIVE:
      return offline ? 'offline' : 'running';
    case ControllerState.RESETTING:
    case ControllerState.CONNECTING:
      if (offline) return 'offline'; // scsi_device_set_state: it is never blocked.
      return failfastExpired ? 'transport-offline' : 'blocked';
    case ControllerState.DELETING:
      return 'cancel';
    default:
      return 'deleted';
  }
}

/**
 * store_state_field: a name and a newline, whatever comes behind that. Only between running and
 * offline; a device that runs again is rescanned.
 */
async function storeState(device: ScsiDevice, text: string): Promise<number> {
  const { path, controller } = device.path;
  const state = ['running', 'offline'].find((name) => text.startsWith(`${name}\n`));
  const from = sdevState(controller, path.offline);
  if (state === undefined || (from !== 'running' && from !== 'offline')) return -Errno.EINVAL;
  if (state === from) return 0;
  path.offline = state === 'offline';
  device.notify('state');
  if (state === 'running') await device.path.rescan();
  return 0;
}

function accessStateName(state: number): string {
  return [...SCSI_ACCESS_STATES].find(([, known]) => known === state)?.[0] ?? 'unknown';
}
