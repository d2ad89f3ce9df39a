import { Controller as Word, CONTROLLER_STRIDE, ControllerFlag } from '../shared/layout.js';
import type { Context } from './context.js';
import { ControllerState } from './names.js';
import { nrActive } from './nr-active.js';
import type { Path } from './path.js';

/** Times in seconds; -1 = off. */
export interface ControllerOptions {
  /** Between two checks, and the first attempts to reconnect; at least 1. */
  readonly reconnectDelay: number;
  /** Without a connection for so long the controller is removed. */
  readonly ctrlLossTmo: number;
  /** Without a connection for so long its paths no longer hold I/O back. */
  readonly fastIoFailTmo: number;
}

/** States from which a state may be entered. drivers/nvme/host/core.c: nvme_change_ctrl_state. */
const FROM: Readonly<Record<number, readonly number[]>> = {
  [ControllerState.LIVE]: [
    ControllerState.NEW,
    ControllerState.RESETTING,
    ControllerState.CONNECTING,
  ],
  [ControllerState.RESETTING]: [ControllerState.NEW, ControllerState.LIVE],
  [ControllerState.CONNECTING]: [ControllerState.NEW, ControllerState.RESETTING],
  [ControllerState.DELETING]: [
    ControllerState.LIVE,
    ControllerState.RESETTING,
    ControllerState.CONNECTING,
  ],
  [ControllerState.DELETING_NOIO]: [ControllerState.DELETING, ControllerState.DEAD],
  [ControllerState.DEAD]: [ControllerState.DELETING],
};

/**
 * What paths go through, `struct nvme_ctrl`, and what fails: all its paths at once. Made
 * by Engine.addController; Connection leads it through its states.
 */
export class Controller {
  readonly number: number;
  /** Of one head or several. */
  readonly paths = new Set<Path>();
  /** command_error_count: commands of its own, which are checks, that ended with an error. */
  errorCount = 0;
  /** reset_count: how often it left LIVE to be connected anew, for whatever reason. */
  resetCount = 0;
  /** reconnect_count: attempts to connect again. */
  reconnectCount = 0;
  readonly #context: Context;
  #reconnectDelay = 1;
  /** ctrl_loss_tmo, in reconnect_delay. */
  #lossDelays = -1;
  #fastIoFailTmo = -1;

  constructor(context: Context, number: number, options: ControllerOptions) {
    this.number = number;
    this.#context = context;
    const { controller } = context.tables;
    Atomics.store(controller, this.#at(Word.STATE), ControllerState.NEW);
    Atomics.store(controller, this.#at(Word.FLAGS), 0);
    this.reconnectDelay = options.reconnectDelay;
    this.ctrlLossTmo = options.ctrlLossTmo;
    this.fastIoFailTmo = options.fastIoFailTmo;
  }

  /** A ControllerState. */
  get state(): number {
    return Atomics.load(this.#context.tables.controller, this.#at(Word.STATE));
  }

  /** Bios in flight that the queue-depth policy counts. */
  get nrActive(): number {
    return nrActive(this.#context.tables, this.number);
  }

  get reconnectDelay(): number {
    return this.#reconnectDelay;
  }

  /** RangeError below 1. Counts from the next check on. */
  set reconnectDelay(secs: number) {
    if (!Number.isInteger(secs) || secs < 1) throw new RangeError('reconnect_delay is below 1');
    this.#reconnectDelay = secs;
  }

  /** -1 = off. Moves with reconnect_delay: multiples of that are what is kept. */
  get ctrlLossTmo(): number {
    return this.#lossDelays < 0 ? -1 : this.#lossDelays * this.#reconnectDelay;
  }

  /** Rounded up to a multiple of reconnect_delay; any negative value = off (nvme_ctrl_loss_tmo_store). */
  set ctrlLossTmo(secs: number) {
    this.#lossDelays = secs < 0 ? -1 : Math.ceil(secs / this.#reconnectDelay);
  }

  get fastIoFailTmo(): number {
    return this.#fastIoFailTmo;
  }

  /** Any negative value = off. Counts from the next loss of the connection on. */
  set fastIoFailTmo(secs: number) {
    this.#fastIoFailTmo = Math.max(-1, secs);
  }

  /** fast_io_fail_tmo has expired since the connection was lost. */
  get failfastExpired(): boolean {
    const flags = Atomics.load(this.#context.tables.controller, this.#at(Word.FLAGS));
    return (flags & ControllerFlag.FAILFAST_EXPIRED) !== 0;
  }

  set failfastExpired(expired: boolean) {
    const { controller } = this.#context.tables;
    if (expired) Atomics.or(controller, this.#at(Word.FLAGS), ControllerFlag.FAILFAST_EXPIRED);
    else Atomics.and(controller, this.#at(Word.FLAGS), ~ControllerFlag.FAILFAST_EXPIRED);
  }

  /** DELETING or beyond: it does not come back. */
  get deleting(): boolean {
    return this.state >= ControllerState.DELETING;
  }

  /** Enters `to` if that is legal from where it is. A reactor may move it at the same time. */
  changeState(to: number): boolean {
    const { controller } = this.#context.tables;
    const at = this.#at(Word.STATE);
    for (;;) {
      const from = this.state;
      if (!FROM[to]?.includes(from)) return false;
      if (Atomics.compareExchange(controller, at, from, to) === from) return true;
    }
  }

  /** Tells everybody that its state was `from`, once for each path. */
  announce(from: number, reason: string): void {
    for (const path of this.paths) this.#context.events.emit('controllerState', path, from, reason);
  }

  #at(word: number): number {
    return this.number * CONTROLLER_STRIDE + word;
  }
}
