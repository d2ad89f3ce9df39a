/** Data pages as a controller would send them, for the decoders and the fake controller. */

export interface ControllerFields {
  vid?: number;
  ssvid?: number;
  sn?: string;
  mn?: string;
  fr?: string;
  cmic?: number;
  mdts?: number;
  cntlid?: number;
  ver?: number;
  anatt?: number;
  anagrpmax?: number;
  nanagrpid?: number;
  nn?: number;
  mnan?: number;
  subsysnqn?: string;
}

/** What nvmet of Linux 6.12 says in the golden captures, where it is not told otherwise. */
export const NVMET: Required<ControllerFields> = {
  vid: 0,
  ssvid: 0,
  sn: 'E3SERIAL',
  mn: 'e3-model',
  fr: '6.12.117',
  cmic: 0xb,
  mdts: 0,
  cntlid: 1,
  ver: 0x10300,
  anatt: 10,
  anagrpmax: 128,
  nanagrpid: 128,
  nn: 1024,
  mnan: 1024,
  subsysnqn: 'nqn.2026-11.e3:ana',
};

export function controllerPage(fields: ControllerFields = {}): Uint8Array {
  const f = { ...NVMET, ...fields };
  const page = Buffer.alloc(4096);
  page.writeUInt16LE(f.vid, 0);
  page.writeUInt16LE(f.ssvid, 2);
  page.write(f.sn.padEnd(20), 4, 'latin1');
  page.write(f.mn.padEnd(40), 24, 'latin1');
  page.write(f.fr.padEnd(8), 64, 'latin1');
  page.writeUInt8(f.cmic, 76);
  page.writeUInt8(f.mdts, 77);
  page.writeUInt16LE(f.cntlid, 78);
  page.writeUInt32LE(f.ver, 80);
  page.writeUInt32LE(0x900, 92);
  page.writeUInt16LE(1, 128);
  page.writeUInt16LE(20, 130);
  page.writeUInt16LE(300, 132);
  page.writeUInt8(f.anatt, 342);
  page.writeUInt8(0x1f, 343);
  page.writeUInt32LE(f.anagrpmax, 344);
  page.writeUInt32LE(f.nanagrpid, 348);
  page.writeUInt32LE(f.nn, 516);
  page.writeUInt16LE(0x8c, 520);
  page.writeUInt32LE(f.mnan, 540);
  page.write(f.subsysnqn, 768, 'latin1');
  return page;
}

export interface NamespaceFields {
  nsze?: bigint;
  ncap?: bigint;
  nuse?: bigint;
  /** By index: metadata bytes and shift of the block size. */
  formats?: readonly (readonly [metadata: number, shift: number])[];
  flbas?: number;
  nmic?: number;
  anagrpid?: number;
  nguid?: string;
  eui64?: string;
}

export function namespacePage(fields: NamespaceFields = {}): Uint8Array {
  const { nsze = 0x20000n, formats = [[0, 9]], nguid = '', eui64 = '' } = fields;
  const page = Buffer.alloc(4096);
  page.writeBigUInt64LE(nsze, 0);
  page.writeBigUInt64LE(fields.ncap ?? nsze, 8);
  page.writeBigUInt64LE(fields.nuse ?? nsze, 16);
  page.writeUInt8(formats.length - 1, 25);
  page.writeUInt8(fields.flbas ?? 0, 26);
  page.writeUInt8(fields.nmic ?? 1, 30);
  page.writeUInt32LE(fields.anagrpid ?? 1, 92);
  page.write(nguid, 104, 'hex');
  page.write(eui64, 120, 'hex');
  for (const [index, [metadata, shift]] of formats.entries()) {
    page.writeUInt16LE(metadata, 128 + index * 4);
    page.writeUInt8(shift, 130 + index * 4);
  }
  return page;
}

/** Identifiers by type, in hex digits. */
export function descriptorsPage(
  descriptors: readonly (readonly [type: number, id: string])[],
): Uint8Array {
  const page = Buffer.alloc(4096);
  let at = 0;
  for (const [type, id] of descriptors) {
    page.writeUInt8(type, at);
    page.writeUInt8(id.length / 2, at + 1);
    at += 4 + page.write(id, at + 4, 'hex');
  }
  return page;
}

export interface GroupFields {
  id: number;
  state: number;
  nsids: readonly number[];
  changeCount?: bigint;
}

/** As long as it needs to be, or padded to `bytes`. */
export function anaLogPage(
  groups: readonly GroupFields[],
  { changeCount = 1n, bytes = 0 }: { changeCount?: bigint; bytes?: number } = {},
): Uint8Array {
  const size = groups.reduce((sum, { nsids }) => sum + 32 + nsids.length * 4, 16);
  const page = Buffer.alloc(Math.max(size, bytes));
  page.writeBigUInt64LE(changeCount, 0);
  page.writeUInt16LE(groups.length, 8);
  let at = 16;
  for (const group of groups) {
    page.writeUInt32LE(group.id, at);
    page.writeUInt32LE(group.nsids.length, at + 4);
    page.writeBigUInt64LE(group.changeCount ?? changeCount, at + 8);
    page.writeUInt8(group.state, at + 16);
    for (const [n, nsid] of group.nsids.entries()) page.writeUInt32LE(nsid, at + 32 + n * 4);
    at += 32 + group.nsids.length * 4;
  }
  return page;
}
