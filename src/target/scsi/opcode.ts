/** include/scsi/scsi_proto.h: the commands that are known here. */
export const Opcode = {
  TEST_UNIT_READY: 0x00,
  REQUEST_SENSE: 0x03,
  INQUIRY: 0x12,
  READ_CAPACITY: 0x25,
  READ_10: 0x28,
  WRITE_10: 0x2a,
  SYNCHRONIZE_CACHE: 0x35,
  READ_16: 0x88,
  WRITE_16: 0x8a,
  SYNCHRONIZE_CACHE_16: 0x91,
  SERVICE_ACTION_IN_16: 0x9e,
  REPORT_LUNS: 0xa0,
  MAINTENANCE_IN: 0xa3,
  MAINTENANCE_OUT: 0xa4,
} as const;

/** Service actions, byte 1 of the CDB. */
export const SAI_READ_CAPACITY_16 = 0x10;
export const MI_REPORT_TARGET_PGS = 0x0a;
export const MO_SET_TARGET_PGS = 0x0a;

const LONGEST = 32;

/** A CDB whose fields may be read without a look at its length: what it lacks is 0. */
export class Cdb {
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    const whole = new Uint8Array(LONGEST);
    whole.set(bytes.subarray(0, LONGEST));
    this.#view = new DataView(whole.buffer);
  }

  get opcode(): number {
    return this.#view.getUint8(0);
  }

  get serviceAction(): number {
    return this.#view.getUint8(1) & 0x1f;
  }

  byte(at: number): number {
    return this.#view.getUint8(at);
  }

  u16(at: number): number {
    return this.#view.getUint16(at);
  }

  u32(at: number): number {
    return this.#view.getUint32(at);
  }

  u64(at: number): bigint {
    return this.#view.getBigUint64(at);
  }
}
