/** Operation codes. include/scsi/scsi_proto.h. */
export const Opcode = {
  TEST_UNIT_READY: 0x00,
  REQUEST_SENSE: 0x03,
  INQUIRY: 0x12,
  SERVICE_ACTION_IN_16: 0x9e,
  MAINTENANCE_IN: 0xa3,
} as const;

/** Service actions, in the low five bits of byte 1. */
const READ_CAPACITY_16 = 0x10;
const REPORT_TARGET_PORT_GROUPS = 0x0a;
/** PARAMETER DATA FORMAT of REPORT TARGET PORT GROUPS: with the extended header. */
const EXTENDED_HEADER = 0x20;

export function testUnitReady(): Uint8Array {
  return new Uint8Array(6);
}

/** Standard INQUIRY data. */
export function inquiry(length: number): Uint8Array {
  return cdb(6, Opcode.INQUIRY, (view) => view.setUint16(3, length));
}

/** A page of vital product data. */
export function inquiryVpd(page: number, length: number): Uint8Array {
  return cdb(6, Opcode.INQUIRY, (view) => {
    view.setUint8(1, 1); // EVPD
    view.setUint8(2, page);
    view.setUint16(3, length);
  });
}

/** Sense data in fixed format: every device has that. At most 252 bytes. */
export function requestSense(length: number): Uint8Array {
  return cdb(6, Opcode.REQUEST_SENSE, (view) => view.setUint8(4, length));
}

export function readCapacity16(length: number): Uint8Array {
  return cdb(16, Opcode.SERVICE_ACTION_IN_16, (view) => {
    view.setUint8(1, READ_CAPACITY_16);
    view.setUint32(10, length);
  });
}

export function reportTargetPortGroups(length: number, extendedHeader: boolean): Uint8Array {
  return cdb(12, Opcode.MAINTENANCE_IN, (view) => {
    view.setUint8(1, REPORT_TARGET_PORT_GROUPS | (extendedHeader ? EXTENDED_HEADER : 0));
    view.setUint32(6, length);
  });
}

function cdb(length: number, opcode: number, fill: (view: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(length);
  bytes[0] = opcode;
  fill(new DataView(bytes.buffer));
  return bytes;
}
