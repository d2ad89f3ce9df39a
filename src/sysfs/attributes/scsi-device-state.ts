import type { Controller } from '../../multipath/controller.js';
import { AccessState, ControllerState } from '../../multipath/names.js';
import { Errno } from '../../shared/errno.js';
import type { ScsiPath } from '../../topology/scsi.js';
import type { AttributeTable } from '../attribute.js';
import { line } from '../format.js';

/** A scsi_device as its attributes need it. */
export interface ScsiDevice {
  readonly path: ScsiPath;
  /** sysfs_notify, for its own directory. */
  notify(...names: readonly string[]): void;
}

/** drivers/scsi/scsi_sysfs.c: sdev_access_states, by the states of SPC. */
const ALUA_STATE_NAMES = new Map([
  [0x0, 'active/optimized'],
  [0x1, 'active/non-optimized'],
  [0x2, 'standby'],
  [0x3, 'unavailable'],
  [0x4, 'lba-dependent'],
  [0xe, 'offline'],
  [0xf, 'transitioning'],
]);

/** For a device without a state of its own: the core's is the configured one. */
const ALUA_STATES = new Map<number, number>([
  [AccessState.OPTIMIZED, 0x0],
  [AccessState.NONOPTIMIZED, 0x1],
  [AccessState.INACCESSIBLE, 0x2],
  [AccessState.PERSISTENT_LOSS, 0xe],
  [AccessState.CHANGE, 0xf],
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
    name: 'access_state',
    mode: 0o444,
    show: ({ path }) => line(ALUA_STATE_NAMES.get(aluaState(path) ?? -1) ?? 'unknown'),
    visible: hasAlua,
  },
  {
    name: 'preferred_path',
    mode: 0o444,
    show: ({ path }) => line(path.path.preferred ? 1 : 0),
    visible: hasAlua,
  },
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

function aluaState({ opened, path }: ScsiPath): number | undefined {
  return opened.identity === undefined ? ALUA_STATES.get(path.accessState) : opened.aluaState;
}

/** scsi_sdev_attr_is_visible: with a device handler, which is there for ALUA. */
function hasAlua({ path }: ScsiDevice): boolean {
  return aluaState(path) !== undefined;
}
