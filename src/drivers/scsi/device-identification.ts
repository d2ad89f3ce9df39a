import { be16, byteAt, hex, latin1 } from './bytes.js';
import type { Refusal } from './refusal.js';
import { isRefusal } from './refusal.js';
import { vpdPayload, VpdPage } from './vpd.js';

/** A designator of VPD page 0x83. */
export interface Designator {
  /** 1 binary, 2 ASCII, 3 UTF-8. */
  readonly codeSet: number;
  /** Whose name it is. */
  readonly association: number;
  /** 1 T10 vendor id, 2 EUI-64, 3 NAA, 4 relative port, 5 port group, 8 SCSI name string ... */
  readonly type: number;
  readonly bytes: Uint8Array;
}

/** Of `association`. */
const LOGICAL_UNIT = 0;
const Type = { T10: 1, EUI64: 2, NAA: 3, RELATIVE_PORT: 4, PORT_GROUP: 5, NAME_STRING: 8 } as const;

/** The page's designators up to the first that runs past its end: the kernel stops there too. */
export function decodeDesignators(page: Uint8Array): readonly Designator[] | Refusal {
  const payload = vpdPayload(page, VpdPage.DEVICE_IDENTIFICATION);
  if (isRefusal(payload)) return payload;
  const found: Designator[] = [];
  for (let at = 0; at + 4 <= payload.length;) {
    const end = at + 4 + byteAt(payload, at + 3);
    if (end > payload.length) break;
    found.push({
      codeSet: byteAt(payload, at) & 0xf,
      association: (byteAt(payload, at + 1) >> 4) & 3,
      type: byteAt(payload, at + 1) & 0xf,
      bytes: payload.subarray(at + 4, end),
    });
    at = end;
  }
  return found;
}

/**
 * The unique id of the logical unit as its attribute wwid shows it, without zero padding;
 * undefined if no designator makes one. Of two with the same preference the later counts; one
 * that is variable in length gives way to anything longer.
 * drivers/scsi/scsi_lib.c: designator_prio, scsi_vpd_lun_id.
 */
export function lunId(designators: readonly Designator[]): string | undefined {
  let id: string | undefined;
  let best = 0;
  let size = 0;
  for (const designator of designators) {
    const preference = preferenceOf(designator);
    const text = idOf(designator);
    if (preference === 0 || text === undefined || best > preference) continue;
    const { type, bytes } = designator;
    if ((type === Type.T10 || type === Type.NAME_STRING) && size > bytes.length) continue;
    [id, best, size] = [text, preference, bytes.length];
  }
  return id;
}

/**
 * Which port of the target the page came through (scsi_vpd_tpg_id): the number of its port group
 * and its own, undefined where the device does not say.
 */
export function targetPort(designators: readonly Designator[]): {
  readonly portGroup: number | undefined;
  readonly relativePort: number | undefined;
} {
  const last = (type: number): number | undefined => {
    const found = designators.findLast((each) => each.type === type && each.bytes.length >= 4);
    return found === undefined ? undefined : be16(found.bytes, 2);
  };
  return { portGroup: last(Type.PORT_GROUP), relativePort: last(Type.RELATIVE_PORT) };
}

/** 0: it does not name the logical unit. */
function preferenceOf({ association, type, bytes }: Designator): number {
  if (association !== LOGICAL_UNIT || bytes.length === 0) return 0;
  switch (type) {
    case Type.NAME_STRING:
      return 9;
    case Type.NAA:
      // Registered extended, registered, and what the kernel takes for extended and local.
      return { 6: 8, 5: 5, 4: 4, 3: 1 }[byteAt(bytes, 0) >> 4] ?? 0;
    case Type.EUI64:
      return { 16: 7, 12: 6, 8: 3 }[bytes.length] ?? 0;
    case Type.T10:
      return 1;
    default:
      return 0;
  }
}

function idOf({ type, bytes }: Designator): string | undefined {
  switch (type) {
    case Type.NAME_STRING: {
      const name = new TextDecoder().decode(bytes).replace(/\0+$/, '');
      return name === '' ? undefined : name;
    }
    case Type.NAA:
      return bytes.length === 8 || bytes.length === 16 ? `naa.${hex(bytes)}` : undefined;
    case Type.EUI64:
      return `eui.${hex(bytes)}`;
    case Type.T10:
      return `t10.${escaped(bytes)}`;
    default:
      return undefined;
  }
}

const ESCAPES: Readonly<Record<number, string>> = {
  0x00: '\\0',
  0x07: '\\a',
  0x09: '\\t',
  0x0a: '\\n',
  0x0b: '\\v',
  0x0c: '\\f',
  0x0d: '\\r',
  0x1b: '\\e',
};

/** printk's %*pE: what is not printable (in Latin-1) is escaped. lib/string_helpers.c. */
function escaped(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => {
    if ((byte >= 0x20 && byte < 0x7f) || byte >= 0xa0) return latin1(Uint8Array.of(byte));
    return ESCAPES[byte] ?? `\\${byte.toString(8).padStart(3, '0')}`;
  }).join('');
}
