import { systemError } from '../../shared/system-error.js';
import type { ScsiIdentity } from '../identity.js';
import { inquiry as inquiryCdb, inquiryVpd } from './commands.js';
import type { ScsiDevice } from './device.js';
import type { Designator } from './device-identification.js';
import { decodeDesignators, lunId, targetPort } from './device-identification.js';
import { ScsiError } from './error.js';
import type { Inquiry } from './inquiry.js';
import { decodeInquiry, INQUIRY_LENGTH } from './inquiry.js';
import type { ScsiAttachment } from './port.js';
import { isRefusal } from './refusal.js';
import { decodeSerialNumber, decodeSupportedPages, vpdLength, VpdPage } from './vpd.js';

const { SUPPORTED_PAGES, UNIT_SERIAL_NUMBER, DEVICE_IDENTIFICATION } = VpdPage;
/** A page is asked for with so much room; one that is longer, again. */
const VPD_LENGTH = 252;
/** ALLOCATION LENGTH is 16 bits wide. */
const LONGEST = 0xffff;

/** The system's part of the identity. */
export type Attached = Pick<ScsiAttachment, 'address' | 'numaNode' | 'wwid'>;

/** What a unit says of itself. Rejects with Node's errors if it does not answer, or a ScsiError. */
export async function identify(device: ScsiDevice, attached: Attached): Promise<ScsiIdentity> {
  const { address, numaNode } = attached;
  const { bytes, inquiry } = await readInquiry(device, address);
  const vpd = await readPages(device);
  const designators = designatorsOf(vpd);
  const wwid = attached.wwid ?? lunId(designators) ?? '';
  const page = vpd.get(UNIT_SERIAL_NUMBER);
  const number = page === undefined ? undefined : decodeSerialNumber(page);
  const port = inquiry.tpgs === 0 ? undefined : targetPort(designators);
  return {
    kind: 'scsi',
    wwid,
    vendor: inquiry.vendor,
    model: inquiry.model,
    revision: inquiry.revision,
    serial: number === undefined || isRefusal(number) ? '' : number.serial,
    address,
    numaNode,
    inquiry: bytes,
    vpd,
    portGroup: port?.portGroup,
    relativePort: port?.relativePort,
  };
}

/** Twice: the first part says how long the whole is (drivers/scsi/scsi_scan.c: scsi_probe_lun). */
async function readInquiry(
  device: ScsiDevice,
  address: string,
): Promise<{ readonly bytes: Uint8Array; readonly inquiry: Inquiry }> {
  const first = await device.execute(inquiryCdb(INQUIRY_LENGTH), INQUIRY_LENGTH);
  if (first.errno !== 0) throw systemError(first.errno, `${address} does not answer`);
  const inquiry = decodeInquiry(first.data);
  if (isRefusal(inquiry)) {
    throw new ScsiError(`${address} sends ${inquiry.error}`);
  }
  if (inquiry.qualifier !== 0) {
    const message = `${address} says that it has no logical unit; have its target map one there`;
    throw new ScsiError(message);
  }
  if (inquiry.length <= INQUIRY_LENGTH) return { bytes: first.data, inquiry };
  const whole = await device.execute(inquiryCdb(inquiry.length), inquiry.length);
  const better = whole.errno === 0 && whole.data.length > first.data.length;
  return { bytes: better ? whole.data : first.data, inquiry };
}

/** The pages that are known here, of those that the unit has; whole ones only. */
async function readPages(device: ScsiDevice): Promise<ReadonlyMap<number, Uint8Array>> {
  const pages = new Map<number, Uint8Array>();
  const first = await readPage(device, SUPPORTED_PAGES);
  if (first === undefined) return pages;
  const supported = decodeSupportedPages(first);
  if (isRefusal(supported)) return pages;
  pages.set(SUPPORTED_PAGES, first);
  for (const code of Object.values(VpdPage)) {
    if (code === SUPPORTED_PAGES || !supported.includes(code)) continue;
    const page = await readPage(device, code);
    if (page !== undefined) pages.set(code, page);
  }
  return pages;
}

async function readPage(device: ScsiDevice, code: number): Promise<Uint8Array | undefined> {
  for (let room = VPD_LENGTH; ;) {
    const { errno, data } = await device.execute(inquiryVpd(code, room), room);
    if (errno !== 0) return undefined;
    const length = vpdLength(data, code);
    if (typeof length !== 'number') return undefined;
    if (length <= data.length) return data.subarray(0, length);
    if (length <= room || length > LONGEST) return undefined;
    room = length;
  }
}

function designatorsOf(vpd: ReadonlyMap<number, Uint8Array>): readonly Designator[] {
  const page = vpd.get(DEVICE_IDENTIFICATION);
  if (page === undefined) return [];
  const designators = decodeDesignators(page);
  return isRefusal(designators) ? [] : designators;
}
