import type { AccessStateName } from '../../multipath/names.js';

/** `struct nvmet_port`: the ANA states of its groups are those of all its controllers. */
export class NvmetPort {
  readonly id: number;
  readonly #states: Map<number, AccessStateName>;
  readonly #changed: (port: NvmetPort) => void;

  constructor(
    id: number,
    states: ReadonlyMap<number, AccessStateName>,
    changed: (port: NvmetPort) => void,
  ) {
    this.id = id;
    this.#states = new Map(states);
    this.#changed = changed;
  }

  /** In ascending order. */
  get groups(): readonly number[] {
    return [...this.#states.keys()];
  }

  /** nvmet_ports_make: a group that the port has not got is inaccessible. */
  anaState(group: number): AccessStateName {
    return this.#states.get(group) ?? 'inaccessible';
  }

  /** nvmet_ana_group_ana_state_store: told to the controllers, also if it is no other. */
  setAnaState(group: number, state: AccessStateName): void {
    this.#states.set(group, state);
    this.#changed(this);
  }
}
