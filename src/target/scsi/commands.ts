/** drivers/target/target_core_spc.c, target_core_sbc.c: what each command does. */
import type { Image } from '../image.js';
import { reportTargetPortGroups, setTargetPortGroups } from './alua.js';
import { standardInquiry, vpdPage } from './inquiry.js';
import type { Lun } from './lun.js';
import {
  type Cdb,
  MI_REPORT_TARGET_PGS,
  MO_SET_TARGET_PGS,
  Opcode,
  SAI_READ_CAPACITY_16,
} from './opcode.js';
import { type Sense, SenseCode } from './sense.js';

/** How a command ended: bytes of the buffer that were used, or sense data. */
export type Outcome = { readonly transferred: number } | { readonly sense: Sense };

const GOOD: Outcome = { transferred: 0 };

/** A command that reached the logical unit. `data` is its buffer, empty if it has none. */
export async function execute(lun: Lun, cdb: Cdb, data: Uint8Array): Promise<Outcome> {
  switch (cdb.opcode) {
    case Opcode.TEST_UNIT_READY:
      return GOOD;
    case Opcode.INQUIRY:
      return inquiry(lun, cdb, data);
    case Opcode.REPORT_LUNS:
      return reportLuns(lun, cdb, data);
    case Opcode.READ_CAPACITY:
      return fill(data, capacity10(lun), Infinity);
    case Opcode.SERVICE_ACTION_IN_16:
      if (cdb.serviceAction !== SAI_READ_CAPACITY_16) return refused(SenseCode.UNSUPPORTED_OPCODE);
      return fill(data, capacity16(lun), cdb.u32(10));
    case Opcode.MAINTENANCE_IN: {
      if (cdb.serviceAction !== MI_REPORT_TARGET_PGS) return refused(SenseCode.UNSUPPORTED_OPCODE);
      const allocation = Math.min(cdb.u32(6), data.length);
      const reply = reportTargetPortGroups(lun, (cdb.byte(1) & 0x20) !== 0, allocation);
      if (reply === undefined) return refused(SenseCode.INVALID_CDB_FIELD);
      data.set(reply.data);
      return { transferred: reply.transferred };
    }
    case Opcode.MAINTENANCE_OUT: {
      if (cdb.serviceAction !== MO_SET_TARGET_PGS) return refused(SenseCode.UNSUPPORTED_OPCODE);
      const list = data.subarray(0, cdb.u32(6));
      const sense = await setTargetPortGroups(lun, list);
      return sense === undefined ? { transferred: list.length } : refused(sense);
    }
    case Opcode.READ_10:
    case Opcode.WRITE_10:
      return transfer(lun, cdb.opcode === Opcode.READ_10, BigInt(cdb.u32(2)), cdb.u16(7), data);
    case Opcode.READ_16:
    case Opcode.WRITE_16:
      return transfer(lun, cdb.opcode === Opcode.READ_16, cdb.u64(2), cdb.u32(10), data);
    case Opcode.SYNCHRONIZE_CACHE:
    case Opcode.SYNCHRONIZE_CACHE_16:
      return attempt(lun.unit.image, async (image) => image.flush());
    default:
      return refused(SenseCode.UNSUPPORTED_OPCODE);
  }
}

export function refused(sense: Sense): Outcome {
  return { sense };
}

/** As much of `reply` as the allocation length and the buffer have room for. */
export function fill(data: Uint8Array, reply: Uint8Array, allocation: number): Outcome {
  const transferred = Math.min(reply.length, allocation, data.length);
  data.set(reply.subarray(0, transferred));
  return { transferred };
}

function inquiry(lun: Lun, cdb: Cdb, data: Uint8Array): Outcome {
  const code = cdb.byte(2);
  const vital = (cdb.byte(1) & 1) !== 0;
  if (!vital && code !== 0) return refused(SenseCode.INVALID_CDB_FIELD);
  const reply = vital ? vpdPage(lun, code) : standardInquiry(lun);
  if (reply === undefined) return refused(SenseCode.INVALID_CDB_FIELD);
  return fill(data, reply, cdb.u16(3));
}

function reportLuns({ port }: Lun, cdb: Cdb, data: Uint8Array): Outcome {
  const allocation = cdb.u32(6);
  if (allocation < 16) return refused(SenseCode.INVALID_CDB_FIELD);
  const numbers = [...port.luns.keys()].sort((a, b) => a - b);
  const reply = new Uint8Array(8 + 8 * numbers.length);
  new DataView(reply.buffer).setUint32(0, 8 * numbers.length);
  // Peripheral device addressing: bus 0, one byte of LUN.
  for (const [place, number] of numbers.entries()) reply[8 + 8 * place + 1] = number;
  return fill(data, reply, allocation);
}

function capacity10({ unit }: Lun): Uint8Array {
  const reply = new Uint8Array(8);
  const view = new DataView(reply.buffer);
  const last = unit.blocks - 1n;
  view.setUint32(0, last >= 0xffffffffn ? 0xffffffff : Number(last));
  view.setUint32(4, unit.image.blockSize);
  return reply;
}

function capacity16({ unit }: Lun): Uint8Array {
  const reply = new Uint8Array(32);
  const view = new DataView(reply.buffer);
  const { blockSize, physicalBlockSize } = unit.image;
  view.setBigUint64(0, unit.blocks - 1n);
  view.setUint32(8, blockSize);
  view.setUint8(13, Math.max(0, Math.log2(physicalBlockSize / blockSize)));
  return reply;
}

async function transfer(
  { unit }: Lun,
  read: boolean,
  lba: bigint,
  blocks: number,
  data: Uint8Array,
): Promise<Outcome> {
  const { image } = unit;
  if (lba + BigInt(blocks) > unit.blocks) return refused(SenseCode.LBA_OUT_OF_RANGE);
  const length = blocks * image.blockSize;
  if (length > data.length) return refused(SenseCode.INVALID_CDB_FIELD);
  const part = data.subarray(0, length);
  const offset = Number(lba) * image.blockSize;
  const outcome = await attempt(image, () =>
    read ? image.read(part, offset) : image.write(part, offset),
  );
  return outcome === GOOD ? { transferred: length } : outcome;
}

async function attempt(image: Image, io: (image: Image) => Promise<void>): Promise<Outcome> {
  try {
    await io(image);
    return GOOD;
  } catch {
    return refused(SenseCode.COMMUNICATION_FAILURE);
  }
}
