import { Errno, errnoName } from '../shared/errno.js';
import type { Timer } from './clock.js';
import type { Context } from './context.js';
import type { Controller } from './controller.js';
import { clearCurrentPath } from './current-path.js';
import { ControllerState } from './names.js';
import type { Path } from './path.js';

/**
 * Leads one controller through its states: checks its paths while it is LIVE, tries to
 * reconnect after a path error, gives it up after ctrl_loss_tmo.
 *
 *   NEW -first check-> LIVE -path error-> RESETTING -at once-> CONNECTING -all answer-> LIVE
 *   NEW -first check fails-> CONNECTING -ctrl_loss_tmo-> given up (`lost`)
 *
 * drivers/nvme/host/tcp.c: nvme_tcp_reconnect_or_remove; fabrics.c: nvmf_should_reconnect.
 */
export class Connection {
  readonly #context: Context;
  readonly #controller: Controller;
  readonly #lost: (reason: string) => void;
  /** The next check or attempt, or the end of the present attempt's time. */
  #timer: Timer | undefined;
  #failfastTimer: Timer | undefined;
  /** Moves with every new round of checks; an answer to an older round is ignored. */
  #round = 0;
  #attempts = 0;
  /** Called when the present round is over, however it ends. */
  #roundEnded: (() => void) | undefined;
  #stopped = false;

  constructor(context: Context, controller: Controller, lost: (reason: string) => void) {
    this.#context = context;
    this.#controller = controller;
    this.#lost = lost;
  }

  /** A path was added: its first check decides on the path and, if NEW, on the controller. */
  async firstCheck(path: Path): Promise<void> {
    const errno = await path.check();
    if (path.removed || this.#stopped) return;
    if (errno !== 0 && this.#controller.state === ControllerState.LIVE) this.failed(path, errno);
    const live = path.setReady(true);
    if (this.#controller.state === ControllerState.NEW) {
      if (errno === 0) await this.#live('connected');
      else this.#begin(`first check failed, ${errnoName(errno)}`);
    }
    await live;
  }

  /** A check failed, or the driver knows the path to be gone. */
  failed(path: Path, errno: number): void {
    if (path.removed || !this.#controller.changeState(ControllerState.RESETTING)) return;
    this.#lostConnection(errnoName(errno));
  }

  /** A reactor took the controller from LIVE to RESETTING; stale reports do nothing. */
  reported(reason: string): void {
    if (this.#controller.state === ControllerState.RESETTING) this.#lostConnection(reason);
  }

  /**
   * Somebody asks for a new connection. Tries at once, where a path that is being checked gives
   * that answer; the result is Engine.resetController's.
   */
  reset(): Promise<number> {
    const controller = this.#controller;
    const from = controller.state;
    if (this.#stopped || !controller.changeState(ControllerState.RESETTING)) {
      return Promise.resolve(-Errno.EBUSY);
    }
    controller.resetCount++;
    controller.announce(from, 'reset');
    if (!this.#connect('reset')) return Promise.resolve(-Errno.EBUSY);
    this.#attempt((path) => path.answer());
    return new Promise((resolve) => {
      this.#roundEnded = () => {
        resolve(0);
      };
    });
  }

  /** Nothing happens any more; answers still under way are ignored. */
  stop(): void {
    this.#stopped = true;
    this.#newRound();
    this.#failfastTimer?.cancel();
  }

  /** It was LIVE and is RESETTING now. */
  #lostConnection(reason: string): void {
    if (this.#stopped) return;
    this.#controller.resetCount++;
    this.#controller.announce(ControllerState.LIVE, reason);
    this.#begin(reason);
  }

  #begin(reason: string): void {
    if (this.#connect(reason)) this.#retryOrGiveUp();
  }

  /** nvme_change_ctrl_state starts the failfast timer on CONNECTING. False if it is not to be. */
  #connect(reason: string): boolean {
    const { clock, tables } = this.#context;
    const controller = this.#controller;
    const from = controller.state;
    if (!controller.changeState(ControllerState.CONNECTING)) return false;
    for (const path of controller.paths) clearCurrentPath(tables, path.head.number, path.number);
    const tmo = controller.fastIoFailTmo;
    if (tmo === 0) this.#failfast();
    else if (tmo > 0) this.#failfastTimer = clock.after(tmo * 1000, () => this.#failfast());
    this.#attempts = 0;
    controller.announce(from, reason);
    return true;
  }

  /** nvme_failfast_work: what is parked need not wait for this controller any more. */
  #failfast(): void {
    if (this.#controller.state !== ControllerState.CONNECTING) return;
    this.#controller.failfastExpired = true;
    for (const path of this.#controller.paths) path.head.kick();
  }

  #retryOrGiveUp(): void {
    if (this.#stopped) return;
    this.#newRound();
    const { maxReconnects } = this.#controller;
    if (maxReconnects >= 0 && this.#attempts >= maxReconnects) this.#lost('ctrl_loss_tmo expired');
    else this.#next(() => this.#attempt((path) => path.check()));
  }

  /** Succeeds if every path answers 0 within reconnect_delay. */
  #attempt(ask: (path: Path) => Promise<number>): void {
    this.#attempts++;
    this.#controller.reconnectCount++;
    const round = this.#newRound();
    const failed = (): void => {
      if (round === this.#round) this.#retryOrGiveUp();
    };
    this.#next(failed);
    const checks = [...this.#controller.paths].map(async (path) => {
      const errno = await ask(path);
      return path.removed ? 0 : errno;
    });
    void Promise.all(checks).then((errnos) => {
      if (round !== this.#round) return;
      if (errnos.every((errno) => errno === 0)) void this.#live('reconnected');
      else failed();
    });
  }

  async #live(reason: string): Promise<void> {
    const controller = this.#controller;
    const from = controller.state;
    this.#failfastTimer?.cancel();
    controller.failfastExpired = false;
    if (!controller.changeState(ControllerState.LIVE)) return;
    this.#newRound();
    this.#next(() => this.#checkAll());
    controller.announce(from, reason);
    await Promise.all([...controller.paths].map((path) => path.head.setPathLive(path)));
  }

  /** While LIVE. A check that takes longer than a period is not a failure: I/O tells. */
  #checkAll(): void {
    const round = this.#newRound();
    this.#next(() => this.#checkAll());
    for (const path of this.#controller.paths) {
      if (path.checking) continue;
      void path.check().then((errno) => {
        if (round === this.#round && errno !== 0) this.failed(path, errno);
      });
    }
  }

  #next(fire: () => void): void {
    this.#timer = this.#context.clock.after(this.#controller.reconnectDelay * 1000, fire);
  }

  #newRound(): number {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#roundEnded?.();
    this.#roundEnded = undefined;
    return ++this.#round;
  }
}
