import type { Clock } from '../../multipath/clock.js';
import { ALUA_STATES, AluaStatus } from './alua-state.js';
import type { Lun } from './lun.js';
import { SenseCode } from './sense.js';
import type { ScsiUnit } from './unit.js';

/** ASYMMETRIC ACCESS SUPPORT bits of a target port group descriptor. */
export const AluaSupport = {
  OPTIMIZED: 0x01,
  NON_OPTIMIZED: 0x02,
  STANDBY: 0x04,
  UNAVAILABLE: 0x08,
  LBA_DEPENDENT: 0x10,
  OFFLINE: 0x40,
  TRANSITIONING: 0x80,
} as const;
const SUPPORT_BY_STATE = new Map<number, number>([
  [0x0, AluaSupport.OPTIMIZED],
  [0x1, AluaSupport.NON_OPTIMIZED],
  [0x2, AluaSupport.STANDBY],
  [0x3, AluaSupport.UNAVAILABLE],
  [0x4, AluaSupport.LBA_DEPENDENT],
  [0xe, AluaSupport.OFFLINE],
  [0xf, AluaSupport.TRANSITIONING],
]);

/** TPGS of the standard INQUIRY data. */
export const Tpgs = { IMPLICIT: 0x10, EXPLICIT: 0x20 } as const;

/** `struct t10_alua_tg_pt_gp`, a target port group of one logical unit. */
export class TargetPortGroup {
  readonly unit: ScsiUnit;
  readonly name: string;
  readonly id: number;
  readonly #clock: Clock;
  #state: number;
  #status: number = AluaStatus.NONE;
  preferred: boolean;
  /** Tpgs bits. */
  accessType: number = Tpgs.IMPLICIT | Tpgs.EXPLICIT;
  /** AluaSupport bits. */
  supported: number =
    AluaSupport.TRANSITIONING |
    AluaSupport.OFFLINE |
    AluaSupport.UNAVAILABLE |
    AluaSupport.STANDBY |
    AluaSupport.NON_OPTIMIZED |
    AluaSupport.OPTIMIZED;
  /** What the extended header of REPORT TARGET PORT GROUPS says, seconds; 0 = nothing. */
  implicitTransSecs = 0;
  /** How long a change takes, for which the group is transitioning. */
  transDelayMsecs = 0;

  constructor(
    unit: ScsiUnit,
    name: string,
    id: number,
    state: number,
    preferred: boolean,
    clock: Clock,
  ) {
    this.unit = unit;
    this.name = name;
    this.id = id;
    this.#state = state;
    this.preferred = preferred;
    this.#clock = clock;
  }

  /** As SPC-4 numbers them. */
  get state(): number {
    return this.#state;
  }

  /** An AluaStatus. */
  get status(): number {
    return this.#status;
  }

  set status(status: number) {
    this.#status = status;
  }

  get members(): readonly Lun[] {
    return this.unit.luns.filter((lun) => lun.group === this);
  }

  /** core_alua_check_transition: whether `state` exists and is supported. */
  supports(state: number, explicit: boolean): boolean {
    if (explicit && state === ALUA_STATES.transitioning) return false;
    return (this.supported & (SUPPORT_BY_STATE.get(state) ?? 0)) !== 0;
  }

  /**
   * core_alua_do_transition_tg_pt, to a state that it supports. `by`: whose SET TARGET PORT GROUPS
   * asks for it; it is told by that command's end, all others by a unit attention.
   */
  async changeState(state: number, by?: Lun): Promise<void> {
    if (state === this.#state) return;
    this.#enter(ALUA_STATES.transitioning, by);
    if (state === ALUA_STATES.transitioning) return;
    if (this.transDelayMsecs > 0) {
      await new Promise<void>((resolve) => this.#clock.after(this.transDelayMsecs, resolve));
    }
    this.#enter(state, by);
  }

  #enter(state: number, by: Lun | undefined): void {
    this.#state = state;
    this.#status = by === undefined ? AluaStatus.IMPLICIT : AluaStatus.EXPLICIT_STPG;
    for (const lun of this.members) {
      if (lun !== by) this.unit.attention(SenseCode.ALUA_STATE_CHANGED, lun);
    }
    this.unit.changed.tell();
  }
}
