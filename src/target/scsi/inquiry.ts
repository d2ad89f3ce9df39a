/**
 * drivers/target/target_core_spc.c: standard INQUIRY data and VPD pages. Left out is what this
 * target can't do: third-party copy, COMPARE AND WRITE, and the pages 86h and B3h.
 */
import type { Lun } from './lun.js';
import { FILEIO_MAX_BYTES, FILEIO_REVISION } from './unit.js';

/** tcm_loop is a SAS port to its host. */
const PROTOCOL_SAS = 0x6;
/** SAM-5, SAS-3, SPC-4, SBC-3. */
const VERSION_DESCRIPTORS = [0x00a0, 0x0c60, 0x0460, 0x04c0];
const STANDARD_LENGTH = 96;

export function standardInquiry({ unit, group }: Lun): Uint8Array {
  const data = new Uint8Array(STANDARD_LENGTH);
  const view = new DataView(data.buffer);
  data.set([0, 0, 0x06, 0x02, STANDARD_LENGTH - 5, 0x80 | group.accessType]);
  data[6] = unit.luns.length > 1 ? 0x10 : 0; // MULTIP
  data[7] = 0x02; // CMDQUE
  ascii(data, 8, 8, unit.vendor);
  ascii(data, 16, 16, unit.model);
  ascii(data, 32, 4, FILEIO_REVISION);
  for (const [place, version] of VERSION_DESCRIPTORS.entries()) {
    view.setUint16(58 + 2 * place, version);
  }
  return data;
}

const VPD_PAGES = new Map<number, (lun: Lun) => Uint8Array>([
  [0x00, supportedPages],
  [0x80, unitSerialNumber],
  [0x83, deviceIdentification],
  [0xb0, blockLimits],
  [0xb1, blockDeviceCharacteristics],
  [0xb2, provisioning],
]);

/** The whole page, undefined where there is none. */
export function vpdPage(lun: Lun, code: number): Uint8Array | undefined {
  const body = VPD_PAGES.get(code)?.(lun);
  if (body === undefined) return undefined;
  const page = new Uint8Array(4 + body.length);
  page[1] = code;
  new DataView(page.buffer).setUint16(2, body.length);
  page.set(body, 4);
  return page;
}

function supportedPages(): Uint8Array {
  return Uint8Array.from(VPD_PAGES.keys());
}

/** With a NUL behind it, as LIO sends it. */
function unitSerialNumber({ unit }: Lun): Uint8Array {
  return Buffer.from(`${unit.serial}\0`, 'latin1');
}

const CodeSet = { BINARY: 1, ASCII: 2, UTF8: 3 } as const;
/** Designator types; those of the target port or device also say which association they have. */
const Designator = {
  T10_VENDOR_ID: 0x01,
  NAA: 0x03,
  LU_GROUP: 0x06,
  RELATIVE_PORT: 0x94,
  PORT_GROUP: 0x95,
  PORT_NAME: 0x98,
  DEVICE_NAME: 0xa8,
} as const;

function deviceIdentification({ unit, port, group }: Lun): Uint8Array {
  const vendor = unit.vendor.padEnd(8);
  return Buffer.concat([
    designator(CodeSet.BINARY, Designator.NAA, Buffer.from(unit.naa, 'hex')),
    designator(
      CodeSet.ASCII,
      Designator.T10_VENDOR_ID,
      Buffer.from(`${vendor}${unit.model}:${unit.serial}\0`, 'latin1'),
    ),
    designator(CodeSet.BINARY, Designator.RELATIVE_PORT, number(port.rtpi)),
    designator(CodeSet.BINARY, Designator.PORT_GROUP, number(group.id)),
    designator(CodeSet.BINARY, Designator.LU_GROUP, number(0)),
    designator(CodeSet.UTF8, Designator.PORT_NAME, name(`${port.wwn},t,0x0001`)),
    designator(CodeSet.UTF8, Designator.DEVICE_NAME, name(port.wwn)),
  ]);
}

function designator(codeSet: number, type: number, id: Uint8Array): Buffer {
  const protocol = type >= 0x80 ? PROTOCOL_SAS << 4 : 0;
  return Buffer.concat([Uint8Array.of(protocol | codeSet, type, 0, id.length), id]);
}

function number(value: number): Uint8Array {
  return Uint8Array.of(0, 0, value >> 8, value & 0xff);
}

/** Ends with a NUL, and is padded with them to a multiple of four. */
function name(text: string): Uint8Array {
  const length = Math.min(Math.ceil((text.length + 1) / 4) * 4, 252);
  return Buffer.concat([Buffer.from(text, 'latin1')], length);
}

function blockLimits({ unit }: Lun): Uint8Array {
  const body = new Uint8Array(16);
  const view = new DataView(body.buffer);
  const most = FILEIO_MAX_BYTES / unit.image.blockSize;
  body[0] = 1; // WSNZ
  view.setUint16(2, 1);
  view.setUint32(4, most);
  view.setUint32(8, most);
  return body;
}

function blockDeviceCharacteristics({ unit }: Lun): Uint8Array {
  const body = new Uint8Array(0x3c);
  body[1] = unit.image.rotational ? 0 : 1;
  return body;
}

/** No unmapping. */
function provisioning(): Uint8Array {
  return new Uint8Array(4);
}

/** Left-justified, padded with blanks. */
function ascii(data: Uint8Array, at: number, length: number, text: string): void {
  data.set(Buffer.from(text.padEnd(length).slice(0, length), 'latin1'), at);
}
