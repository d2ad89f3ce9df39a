/**
 * drivers/target/target_core_configfs.c, loopback/tcm_loop.c. What has no meaning here is left out:
 * protection information, third-party copy, statistics, LU groups, ACLs, metadata kept on disk.
 * What is set in the configuration is read-only.
 */
import { Errno } from '../../shared/errno.js';
import { DEFAULT_TG_PT_GP } from '../../config/targets.js';
import { dumpState, dumpStatus, LBA_DEPENDENT } from '../../target/scsi/alua-state.js';
import type { Lun } from '../../target/scsi/lun.js';
import { AluaSupport, Tpgs, type TargetPortGroup } from '../../target/scsi/port-group.js';
import type { TargetPort } from '../../target/scsi/target-port.js';
import { FILEIO_MAX_BYTES, FILEIO_REVISION, type ScsiUnit } from '../../target/scsi/unit.js';
import type { AttributeTable } from '../attribute.js';
import { line } from '../format.js';
import { numberStore } from './parse.js';

export const UNIT: AttributeTable<ScsiUnit> = [
  { name: 'enable', mode: 0o444, show: () => line(1) },
  { name: 'udev_path', mode: 0o444, show: ({ file }) => line(file) },
];

export const UNIT_ATTRIB: AttributeTable<ScsiUnit> = [
  { name: 'alua_support', mode: 0o444, show: () => line(1) },
  { name: 'block_size', mode: 0o444, show: ({ image }) => line(image.blockSize) },
  { name: 'hw_block_size', mode: 0o444, show: ({ image }) => line(image.blockSize) },
  {
    name: 'hw_max_sectors',
    mode: 0o444,
    show: ({ image }) => line(FILEIO_MAX_BYTES / image.blockSize),
  },
  { name: 'is_nonrot', mode: 0o444, show: ({ image }) => line(image.rotational ? 0 : 1) },
];

export const UNIT_WWN: AttributeTable<ScsiUnit> = [
  { name: 'company_id', mode: 0o444, show: () => line('0x001405') },
  { name: 'product_id', mode: 0o444, show: ({ model }) => line(model) },
  { name: 'revision', mode: 0o444, show: () => line(FILEIO_REVISION) },
  { name: 'vendor_id', mode: 0o444, show: ({ vendor }) => line(vendor) },
  {
    name: 'vpd_unit_serial',
    mode: 0o444,
    show: ({ serial }) => line(`T10 VPD Unit Serial Number: ${serial}`),
  },
];

export const PORT_GROUP: AttributeTable<TargetPortGroup> = [
  {
    name: 'alua_access_state',
    mode: 0o644,
    show: ({ state }) => line(state),
    store: numberStore(0, 0xffffffff, storeState),
  },
  {
    name: 'alua_access_status',
    mode: 0o644,
    show: ({ status }) => line(dumpStatus(status)),
    store: numberStore(0, 2, (group, status) => {
      group.status = status;
    }),
  },
  {
    name: 'alua_access_type',
    mode: 0o644,
    show: ({ accessType }) => line(accessTypeName(accessType)),
    store: numberStore(0, 3, (group, type) => {
      group.accessType = (type & 1 ? Tpgs.IMPLICIT : 0) | (type & 2 ? Tpgs.EXPLICIT : 0);
    }),
  },
  support('active_nonoptimized', AluaSupport.NON_OPTIMIZED),
  support('active_optimized', AluaSupport.OPTIMIZED),
  support('lba_dependent', AluaSupport.LBA_DEPENDENT),
  support('offline', AluaSupport.OFFLINE),
  support('standby', AluaSupport.STANDBY),
  support('transitioning', AluaSupport.TRANSITIONING),
  support('unavailable', AluaSupport.UNAVAILABLE),
  {
    name: 'implicit_trans_secs',
    mode: 0o644,
    show: ({ implicitTransSecs }) => line(implicitTransSecs),
    store: numberStore(0, 255, (group, secs) => {
      group.implicitTransSecs = secs;
    }),
  },
  {
    // Each line with a NUL behind it.
    name: 'members',
    mode: 0o444,
    show: ({ members }) => members.map((lun) => `${memberName(lun)}\n\0`).join(''),
  },
  {
    name: 'preferred',
    mode: 0o644,
    show: ({ preferred }) => line(preferred ? 1 : 0),
    store: numberStore(0, 1, (group, preferred) => {
      group.preferred = preferred === 1;
    }),
  },
  {
    // core_alua_set_tg_pt_gp_id: only once, and it was.
    name: 'tg_pt_gp_id',
    mode: 0o644,
    show: ({ id }) => line(id),
    store: () => -Errno.EINVAL,
  },
  {
    name: 'trans_delay_msecs',
    mode: 0o644,
    show: ({ transDelayMsecs }) => line(transDelayMsecs),
    store: numberStore(0, 30_000, (group, msecs) => {
      group.transDelayMsecs = msecs;
    }),
  },
];

export const TARGET_PORT: AttributeTable<TargetPort> = [
  { name: 'address', mode: 0o444, show: ({ address }) => line(address) },
  { name: 'rtpi', mode: 0o444, show: ({ rtpi }) => line(`0x${rtpi.toString(16)}`) },
  {
    // tcm_loop_tpg_transport_status_store looks at the first characters only.
    name: 'transport_status',
    mode: 0o644,
    show: ({ online }) => line(online ? 'online' : 'offline'),
    store: (port, text) => {
      if (!text.startsWith('online') && !text.startsWith('offline')) return -Errno.EINVAL;
      port.online = text.startsWith('online');
      return 0;
    },
  },
];

export const LUN: AttributeTable<Lun> = [
  {
    name: 'alua_tg_pt_gp',
    mode: 0o644,
    show: ({ group, offline, secondaryStatus }) =>
      [
        `TG Port Alias: ${group.name}`,
        `TG Port Group ID: ${group.id}`,
        `TG Port Primary Access State: ${dumpState(group.state)}`,
        `TG Port Primary Access Status: ${dumpStatus(group.status)}`,
        `TG Port Secondary Access State: ${offline ? 'Offline' : 'None'}`,
        `TG Port Secondary Access Status: ${dumpStatus(secondaryStatus)}`,
        '',
      ].join('\n'),
    // core_alua_store_tg_pt_gp_info: NULL stands for the group that is always there.
    store: (lun, text) => {
      const name = text.trim();
      const group = lun.unit.groups.get(name === 'NULL' ? DEFAULT_TG_PT_GP : name);
      if (group === undefined) return -Errno.ENODEV;
      lun.group = group;
      return 0;
    },
  },
  {
    name: 'alua_tg_pt_offline',
    mode: 0o644,
    show: ({ offline }) => line(offline ? 1 : 0),
    store: numberStore(0, 1, (lun, offline) => {
      lun.offline = offline === 1;
    }),
  },
  {
    name: 'alua_tg_pt_status',
    mode: 0o644,
    show: ({ secondaryStatus }) => line(secondaryStatus),
    store: numberStore(0, 2, (lun, status) => {
      lun.secondaryStatus = status;
    }),
  },
];

/** target_tg_pt_gp_alua_access_state_store. It is done when the transition is over. */
function storeState(group: TargetPortGroup, state: number): number | Promise<number> {
  if ((group.accessType & Tpgs.IMPLICIT) === 0) return -Errno.EINVAL;
  const explicit = (group.accessType & Tpgs.EXPLICIT) !== 0;
  if (explicit && state === LBA_DEPENDENT) return -Errno.EINVAL;
  if (!group.supports(state, false)) return -Errno.EINVAL;
  return group.changeState(state).then(() => 0);
}

/** ALUA_SUPPORTED_STATE_ATTR. */
function support(name: string, bit: number): AttributeTable<TargetPortGroup>[number] {
  return {
    name: `alua_support_${name}`,
    mode: 0o644,
    show: ({ supported }) => line((supported & bit) === 0 ? 0 : 1),
    store: numberStore(0, 1, (group, on) => {
      group.supported = on === 1 ? group.supported | bit : group.supported & ~bit;
    }),
  };
}

/** core_alua_show_access_type. */
function accessTypeName(type: number): string {
  switch (type) {
    case Tpgs.IMPLICIT | Tpgs.EXPLICIT:
      return 'Implicit and Explicit';
    case Tpgs.IMPLICIT:
      return 'Implicit';
    case Tpgs.EXPLICIT:
      return 'Explicit';
    default:
      return 'None';
  }
}

function memberName({ port, number }: Lun): string {
  return `loopback/${port.wwn}/tpgt_1/lun_${number}`;
}
