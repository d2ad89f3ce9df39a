/**
 * drivers/nvme/target/configfs.c. What has no meaning for a target in one process is left out:
 * discovery, hosts, referrals, passthru, TLS, protection information, queue sizes, addresses of
 * networks. What is set in the configuration is read-only.
 */
import { ACCESS_STATE_NAMES } from '../../multipath/names.js';
import { Errno } from '../../shared/errno.js';
import type { NvmetNamespace } from '../../target/nvmet/namespace.js';
import type { NvmetPort } from '../../target/nvmet/port.js';
import type { NvmetSubsystem } from '../../target/nvmet/subsystem.js';
import { MAX_ANAGRPS } from '../../config/targets.js';
import type { AttributeTable } from '../attribute.js';
import { line, padded } from '../format.js';
import { kstrtouint, matchString } from '../parse.js';
import { kstrtobool, numberStore } from './parse.js';

export const NVMET_SUBSYSTEM: AttributeTable<NvmetSubsystem> = [
  { name: 'attr_model', mode: 0o444, show: ({ model }) => line(model) },
  { name: 'attr_serial', mode: 0o444, show: ({ serial }) => padded(serial, 20) },
  { name: 'attr_firmware', mode: 0o444, show: ({ firmwareRev }) => line(firmwareRev) },
  { name: 'attr_version', mode: 0o444, show: () => line('1.3') },
];

export const NVMET_NAMESPACE: AttributeTable<NvmetNamespace> = [
  { name: 'device_path', mode: 0o444, show: ({ devicePath }) => line(devicePath) },
  { name: 'device_uuid', mode: 0o444, show: ({ uuid }) => line(hyphened(uuid)) },
  { name: 'device_nguid', mode: 0o444, show: ({ nguid }) => line(hyphened(nguid)) },
  {
    name: 'ana_grpid',
    mode: 0o644,
    show: ({ anaGrpid }) => line(anaGrpid),
    store: numberStore(
      1,
      MAX_ANAGRPS,
      (namespace, group) => {
        namespace.anaGrpid = group;
      },
      kstrtouint,
    ),
  },
  {
    name: 'enable',
    mode: 0o644,
    show: ({ enabled }) => line(enabled ? 1 : 0),
    store: (namespace, text) => {
      const enable = kstrtobool(text);
      if (enable === undefined) return -Errno.EINVAL;
      if (enable) return namespace.enable();
      namespace.disable();
      return 0;
    },
  },
  {
    // nvmet_ns_revalidate_size_store: `0` is refused.
    name: 'revalidate_size',
    mode: 0o200,
    store: (namespace, text) =>
      kstrtobool(text) === true ? namespace.revalidate() : -Errno.EINVAL,
  },
];

export const NVMET_PORT: AttributeTable<NvmetPort> = [
  { name: 'addr_traddr', mode: 0o444, show: ({ id }) => line(id) },
  { name: 'addr_trtype', mode: 0o444, show: () => line('loop') },
];

/** An ANA group of a port. */
export interface NvmetAnaGroup {
  readonly port: NvmetPort;
  readonly group: number;
}

export const NVMET_ANA_GROUP: AttributeTable<NvmetAnaGroup> = [
  {
    name: 'ana_state',
    mode: 0o644,
    show: ({ port, group }) => line(port.anaState(group)),
    store: ({ port, group }, text) => {
      const state = ACCESS_STATE_NAMES[matchString(ACCESS_STATE_NAMES, text)];
      if (state === undefined) return -Errno.EINVAL;
      port.setAnaState(group, state);
      return 0;
    },
  },
];

/** `"%pUb"` of 32 hex digits, zeros if there are none. */
function hyphened(hex: string): string {
  return hex.padEnd(32, '0').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
