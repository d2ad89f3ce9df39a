/**
 * The partition records of a boot sector, which a protective MBR, an MBR and each link of a
 * chain of logical partitions have (struct msdos_partition).
 */
export interface MbrRecord {
  /** 0x80: the active one. */
  readonly status: number;
  readonly type: number;
  /** Logical blocks. */
  readonly start: number;
  readonly size: number;
}

export const MBR_SIZE = 512;
/** Of a record that stands for the whole disk, which has a GPT. */
export const TYPE_PROTECTIVE = 0xee;

const RECORDS = 0x1be;
const RECORD_SIZE = 16;
const SIGNATURE = 0x1fe;

/** Its four records, or undefined without the signature. */
export function mbrRecords(sector: DataView): MbrRecord[] | undefined {
  if (sector.getUint16(SIGNATURE, true) !== 0xaa55) return undefined;
  return [0, 1, 2, 3].map((slot) => {
    const at = RECORDS + slot * RECORD_SIZE;
    return {
      status: sector.getUint8(at),
      type: sector.getUint8(at + 4),
      start: sector.getUint32(at + 8, true),
      size: sector.getUint32(at + 12, true),
    };
  });
}
