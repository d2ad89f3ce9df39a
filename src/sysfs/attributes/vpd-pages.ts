import type { Limits } from '../../shared/limits.js';

/** What a logical unit says of itself (SPC-6, SBC-5): pure functions of what it is. */

export interface LogicalUnit {
  /** As scsi_vpd_lun_id prints it: `naa.`, `eui.`, `uuid.` or `t10.` and the rest. */
  readonly wwid: string;
  readonly vendor: string;
  readonly model: string;
  readonly revision: string;
  readonly serial: string;
}

/** SPC-4. */
export const INQUIRY_VERSION = 6;

/** The codes of VPD pages. */
export const Page = {
  SUPPORTED_PAGES: 0x00,
  UNIT_SERIAL_NUMBER: 0x80,
  DEVICE_IDENTIFICATION: 0x83,
  BLOCK_LIMITS: 0xb0,
  BLOCK_DEVICE_CHARACTERISTICS: 0xb1,
  LOGICAL_BLOCK_PROVISIONING: 0xb2,
} as const;

/** Standard INQUIRY data, SPC-6 6.7.2, without vendor-specific and version fields. */
export function standardInquiry({ vendor, model, revision }: LogicalUnit): Uint8Array {
  const data = Buffer.alloc(36);
  data[2] = INQUIRY_VERSION;
  data[3] = 0x12; // HISUP, response data format 2.
  data[4] = data.length - 5;
  data[5] = 0x10; // TPGS: implicit ALUA.
  data[6] = 0x10; // MULTIP: there are several ports.
  data[7] = 0x02; // CMDQUE.
  data.write(field(vendor, 8) + field(model, 16) + field(revision, 4), 8, 'latin1');
  return data;
}

export function supportedPages(): Uint8Array {
  return page(Page.SUPPORTED_PAGES, Buffer.from(Object.values(Page)));
}

export function unitSerialNumber(serial: string): Uint8Array {
  return page(Page.UNIT_SERIAL_NUMBER, Buffer.from(serial, 'latin1'));
}

/** The unit's id, and a T10 vendor ID with the serial number where that is not the id already. */
export function deviceIdentification(unit: LogicalUnit): Uint8Array {
  const id = lunDesignator(unit.wwid);
  const t10 = field(unit.vendor, 8) + field(unit.model, 16) + unit.serial;
  const named = unit.wwid.startsWith('t10.') ? [] : [designator(DesignatorType.T10, ASCII, t10)];
  return page(Page.DEVICE_IDENTIFICATION, Buffer.concat([id, ...named]));
}

/** In logical blocks. 0 where nothing is reported. */
export function blockLimits(limits: Limits): Uint8Array {
  const blocks = (bytes: number, most = 0xffff_ffff): number =>
    Math.min(Math.floor(bytes / limits.logicalBlockSize), most);
  const discard = limits.maxDiscardBytes > 0;
  const body = Buffer.alloc(60);
  const at = (offset: number): number => offset - HEADER; // Offsets are those of the standard.
  body.writeUInt16BE(blocks(limits.minimumIoSize, 0xffff), at(6));
  body.writeUInt32BE(blocks(limits.optimalIoSize), at(12));
  body.writeUInt32BE(blocks(limits.maxDiscardBytes), at(20));
  body.writeUInt32BE(discard ? 1 : 0, at(24)); // Ranges in one UNMAP.
  body.writeUInt32BE(blocks(limits.discardGranularity), at(28));
  body.writeBigUInt64BE(BigInt(blocks(limits.maxWriteZeroesBytes, Infinity)), at(36));
  return page(Page.BLOCK_LIMITS, body);
}

export function blockDeviceCharacteristics({ rotational }: Limits): Uint8Array {
  const body = Buffer.alloc(60);
  body.writeUInt16BE(rotational ? 0 : 1, 0); // Not reported; a non-rotating medium.
  return page(Page.BLOCK_DEVICE_CHARACTERISTICS, body);
}

/** LBPU and thin, where there is discard. What is read after that is not said (LBPRZ). */
export function logicalBlockProvisioning({ maxDiscardBytes }: Limits): Uint8Array {
  const thin = maxDiscardBytes > 0;
  const body = Buffer.from([0, thin ? 0x80 : 0, thin ? 2 : 0, 0]);
  return page(Page.LOGICAL_BLOCK_PROVISIONING, body);
}

/** Bytes before the body of a page. */
const HEADER = 4;

function page(code: number, body: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from([0, code, body.length >> 8, body.length & 0xff]), body]);
}

/** SPC-6 7.7.6.1: designator types and code sets. */
const DesignatorType = { T10: 1, EUI64: 2, NAA: 3, UUID: 10 } as const;
const BINARY = 1;
const ASCII = 2;

/** The designator that scsi_vpd_lun_id would print as this id. */
function lunDesignator(wwid: string): Uint8Array {
  const dot = wwid.indexOf('.');
  const id = wwid.slice(dot + 1);
  switch (wwid.slice(0, dot)) {
    case 'naa':
      return designator(DesignatorType.NAA, BINARY, Buffer.from(id, 'hex'));
    case 'eui':
      return designator(DesignatorType.EUI64, BINARY, Buffer.from(id, 'hex'));
    case 'uuid': {
      const uuid = Buffer.from(id.replaceAll('-', ''), 'hex');
      return designator(DesignatorType.UUID, BINARY, Buffer.concat([UUID_HEADER, uuid]));
    }
    default:
      return designator(DesignatorType.T10, ASCII, id);
  }
}

/** The designator holds one UUID. */
const UUID_HEADER = Buffer.from([0x10, 0]);

/** Of the logical unit (association 0). */
function designator(type: number, codeSet: number, value: string | Uint8Array): Uint8Array {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'latin1') : value;
  return Buffer.concat([Buffer.from([codeSet, type, 0, bytes.length]), bytes]);
}

function field(text: string, width: number): string {
  return text.padEnd(width).slice(0, width);
}
