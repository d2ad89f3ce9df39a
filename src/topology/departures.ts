import type { Engine } from '../multipath/engine.js';
import type { Head } from '../multipath/head.js';
import type { Path } from '../multipath/path.js';

/** What is to happen when a certain head or path has left the engine. */
export class Departures {
  readonly #actions = new Map<Head | Path, (() => void)[]>();

  constructor(engine: Engine) {
    const left = (object: Head | Path): void => {
      const actions = this.#actions.get(object) ?? [];
      this.#actions.delete(object);
      for (const action of actions) action();
    };
    engine.on('headRemoved', left);
    engine.on('pathRemoved', left);
  }

  /** Calls `action` once, in the order of the calls of this method. */
  when(object: Head | Path, action: () => void): void {
    const actions = this.#actions.get(object);
    if (actions === undefined) this.#actions.set(object, [action]);
    else actions.push(action);
  }
}
