/**
 * drivers/nvme/target/admin-cmd.c: the Identify data structures. Where nvmet says what it can do
 * and this target can't (DSM, Write Zeroes, write protection), it is left out.
 */
import { MAX_ANAGRPS, MAX_NAMESPACES } from '../../config/targets.js';
import type { NvmetController } from './controller.js';
import type { NvmetNamespace } from './namespace.js';

export const IDENTIFY_LENGTH = 4096;

/** CMIC: several ports, several controllers, ANA. */
const CMIC = 0x0b;
/** States optimized to change; a namespace's group may change without a rescan. */
const ANACAP = 0x1f;
/** Seconds. */
const ANATT = 10;
const VERSION = 0x010300;
/** Asynchronous events: namespace attributes, ANA change. */
export const OAES = 0x900;
const HOST_ID_128 = 0x01;
const TBKAS = 0x40;
const MAX_COMMANDS = 1024;
const ASYNC_EVENTS = 4;
const ERROR_LOG_SLOTS = 128;
/** Units of 100 ms. */
const KEEP_ALIVE_GRANULARITY = 10;

/** CNS 01h. */
export function identifyController({ cntlid, subsystem }: NvmetController): Uint8Array {
  const page = new Uint8Array(IDENTIFY_LENGTH);
  const view = new DataView(page.buffer);
  ascii(page, 4, 20, subsystem.serial);
  ascii(page, 24, 40, subsystem.model);
  ascii(page, 64, 8, subsystem.firmwareRev);
  view.setUint8(72, 6);
  view.setUint8(76, CMIC);
  view.setUint16(78, cntlid, true);
  view.setUint32(80, VERSION, true);
  view.setUint32(92, OAES, true);
  view.setUint32(96, HOST_ID_128 | TBKAS, true);
  view.setUint8(111, 1); // an I/O controller
  view.setUint8(258, 3);
  view.setUint8(259, ASYNC_EVENTS - 1);
  view.setUint8(260, 0b11); // one firmware slot, read-only
  view.setUint8(261, 0b111); // SMART by namespace, effects log, offsets into logs
  view.setUint8(262, ERROR_LOG_SLOTS - 1);
  view.setUint16(320, KEEP_ALIVE_GRANULARITY, true);
  view.setUint8(342, ANATT);
  view.setUint8(343, ANACAP);
  view.setUint32(344, MAX_ANAGRPS, true);
  view.setUint32(348, MAX_ANAGRPS, true);
  view.setUint8(512, 0x66);
  view.setUint8(513, 0x44);
  view.setUint16(514, MAX_COMMANDS, true);
  view.setUint32(516, MAX_NAMESPACES, true);
  view.setUint8(525, 1); // a volatile write cache
  view.setUint32(536, 1, true); // SGLs
  view.setUint32(540, MAX_NAMESPACES, true);
  page.set(Buffer.from(subsystem.nqn, 'latin1').subarray(0, 255), 768);
  view.setUint32(1792, 64 / 16, true);
  view.setUint32(1796, 16 / 16, true);
  view.setUint8(1803, 1);
  // One power state, with the numbers that QEMU has.
  view.setUint16(2048, 0x9c4, true);
  view.setUint32(2052, 0x10, true);
  view.setUint32(2056, 0x4, true);
  return page;
}

/** CNS 00h; all zeros of a namespace that is not active. */
export function identifyNamespace(
  { port }: NvmetController,
  namespace: NvmetNamespace | undefined,
): Uint8Array {
  const page = new Uint8Array(IDENTIFY_LENGTH);
  const image = namespace?.image;
  if (namespace === undefined || image === undefined) return page;
  namespace.revalidate();
  const view = new DataView(page.buffer);
  const blocks = BigInt(namespace.size / image.blockSize);
  const state = port.anaState(namespace.anaGrpid);
  view.setBigUint64(0, blocks, true);
  view.setBigUint64(8, blocks, true);
  if (state !== 'inaccessible' && state !== 'persistent-loss') view.setBigUint64(16, blocks, true);
  view.setUint8(30, 1); // NMIC: shared
  view.setUint32(92, namespace.anaGrpid, true);
  page.set(Buffer.from(namespace.nguid, 'hex'), 104);
  view.setUint8(130, Math.log2(image.blockSize));
  return page;
}

/** CNS 02h: the active namespaces above `nsid`. */
export function activeNamespaces({ subsystem }: NvmetController, nsid: number): Uint8Array {
  const page = new Uint8Array(IDENTIFY_LENGTH);
  const view = new DataView(page.buffer);
  const active = [...subsystem.namespaces.values()].filter((ns) => ns.enabled && ns.nsid > nsid);
  for (const [place, namespace] of active.slice(0, IDENTIFY_LENGTH / 4).entries()) {
    view.setUint32(place * 4, namespace.nsid, true);
  }
  return page;
}

/** NIDT of a namespace identification descriptor. */
const NIDT = { NGUID: 2, UUID: 3, CSI: 4 } as const;

/** CNS 03h. */
export function namespaceDescriptors(namespace: NvmetNamespace): Uint8Array {
  const page = new Uint8Array(IDENTIFY_LENGTH);
  let at = 0;
  const add = (type: number, hex: string): void => {
    const id = Buffer.from(hex, 'hex');
    page.set([type, id.length, 0, 0], at);
    page.set(id, at + 4);
    at += 4 + id.length;
  };
  if (namespace.uuid !== '') add(NIDT.UUID, namespace.uuid);
  if (namespace.nguid !== '') add(NIDT.NGUID, namespace.nguid);
  add(NIDT.CSI, '00'); // the NVM command set
  return page;
}

/** Left-justified, padded with blanks. */
function ascii(page: Uint8Array, at: number, length: number, text: string): void {
  page.set(Buffer.from(text.padEnd(length).slice(0, length), 'latin1'), at);
}
