/** include/scsi/scsi_proto.h: sense keys. */
export const SenseKey = {
  NO_SENSE: 0x0,
  NOT_READY: 0x2,
  ILLEGAL_REQUEST: 0x5,
  UNIT_ATTENTION: 0x6,
} as const;

/** Sense key, additional sense code and its qualifier. */
export interface Sense {
  readonly key: number;
  readonly asc: number;
  readonly ascq: number;
}

function sense(key: number, asc: number, ascq: number): Sense {
  return { key, asc, ascq };
}

/** drivers/target/target_core_transport.c: sense_detail_table. */
export const SenseCode = {
  NONE: sense(SenseKey.NO_SENSE, 0, 0),
  STANDBY: sense(SenseKey.NOT_READY, 0x04, 0x0b),
  UNAVAILABLE: sense(SenseKey.NOT_READY, 0x04, 0x0c),
  TRANSITION: sense(SenseKey.NOT_READY, 0x04, 0x0a),
  OFFLINE: sense(SenseKey.NOT_READY, 0x04, 0x12),
  COMMUNICATION_FAILURE: sense(SenseKey.NOT_READY, 0x08, 0x00),
  UNSUPPORTED_OPCODE: sense(SenseKey.ILLEGAL_REQUEST, 0x20, 0x00),
  LBA_OUT_OF_RANGE: sense(SenseKey.ILLEGAL_REQUEST, 0x21, 0x00),
  INVALID_CDB_FIELD: sense(SenseKey.ILLEGAL_REQUEST, 0x24, 0x00),
  INVALID_PARAMETER_LIST: sense(SenseKey.ILLEGAL_REQUEST, 0x26, 0x00),
  PARAMETER_LIST_LENGTH: sense(SenseKey.ILLEGAL_REQUEST, 0x1a, 0x00),
  POWER_ON: sense(SenseKey.UNIT_ATTENTION, 0x29, 0x00),
  ALUA_STATE_CHANGED: sense(SenseKey.UNIT_ATTENTION, 0x2a, 0x06),
  CAPACITY_CHANGED: sense(SenseKey.UNIT_ATTENTION, 0x2a, 0x09),
} as const;

/** drivers/scsi/scsi_common.c: scsi_build_sense. */
export function senseData({ key, asc, ascq }: Sense, descriptor: boolean): Uint8Array {
  if (descriptor) return Uint8Array.of(0x72, key, asc, ascq, 0, 0, 0, 0);
  const data = new Uint8Array(18);
  data[0] = 0x70;
  data[2] = key;
  data[7] = data.length - 8;
  data[12] = asc;
  data[13] = ascq;
  return data;
}
