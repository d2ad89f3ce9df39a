import { Errno } from '../../shared/errno.js';
import type { Devt } from '../../topology/devt.js';
import type { AttributeTable } from '../attribute.js';
import { line } from '../format.js';
import { streq } from '../parse.js';
import { UEVENT_ACTIONS, type UeventAction } from '../uevents.js';

/** What these attributes need of a device. */
export interface DeviceLike {
  readonly devt: Devt | undefined;
  readonly env: readonly string[];
  uevent(action: UeventAction, extra: readonly string[]): void;
}

/** drivers/base/core.c. */
export const DEVICE: AttributeTable<DeviceLike> = [
  {
    name: 'uevent',
    mode: 0o644,
    show: ({ env }) => env.map(line).join(''),
    store: (device, text) => {
      // kobject_synth_uevent: an action, and nothing else of what that allows.
      const action = UEVENT_ACTIONS.find((name) => streq(text, name));
      if (action === undefined) return -Errno.EINVAL;
      device.uevent(action, ['SYNTH_UUID=0']);
      return 0;
    },
  },
  {
    name: 'dev',
    mode: 0o444,
    show: ({ devt }) => line(`${devt?.major}:${devt?.minor}`),
    visible: ({ devt }) => devt !== undefined,
  },
];
