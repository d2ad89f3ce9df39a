/** lib/kobject_uevent.c: kobject_actions. */
export const UEVENT_ACTIONS = [
  'add',
  'remove',
  'change',
  'move',
  'online',
  'offline',
  'bind',
  'unbind',
] as const;
export type UeventAction = (typeof UEVENT_ACTIONS)[number];

/** What a uevent is about. */
export interface UeventObject {
  /** `/devices/virtual/...`. */
  readonly devpath: string;
  /** `block`. */
  readonly subsystem: string;
  /** KEY=value, as the file `uevent` shows them. */
  readonly env: readonly string[];
}

type Listener = (text: string) => void;

/** lib/kobject_uevent.c: kobject_uevent_env. Numbers the uevents of a mount and hands them on. */
export class Uevents {
  readonly #listeners = new Set<Listener>();
  #seqnum = 0;

  /** SEQNUM of the last one. */
  get seqnum(): number {
    return this.#seqnum;
  }

  /** `extra` goes behind the object's own variables. */
  emit(action: UeventAction, object: UeventObject, extra: readonly string[] = []): void {
    this.#seqnum++;
    if (this.#listeners.size === 0) return;
    const { devpath, subsystem, env } = object;
    const text = [
      `${action}@${devpath}`,
      `ACTION=${action}`,
      `DEVPATH=${devpath}`,
      `SUBSYSTEM=${subsystem}`,
      ...env,
      ...extra,
      `SEQNUM=${this.#seqnum}`,
      '',
      '',
    ].join('\n');
    for (const listener of this.#listeners) listener(text);
  }

  /** Calls `listener` with the text of each uevent, which ends with an empty line; returns what stops it. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }
}
