import type { Clock } from '../../multipath/clock.js';
import type { ScsiLog, UnitPath } from './unit.js';
import { LogicalUnit } from './unit.js';

/** The logical units with asymmetric access that paths are open to, by wwid or what stands for it. */
export class ScsiUnits {
  readonly #units = new Map<string, LogicalUnit>();

  /** The path's unit. */
  join(key: string, path: UnitPath, clock: Clock, log: ScsiLog | undefined): LogicalUnit {
    const unit = this.#units.get(key) ?? new LogicalUnit(key, clock, log);
    this.#units.set(key, unit);
    unit.add(path);
    return unit;
  }

  leave(key: string, path: UnitPath): void {
    if (this.#units.get(key)?.remove(path) === false) this.#units.delete(key);
  }
}
