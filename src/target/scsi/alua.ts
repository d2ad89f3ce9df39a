/** drivers/target/target_core_alua.c: what access states let through, and how they are told and set. */
import { ALUA_STATES } from './alua-state.js';
import type { Lun } from './lun.js';
import {
  type Cdb,
  MI_REPORT_TARGET_PGS,
  MO_SET_TARGET_PGS,
  Opcode,
  SAI_READ_CAPACITY_16,
} from './opcode.js';
import { type TargetPortGroup, Tpgs } from './port-group.js';
import { type Sense, SenseCode } from './sense.js';

/**
 * target_alua_state_check. Undefined: the command goes on. OFFLINE is a secondary state, of a port;
 * a group that is put there refuses everything as a field that is invalid, as LIO's does.
 */
export function stateCheck(lun: Lun, cdb: Cdb): Sense | undefined {
  if (lun.offline) return SenseCode.OFFLINE;
  switch (lun.group.state) {
    case ALUA_STATES['active/optimized']:
    case ALUA_STATES['active/non-optimized']:
      return undefined;
    case ALUA_STATES.standby:
      return allowedInStandby(cdb) ? undefined : SenseCode.STANDBY;
    case ALUA_STATES.unavailable:
      return allowedInUnavailable(cdb) ? undefined : SenseCode.UNAVAILABLE;
    case ALUA_STATES.transitioning:
      return allowedInTransition(cdb) ? undefined : SenseCode.TRANSITION;
    default:
      return SenseCode.INVALID_CDB_FIELD;
  }
}

function allowedInTransition({ opcode, serviceAction }: Cdb): boolean {
  if (opcode === Opcode.MAINTENANCE_IN) return serviceAction === MI_REPORT_TARGET_PGS;
  return (
    opcode === Opcode.INQUIRY || opcode === Opcode.REPORT_LUNS || opcode === Opcode.REQUEST_SENSE
  );
}

function allowedInUnavailable(cdb: Cdb): boolean {
  if (cdb.opcode === Opcode.MAINTENANCE_OUT) return cdb.serviceAction === MO_SET_TARGET_PGS;
  return allowedInTransition(cdb);
}

function allowedInStandby(cdb: Cdb): boolean {
  if (cdb.opcode === Opcode.SERVICE_ACTION_IN_16) return cdb.serviceAction === SAI_READ_CAPACITY_16;
  return cdb.opcode === Opcode.READ_CAPACITY || allowedInUnavailable(cdb);
}

/** What REPORT TARGET PORT GROUPS puts into its buffer, and how much of that it says it has. */
export interface PortGroupsReply {
  readonly data: Uint8Array;
  readonly transferred: number;
}

/**
 * REPORT TARGET PORT GROUPS through `lun`, at most `allocation` bytes; undefined if that has no
 * room for the header. Groups without ports are left out; one that does not fit is, too, but counts
 * in RETURN DATA LENGTH. As LIO has it, neither that length nor the number of bytes transferred
 * counts the four by which the extended header is longer.
 */
export function reportTargetPortGroups(
  lun: Lun,
  extended: boolean,
  allocation: number,
): PortGroupsReply | undefined {
  const header = extended ? 8 : 4;
  if (allocation < header) return undefined;
  const groups = [...lun.unit.groups.values()].filter((group) => group.members.length > 0);
  const descriptors = groups.map(groupDescriptor);
  const length = descriptors.reduce((sum, descriptor) => sum + descriptor.length, 0);
  const data = new Uint8Array(Math.min(allocation, header + length));
  new DataView(data.buffer).setUint32(0, length);
  if (extended) data.set([0x10, lun.group.implicitTransSecs], 4);
  let at = header;
  for (const descriptor of descriptors) {
    if (at + descriptor.length > allocation) continue;
    data.set(descriptor, at);
    at += descriptor.length;
  }
  return { data, transferred: Math.min(allocation, length + 4) };
}

function groupDescriptor(group: TargetPortGroup): Uint8Array {
  const { members } = group;
  const data = new Uint8Array(8 + 4 * members.length);
  const view = new DataView(data.buffer);
  view.setUint8(0, (group.preferred ? 0x80 : 0) | group.state);
  view.setUint8(1, group.supported);
  view.setUint16(2, group.id);
  view.setUint8(5, group.status);
  view.setUint8(7, members.length);
  for (const [place, { port }] of members.entries()) view.setUint16(10 + 4 * place, port.rtpi);
  return data;
}

/** SET TARGET PORT GROUPS, in order, up to the first that is refused. Undefined: all were set. */
export async function setTargetPortGroups(lun: Lun, list: Uint8Array): Promise<Sense | undefined> {
  if (list.length < 4) return SenseCode.INVALID_PARAMETER_LIST;
  if ((lun.group.accessType & Tpgs.EXPLICIT) === 0) return SenseCode.UNSUPPORTED_OPCODE;
  const view = new DataView(list.buffer, list.byteOffset, list.byteLength);
  for (let at = 4; at < list.length; at += 4) {
    if (at + 4 > list.length) return SenseCode.INVALID_PARAMETER_LIST;
    const state = view.getUint8(at) & 0x0f;
    const id = view.getUint16(at + 2);
    if (!lun.group.supports(state, true)) return SenseCode.INVALID_PARAMETER_LIST;
    if (state === ALUA_STATES.offline) {
      // A secondary state: what follows is a relative port, and it goes offline.
      const port = lun.unit.luns.find((other) => other.port.rtpi === id);
      if (port === undefined) return SenseCode.INVALID_PARAMETER_LIST;
      port.offline = true;
      continue;
    }
    const group = [...lun.unit.groups.values()].find((other) => other.id === id);
    if (group?.supports(state, true) !== true) return SenseCode.INVALID_PARAMETER_LIST;
    await group.changeState(state, lun);
  }
  return undefined;
}
