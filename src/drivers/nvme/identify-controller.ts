import { charactersOf, textOf, viewOf, type Refusal } from './bytes.js';
import { IDENTIFY_BYTES } from './commands.js';

/** What mpathfs uses of the Identify Controller data structure; names as in the specification. */
export interface ControllerData {
  readonly vid: number;
  readonly ssvid: number;
  /** Serial number, model and firmware revision, without the padding at the end. */
  readonly sn: string;
  readonly mn: string;
  readonly fr: string;
  /** Bit 1: more controllers in the subsystem; bit 3: ANA reporting. */
  readonly cmic: number;
  /** Largest transfer, as a power of two in units of the smallest page; 0 = no limit. */
  readonly mdts: number;
  readonly cntlid: number;
  /** Major << 16 | minor << 8 | tertiary; 0 before NVMe 1.2. */
  readonly ver: number;
  /** Asynchronous events that it can send; bit 11: ANA change. */
  readonly oaes: number;
  /** Command retry delays 1 to 3, in 100 ms. */
  readonly crdt: readonly [number, number, number];
  /** Seconds that a group may stay in the state `change`. */
  readonly anatt: number;
  /** Bits 0 to 4: the states that it reports; 6: a group ID does not change while attached. */
  readonly anacap: number;
  /** The largest group ID, and the number of groups. */
  readonly anagrpmax: number;
  readonly nanagrpid: number;
  /** The largest NSID, and the most namespaces at a time (0 = not said). */
  readonly nn: number;
  readonly mnan: number;
  readonly oncs: number;
  /** The subsystem's name; made up where the controller gives none, as the kernel does. */
  readonly subsysnqn: string;
}

export const Cmic = { MULTI_CTRL: 1 << 1, ANA: 1 << 3 } as const;

export function decodeController(data: Uint8Array): ControllerData | Refusal {
  if (data.byteLength < IDENTIFY_BYTES) {
    return { error: `${data.byteLength} bytes, not ${IDENTIFY_BYTES}` };
  }
  const view = viewOf(data);
  return {
    vid: view.getUint16(0, true),
    ssvid: view.getUint16(2, true),
    sn: textOf(data.subarray(4, 24)),
    mn: textOf(data.subarray(24, 64)),
    fr: textOf(data.subarray(64, 72)),
    cmic: view.getUint8(76),
    mdts: view.getUint8(77),
    cntlid: view.getUint16(78, true),
    ver: view.getUint32(80, true),
    oaes: view.getUint32(92, true),
    crdt: [view.getUint16(128, true), view.getUint16(130, true), view.getUint16(132, true)],
    anatt: view.getUint8(342),
    anacap: view.getUint8(343),
    anagrpmax: view.getUint32(344, true),
    nanagrpid: view.getUint32(348, true),
    nn: view.getUint32(516, true),
    oncs: view.getUint16(520, true),
    mnan: view.getUint32(540, true),
    subsysnqn: subsysnqn(data),
  };
}

/** Bytes of an NQN with its NUL (NVMF_NQN_SIZE). */
const NQN_BYTES = 223;

/** drivers/nvme/host/core.c: nvme_init_subnqn; the dot in `2014.08` is the kernel's. */
function subsysnqn(data: Uint8Array): string {
  const given = upToNul(data.subarray(768, 768 + NQN_BYTES));
  if (given !== '' && given.length < NQN_BYTES) return given;
  const view = viewOf(data);
  const vendors = [view.getUint16(0, true), view.getUint16(2, true)];
  const digits = vendors.map((id) => id.toString(16).padStart(4, '0')).join('');
  // Serial number and model follow with their padding.
  return `nqn.2014.08.org.nvmexpress:${digits}${upToNul(data.subarray(4, 64))}`;
}

function upToNul(data: Uint8Array): string {
  const end = data.indexOf(0);
  return charactersOf(end < 0 ? data : data.subarray(0, end));
}
