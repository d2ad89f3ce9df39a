import type { AccessStateName } from '../../multipath/names.js';
import { Status } from './status.js';

/** include/linux/nvme.h: enum nvme_ana_state. */
const NUMBERS = {
  optimized: 0x01,
  'non-optimized': 0x02,
  inaccessible: 0x03,
  'persistent-loss': 0x04,
  change: 0x0f,
} as const satisfies Record<AccessStateName, number>;

export function anaStateNumber(state: AccessStateName): number {
  return NUMBERS[state];
}

/** Whether a namespace takes I/O in that state. */
export function takesIo(state: AccessStateName): boolean {
  return anaStatus(state) === 0;
}

/** drivers/nvme/target/core.c: nvmet_check_ana_state. 0 where I/O is taken. */
export function anaStatus(state: AccessStateName): number {
  switch (state) {
    case 'optimized':
    case 'non-optimized':
      return 0;
    case 'inaccessible':
      return Status.ANA_INACCESSIBLE;
    case 'persistent-loss':
      return Status.ANA_PERSISTENT_LOSS;
    case 'change':
      return Status.ANA_TRANSITION;
  }
}
