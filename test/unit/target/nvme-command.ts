import type { NvmeAttachment, NvmeCompletion } from '../../../src/drivers/nvme/port.js';

/** Fields of a submission queue entry by their place in dwords. */
export interface Fields {
  readonly opcode: number;
  readonly nsid?: number;
  /** Command dwords 10 to 15. */
  readonly cdw?: readonly number[];
}

export function sqe({ opcode, nsid = 0, cdw = [] }: Fields): Uint8Array {
  const bytes = new Uint8Array(64);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, opcode);
  view.setUint32(4, nsid, true);
  for (const [place, value] of cdw.entries()) view.setUint32(40 + 4 * place, value, true);
  return bytes;
}

export function admin(
  { port }: NvmeAttachment,
  fields: Fields,
  data?: Uint8Array,
): Promise<NvmeCompletion> {
  return port.admin({ sqe: sqe(fields), data, timeoutMs: 1000 });
}

export function io(
  { port }: NvmeAttachment,
  fields: Fields,
  data?: Uint8Array,
): Promise<NvmeCompletion> {
  return port.io({ sqe: sqe(fields), data, timeoutMs: 1000 });
}

/** The Identify data of a CNS, or the status. */
export async function identify(
  attachment: NvmeAttachment,
  cns: number,
  nsid = attachment.nsid,
): Promise<DataView | number> {
  const data = new Uint8Array(4096);
  const { status } = await admin(attachment, { opcode: 0x06, nsid, cdw: [cns] }, data);
  return status === 0 ? new DataView(data.buffer) : status;
}

/** `length` bytes of a log page from `offset` on, or the status. */
export async function log(
  attachment: NvmeAttachment,
  lid: number,
  { length = 512, offset = 0, lsp = 0, rae = false } = {},
): Promise<Uint8Array | number> {
  const data = new Uint8Array(length);
  const dwords = length / 4 - 1;
  const cdw10 = (lid | (lsp << 8) | (rae ? 1 << 15 : 0) | ((dwords & 0xffff) << 16)) >>> 0;
  const cdw = [cdw10, dwords >>> 16, offset, 0];
  const { status } = await admin(attachment, { opcode: 0x02, cdw }, data);
  return status === 0 ? data : status;
}
