import { crc32 } from 'node:zlib';
import type { BlockReader } from './block-reader.js';
import { MBR_SIZE, mbrRecords, TYPE_PROTECTIVE } from './mbr-record.js';
import { MAX_PARTITIONS, type PartitionEntry } from './partition-entry.js';

const PRIMARY_LBA = 1;
/** `EFI PART`. */
const SIGNATURE = 0x5452415020494645n;
const HEADER_SIZE = 92;
const HEADER_CRC = 16;
/** The kernel knows no other. */
const ENTRY_SIZE = 128;
/** KMALLOC_MAX_SIZE: the most bytes of all entries. */
const MAX_ENTRIES_SIZE = 4 << 20;
const NAME = 56;

/**
 * block/partitions/efi.c: efi_partition. Undefined: there is no valid GPT.
 *
 * A broken primary is replaced by the backup in the last block, which the kernel does if it is
 * booted with `gpt`; the protective MBR is wanted all the same.
 */
export async function readGpt(disk: BlockReader): Promise<PartitionEntry[] | undefined> {
  const mbr = await disk.read(0, MBR_SIZE);
  if (mbr === undefined || !isProtective(mbr)) return undefined;
  const entries =
    (await readEntries(disk, PRIMARY_LBA)) ?? (await readEntries(disk, disk.blocks - 1));
  return entries && partitions(entries, disk);
}

/** is_pmbr_valid; other records beside the protective one make it a hybrid, which is as good. */
function isProtective(mbr: DataView): boolean {
  const records = mbrRecords(mbr) ?? [];
  return records.some(({ type, start }) => type === TYPE_PROTECTIVE && start === PRIMARY_LBA);
}

/** is_gpt_valid: the entries that the header in this block is about, or undefined. */
async function readEntries(disk: BlockReader, lba: number): Promise<DataView | undefined> {
  const header = await disk.read(lba, disk.blockSize);
  if (header === undefined || header.getBigUint64(0, true) !== SIGNATURE) return undefined;
  const size = header.getUint32(12, true);
  if (size < HEADER_SIZE || size > disk.blockSize) return undefined;
  if (headerCrc(header, size) !== header.getUint32(HEADER_CRC, true)) return undefined;
  if (header.getBigUint64(24, true) !== BigInt(lba)) return undefined;
  const firstUsable = header.getBigUint64(40, true);
  const lastUsable = header.getBigUint64(48, true);
  if (lastUsable < firstUsable || lastUsable >= BigInt(disk.blocks)) return undefined;

  const entriesLba = header.getBigUint64(72, true);
  const entriesSize = header.getUint32(80, true) * ENTRY_SIZE;
  if (header.getUint32(84, true) !== ENTRY_SIZE) return undefined;
  if (entriesSize === 0 || entriesSize > MAX_ENTRIES_SIZE) return undefined;
  if (entriesLba >= BigInt(disk.blocks)) return undefined;
  const entries = await disk.read(Number(entriesLba), entriesSize);
  if (entries === undefined || crc32(entries) !== header.getUint32(88, true)) return undefined;
  return entries;
}

/** With the field of the checksum itself taken as 0. */
function headerCrc(header: DataView, size: number): number {
  const bytes = new Uint8Array(header.buffer.slice(0, size));
  bytes.fill(0, HEADER_CRC, HEADER_CRC + 4);
  return crc32(bytes);
}

function partitions(entries: DataView, { blocks, blockSize }: BlockReader): PartitionEntry[] {
  const found: PartitionEntry[] = [];
  const count = Math.min(entries.byteLength / ENTRY_SIZE, MAX_PARTITIONS - 1);
  for (let i = 0; i < count; i++) {
    const entry = new DataView(entries.buffer, i * ENTRY_SIZE, ENTRY_SIZE);
    const used = entry.getBigUint64(0, true) !== 0n || entry.getBigUint64(8, true) !== 0n;
    const first = entry.getBigUint64(32, true);
    const last = entry.getBigUint64(40, true);
    if (!used || first > last || last >= BigInt(blocks)) continue;
    found.push({
      number: i + 1,
      start: Number(first) * blockSize,
      size: Number(last - first + 1n) * blockSize,
      uuid: guid(entry, 16),
      label: label(entry),
    });
  }
  return found;
}

/** `%pUl`: its first three fields are little endian. */
function guid(entry: DataView, at: number): string {
  const hex = (value: number | bigint, digits: number): string =>
    value.toString(16).padStart(digits, '0');
  return [
    hex(entry.getUint32(at, true), 8),
    hex(entry.getUint16(at + 4, true), 4),
    hex(entry.getUint16(at + 6, true), 4),
    hex(entry.getUint16(at + 8), 4),
    hex(entry.getBigUint64(at + 8) & 0xffffffffffffn, 12),
  ].join('-');
}

/** UTF-16, up to the first NUL. */
function label(entry: DataView): string | undefined {
  let text = '';
  for (let at = NAME; at < ENTRY_SIZE; at += 2) {
    const unit = entry.getUint16(at, true);
    if (unit === 0) break;
    text += String.fromCharCode(unit);
  }
  return text === '' ? undefined : text;
}
