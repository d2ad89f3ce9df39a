import type { ScsiAttachment, ScsiResult } from '../../../src/drivers/scsi/port.js';

/** Sends a CDB given as bytes. `data`: filled in, or sent, as `direction` says. */
export function send(
  { port }: ScsiAttachment,
  cdb: readonly number[],
  data?: Uint8Array,
  direction: 'in' | 'out' = 'in',
): Promise<ScsiResult> {
  return port.execute({
    cdb: Uint8Array.from(cdb),
    direction: data === undefined ? 'none' : direction,
    data,
    timeoutMs: 1000,
  });
}

/** `good`, `host e`, or the sense as `2/04/0b`. */
export function outcome({ status, hostStatus, sense }: ScsiResult): string {
  if (hostStatus !== 0) return `host ${hostStatus.toString(16)}`;
  if (status === 0) return 'good';
  if (status !== 2) return `status ${status}`;
  const hex = (at: number): string => (sense[at] ?? 0).toString(16).padStart(2, '0');
  return `${(sense[2] ?? 0).toString(16)}/${hex(12)}/${hex(13)}`;
}

export async function sent(attachment: ScsiAttachment, ...cdb: number[]): Promise<string> {
  return outcome(await send(attachment, cdb));
}

/** What comes in, cut to what was transferred, as hex; or the outcome. */
export async function received(
  attachment: ScsiAttachment,
  cdb: readonly number[],
  length = 255,
): Promise<string> {
  const data = new Uint8Array(length);
  const result = await send(attachment, cdb, data);
  if (result.status !== 0) return outcome(result);
  return Buffer.from(data.subarray(0, length - result.residual)).toString('hex');
}

export const TUR = [0, 0, 0, 0, 0, 0] as const;
export const inquiry = (page?: number): number[] =>
  page === undefined ? [0x12, 0, 0, 0, 255, 0] : [0x12, 1, page, 0, 255, 0];
export const reportPortGroups = (extended = false, length = 255): number[] => {
  return [0xa3, extended ? 0x2a : 0x0a, 0, 0, 0, 0, 0, 0, 0, length, 0, 0];
};
