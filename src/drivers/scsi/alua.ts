import { AccessState } from '../../multipath/names.js';

/** ASYMMETRIC ACCESS STATE of a target port group, as SPC numbers them. */
export const AluaState = {
  OPTIMIZED: 0,
  NONOPTIMIZED: 1,
  STANDBY: 2,
  UNAVAILABLE: 3,
  LBA_DEPENDENT: 4,
  OFFLINE: 0xe,
  TRANSITIONING: 0xf,
} as const;

/** Bits of the states that a port group supports. */
export const AluaSupport = {
  OPTIMIZED: 0x01,
  NONOPTIMIZED: 0x02,
  STANDBY: 0x04,
  UNAVAILABLE: 0x08,
  LBA_DEPENDENT: 0x10,
  OFFLINE: 0x40,
  TRANSITIONING: 0x80,
} as const;

/**
 * The core's AccessState for it. The kernel lets I/O through while a group is transitioning, and
 * repeats it; here it waits. States that SPC keeps reserved carry none.
 */
export function accessStateOf(alua: number): number {
  switch (alua) {
    case AluaState.OPTIMIZED:
      return AccessState.OPTIMIZED;
    case AluaState.NONOPTIMIZED:
    case AluaState.LBA_DEPENDENT:
      return AccessState.NONOPTIMIZED;
    case AluaState.OFFLINE:
      return AccessState.PERSISTENT_LOSS;
    case AluaState.TRANSITIONING:
      return AccessState.CHANGE;
    default:
      return AccessState.INACCESSIBLE;
  }
}

/** `state A preferred supports tolusNA`, as scsi_dh_alua logs a group (alua_rtpg). */
export function describe(state: number, preferred: boolean, supported: number): string {
  const letter = STATE_LETTERS[state] ?? 'X';
  const supports = SUPPORT_LETTERS.map(([bit, name]) =>
    (supported & bit) === 0 ? name : name.toUpperCase(),
  ).join('');
  return `state ${letter} ${preferred ? 'preferred' : 'non-preferred'} supports ${supports}`;
}

const STATE_LETTERS: Readonly<Record<number, string>> = {
  [AluaState.OPTIMIZED]: 'A',
  [AluaState.NONOPTIMIZED]: 'N',
  [AluaState.STANDBY]: 'S',
  [AluaState.UNAVAILABLE]: 'U',
  [AluaState.LBA_DEPENDENT]: 'L',
  [AluaState.OFFLINE]: 'O',
  [AluaState.TRANSITIONING]: 'T',
};

const SUPPORT_LETTERS = [
  [AluaSupport.TRANSITIONING, 't'],
  [AluaSupport.OFFLINE, 'o'],
  [AluaSupport.LBA_DEPENDENT, 'l'],
  [AluaSupport.UNAVAILABLE, 'u'],
  [AluaSupport.STANDBY, 's'],
  [AluaSupport.NONOPTIMIZED, 'n'],
  [AluaSupport.OPTIMIZED, 'a'],
] as const;
