import type { OpenedPath } from '../drivers/opened-path.js';
import type { Controller } from '../multipath/controller.js';
import type { Engine } from '../multipath/engine.js';
import type { Head } from '../multipath/head.js';
import type { Path } from '../multipath/path.js';

/** A path that is to become one of the engine's. */
export interface Joining {
  readonly head: Head;
  readonly controller: Controller;
  readonly opened: OpenedPath;
  /** For messages. */
  readonly device: string;
  readonly numaNode: number;
  /** An AccessState. */
  readonly accessState: number;
  /** The engine has it, and tells everybody next. */
  joined(path: Path): void;
  /** Takes back what was made for it, and the path itself if it has joined. */
  undo(): Promise<void>;
}

/** Gives paths to the engine, and closes the devices of those that it does not take. */
export class Joiner {
  readonly #engine: Engine;
  readonly #joining = new Map<string, (path: Path) => void>();

  constructor(engine: Engine) {
    this.#engine = engine;
    engine.on('pathAdded', (path) => this.#joining.get(keyOf(path))?.(path));
  }

  /**
   * `listed`: it is among the head's paths. `checked`: its first check is done, too. Both reject
   * with the engine's error if it is refused; `undo` is the caller's to call.
   */
  join(joining: Joining): { readonly listed: Promise<void>; readonly checked: Promise<void> } {
    const { opened } = joining;
    // A controller has one path to a head.
    const key = keyOf(joining);
    const joined = new Promise<void>((resolve) => {
      this.#joining.set(key, (path) => {
        this.#joining.delete(key);
        // First of all: its access state is right when it is told of, and when it is checked.
        opened.attach(path);
        joining.joined(path);
        resolve();
      });
    });
    const checked = this.#engine
      .addPath(joining.head, {
        controller: joining.controller,
        numaNode: joining.numaNode,
        accessState: joining.accessState,
        capacity: opened.capacity,
        fd: opened.fd,
        inMemory: opened.inMemory,
        block: opened.block,
        driver: opened.driver,
        closed: () => opened.close(),
      })
      .then(
        () => undefined,
        (error: unknown) => {
          this.#joining.delete(key);
          opened.close();
          throw error;
        },
      );
    const listed = Promise.race([joined, checked]);
    // Who waits for `checked` alone hears of the error there.
    listed.catch(() => undefined);
    return { listed, checked };
  }
}

function keyOf({ controller, head }: Pick<Path, 'controller' | 'head'>): string {
  return `${controller.number} ${head.number}`;
}
