import { Errno, errnoName } from '../shared/errno.js';
import type { Timer } from './clock.js';
import type { Context } from './context.js';
import type { Controller } from './controller.js';
import { clearCurrentPath } from './current-path.js';
import { DiagnosisRound, type Verdict } from './diagnosis-round.js';
import { ControllerState } from './names.js';
import type { Path } from './path.js';

/** After that many attempts in a row each wait is twice the one before it, up to a limit. */
const PATIENCE = 5;
const MOST_DOUBLINGS = 4;

/**
 * Diagnoses between two rounds of checks that blame an access state which, as it is known then,
 * carries I/O. It may have changed in between; a device that goes on like that is lying.
 */
const MOST_DOUBTS = 3;

/**
 * Leads one controller through its states: checks its paths while it is LIVE, has the driver
 * look into path errors, tries to reconnect, gives it up after ctrl_loss_tmo.
 *
 *   NEW -first check-> LIVE -path error-> RESETTING -the device's-> CONNECTING -all answer-> LIVE
 *                                         RESETTING -an access state's-> LIVE
 *   NEW -first check fails-> CONNECTING -ctrl_loss_tmo-> given up (`lost`)
 *
 * Nothing waits in RESETTING for ever. Only a reactor takes a controller there and leaves it, and
 * it reports that once. A report begins a diagnosis, or joins the one that runs; that ends within
 * a second. A report of a path that is being removed goes straight on to CONNECTING, and
 * one that finds the path gone was preceded by `removed`, which does so too. Whoever finds
 * the controller RESETTING and knows better (a failed check) need not wait for the report, which
 * then comes in another state and does nothing, or in a later RESETTING, where it has one path
 * more asked.
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
  /** How often the connection was lost: a check that began before that says nothing any more. */
  #losses = 0;
  /** When it became CONNECTING, milliseconds of the clock. */
  #lostAt = 0;
  /** Called when the present round is over, however it ends. */
  #roundEnded: (() => void) | undefined;
  #diagnosis: DiagnosisRound | undefined;
  #doubts = 0;
  #stopped = false;

  constructor(context: Context, controller: Controller, lost: (reason: string) => void) {
    this.#context = context;
    this.#controller = controller;
    this.#lost = lost;
  }

  /** A path was added: its first check decides on the path and, if NEW, on the controller. */
  async firstCheck(path: Path): Promise<void> {
    // A round of checks may have got to it before.
    const errno = await path.answer();
    if (path.removed || this.#stopped) return;
    if (errno !== 0 && this.#controller.state !== ControllerState.NEW) this.failed(path, errno);
    const live = path.setReady(true);
    if (this.#controller.state === ControllerState.NEW) {
      if (errno === 0) await this.#live('connected');
      else this.#begin(`first check failed, ${errnoName(errno)}`);
    }
    await live;
  }

  /** A check failed, or the driver knows the path to be gone: no diagnosis is needed. */
  failed(path: Path, errno: number): void {
    if (path.removed || this.#stopped) return;
    const controller = this.#controller;
    const { RESETTING } = ControllerState;
    if (controller.changeState(RESETTING) || controller.state === RESETTING) {
      this.#lostConnection(errnoName(errno));
    }
  }

  /** A reactor took the controller from LIVE to RESETTING; stale reports do nothing. */
  reported(path: Path, errno: number): void {
    if (this.#stopped || this.#controller.state !== ControllerState.RESETTING) return;
    if (path.removed) {
      if (this.#diagnosis === undefined) this.#lostConnection(errnoName(errno));
      return;
    }
    this.#diagnosis ??= new DiagnosisRound(this.#context.clock, (verdict) => {
      this.#diagnosed(verdict, errno);
    });
    this.#diagnosis.ask(path, errno);
  }

  /** A path's removal is complete; a report of its last failure will find it gone. */
  removed(path: Path): void {
    if (this.#diagnosis !== undefined) this.#diagnosis.forget(path);
    else if (this.#controller.state === ControllerState.RESETTING) {
      this.#lostConnection('a path failed while it was removed');
    }
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

  /** The device may be back: if it is CONNECTING, an attempt now, as if it were the first. */
  reconnect(): void {
    if (this.#stopped || this.#controller.state !== ControllerState.CONNECTING) return;
    this.#attempts = 0;
    this.#attempt((path) => path.answer());
  }

  /** Nothing happens any more; answers still under way are ignored. */
  stop(): void {
    this.#stopped = true;
    this.#newRound();
    this.#failfastTimer?.cancel();
    this.#endDiagnosis();
    for (const path of this.#controller.paths) path.disconnected();
  }

  /**
   * An access state is to blame and the driver has set it: nothing has happened to the
   * controller. Otherwise the paths whose device failed are one failure nearer to marginal.
   */
  #diagnosed({ device, access }: Verdict, errno: number): void {
    const doubtful = access.filter((path) => path.carriesIo);
    if (doubtful.length > 0) this.#doubts++;
    if (device.length === 0 && this.#doubts <= MOST_DOUBTS) {
      void this.#liveAgain();
      return;
    }
    for (const path of [...device, ...doubtful]) path.ioFailed();
    this.#lostConnection(errnoName(errno));
  }

  /**
   * No bio is stranded by it. While the controller was RESETTING none of its paths was usable
   * but all were available, so that bios were parked. What was usable before, and what became
   * so meanwhile (an access state, a new path), is so from this change of state on: setPathLive
   * looks at every path after it and kicks the heads of those that are. A path that joins later
   * looks itself. For a path that is not usable now nobody has to be kicked, its next change
   * does it.
   */
  async #liveAgain(): Promise<void> {
    this.#endDiagnosis();
    if (!this.#controller.changeState(ControllerState.LIVE)) return;
    await this.#setPathsLive();
  }

  /** It was LIVE and is RESETTING now. */
  #lostConnection(reason: string): void {
    this.#endDiagnosis();
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
    for (const path of controller.paths) {
      clearCurrentPath(tables, path.head.number, path.number);
      path.disconnected();
    }
    const tmo = controller.fastIoFailTmo;
    if (tmo === 0) this.#failfast();
    else if (tmo > 0) this.#failfastTimer = clock.after(tmo * 1000, () => this.#failfast());
    this.#attempts = 0;
    this.#losses++;
    this.#lostAt = clock.now();
    controller.announce(from, reason);
    return true;
  }

  /** nvme_failfast_work: what is parked need not wait for this controller any more. */
  #failfast(): void {
    if (this.#controller.state !== ControllerState.CONNECTING) return;
    this.#controller.failfastExpired = true;
    for (const path of this.#controller.paths) path.head.kick();
  }

  /**
   * The time runs out by the clock and not, as in the kernel, after so many attempts: these
   * come ever less often. The last one is made when it does.
   */
  #retryOrGiveUp(): void {
    if (this.#stopped) return;
    this.#newRound();
    const { ctrlLossTmo, reconnectDelay } = this.#controller;
    const gone = this.#context.clock.now() - this.#lostAt;
    const left = ctrlLossTmo < 0 ? Infinity : ctrlLossTmo * 1000 - gone;
    if (left <= 0) {
      this.#lost('ctrl_loss_tmo expired');
      return;
    }
    const doublings = Math.min(Math.max(this.#attempts - PATIENCE + 1, 0), MOST_DOUBLINGS);
    this.#next(Math.min(reconnectDelay * 1000 * 2 ** doublings, left), () =>
      this.#attempt((path) => path.check()),
    );
  }

  /** Succeeds if every path answers 0 within reconnect_delay. */
  #attempt(ask: (path: Path) => Promise<number>): void {
    this.#attempts++;
    this.#controller.reconnectCount++;
    const round = this.#newRound();
    const failed = (): void => {
      if (round === this.#round) this.#retryOrGiveUp();
    };
    this.#next(this.#controller.reconnectDelay * 1000, failed);
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
    this.#doubts = 0;
    this.#next(controller.reconnectDelay * 1000, () => this.#checkAll());
    controller.announce(from, reason);
    for (const path of controller.paths) path.connected();
    await this.#setPathsLive();
  }

  async #setPathsLive(): Promise<void> {
    await Promise.all([...this.#controller.paths].map((path) => path.head.setPathLive(path)));
  }

  /**
   * While LIVE, or in a diagnosis. A check that takes longer is not a failure, but it may end as
   * one: a device that hangs is given up by its driver after several rounds.
   */
  #checkAll(): void {
    this.#newRound();
    const losses = this.#losses;
    this.#doubts = 0;
    this.#next(this.#controller.reconnectDelay * 1000, () => this.#checkAll());
    for (const path of this.#controller.paths) {
      if (path.checking) continue;
      void path.check().then((errno) => {
        if (losses === this.#losses && errno !== 0) this.failed(path, errno);
      });
    }
  }

  #next(ms: number, fire: () => void): void {
    this.#timer = this.#context.clock.after(ms, fire);
  }

  #newRound(): number {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#roundEnded?.();
    this.#roundEnded = undefined;
    return ++this.#round;
  }

  #endDiagnosis(): void {
    this.#diagnosis?.stop();
    this.#diagnosis = undefined;
  }
}
