import type { Clock } from '../../multipath/clock.js';
import type { OpenFile } from '../image.js';
import { Listeners } from '../listeners.js';
import { DEFAULT_TG_PT_GP, type TargetConfig, type UnitConfig } from '../../config/targets.js';
import { sameId } from '../target-error.js';
import { ALUA_STATES } from './alua-state.js';
import { Lun } from './lun.js';
import { TargetPortGroup } from './port-group.js';
import { TargetPort } from './target-port.js';
import { ScsiUnit } from './unit.js';

/** The SCSI target: what `sys/kernel/config/target` has. */
export class TargetCore {
  /** By name. */
  readonly units = new Map<string, ScsiUnit>();
  /** By WWN. */
  readonly ports = new Map<string, TargetPort>();
  readonly #changed = new Listeners<[]>();
  readonly #clock: Clock;

  /** Throws a TargetError if an image can't be opened, or two units have one id. */
  constructor(config: TargetConfig, openFile: OpenFile, clock: Clock) {
    this.#clock = clock;
    try {
      for (const unit of config.units) this.#addUnit(unit, openFile);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  close(): void {
    for (const { image } of this.units.values()) image.close();
    this.units.clear();
  }

  #addUnit(config: UnitConfig, openFile: OpenFile): void {
    const unit = new ScsiUnit(config, openFile, this.#changed);
    const other = [...this.units.values()].find(({ naa }) => naa === unit.naa);
    this.units.set(unit.name, unit);
    if (other !== undefined) throw sameId(unit.name, other.name, unit.naa);
    const addGroup = (name: string, id: number, state: number, preferred: boolean): void => {
      const group = new TargetPortGroup(unit, name, id, state, preferred, this.#clock);
      unit.groups.set(name, group);
    };
    addGroup(DEFAULT_TG_PT_GP, 0, ALUA_STATES['active/optimized'], false);
    for (const { name, id, access_state, preferred } of config.groups) {
      addGroup(name, id, ALUA_STATES[access_state], preferred);
    }
    for (const { wwn, lun: number, group: name = DEFAULT_TG_PT_GP } of config.ports) {
      const group = unit.groups.get(name);
      if (group === undefined) continue;
      const port = this.#port(wwn);
      const lun = new Lun(unit, port, number, group);
      port.luns.set(number, lun);
      unit.luns.push(lun);
    }
  }

  #port(wwn: string): TargetPort {
    const found = this.ports.get(wwn);
    if (found !== undefined) return found;
    const port = new TargetPort(wwn, this.ports.size + 1, this.#changed);
    this.ports.set(wwn, port);
    return port;
  }
}
