import type { AluaStateName } from '../../config/targets.js';

/** Asymmetric access states as SPC-4 numbers them. */
export const ALUA_STATES = {
  'active/optimized': 0x0,
  'active/non-optimized': 0x1,
  standby: 0x2,
  unavailable: 0x3,
  offline: 0xe,
  transitioning: 0xf,
} as const satisfies Record<AluaStateName, number>;

/** There is no map of LBAs here, so no group is in this state, or may be. */
export const LBA_DEPENDENT = 0x4;

/** drivers/target/target_core_alua.c: core_alua_dump_state. */
export function dumpState(state: number): string {
  switch (state) {
    case ALUA_STATES['active/optimized']:
      return 'Active/Optimized';
    case ALUA_STATES['active/non-optimized']:
      return 'Active/NonOptimized';
    case ALUA_STATES.standby:
      return 'Standby';
    case ALUA_STATES.unavailable:
      return 'Unavailable';
    case ALUA_STATES.offline:
      return 'Offline';
    case ALUA_STATES.transitioning:
      return 'Transitioning';
    default:
      return 'Unknown';
  }
}

/** STATUS CODE of a target port group. */
export const AluaStatus = { NONE: 0, EXPLICIT_STPG: 1, IMPLICIT: 2 } as const;

/** core_alua_dump_status. */
export function dumpStatus(status: number): string {
  return ['None', 'Altered by Explicit STPG', 'Altered by Implicit ALUA'][status] ?? 'Unknown';
}
