import { ALUA_STATES, AluaStatus } from './alua-state.js';
import type { TargetPortGroup } from './port-group.js';
import type { TargetPort } from './target-port.js';
import type { ScsiUnit } from './unit.js';

/** `struct se_lun`: a logical unit as one target port has it. */
export class Lun {
  readonly unit: ScsiUnit;
  readonly port: TargetPort;
  readonly number: number;
  #group: TargetPortGroup;
  #offline = false;
  /** TG Port Secondary Access Status. */
  secondaryStatus: number = AluaStatus.NONE;

  constructor(unit: ScsiUnit, port: TargetPort, number: number, group: TargetPortGroup) {
    this.unit = unit;
    this.port = port;
    this.number = number;
    this.#group = group;
  }

  get group(): TargetPortGroup {
    return this.#group;
  }

  set group(group: TargetPortGroup) {
    this.#group = group;
    this.unit.changed.tell();
  }

  /** The secondary access state OFFLINE (core_alua_set_tg_pt_secondary_state). */
  get offline(): boolean {
    return this.#offline;
  }

  set offline(offline: boolean) {
    this.#offline = offline;
    this.secondaryStatus = AluaStatus.IMPLICIT;
    this.unit.changed.tell();
  }

  /** Whether reads and writes get through. */
  get takesIo(): boolean {
    if (!this.port.online || this.#offline) return false;
    const { state } = this.#group;
    return (
      state === ALUA_STATES['active/optimized'] || state === ALUA_STATES['active/non-optimized']
    );
  }
}
