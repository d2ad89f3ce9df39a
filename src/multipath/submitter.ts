import {
  Controller,
  CONTROLLER_STRIDE,
  Head,
  NONE,
  Path,
  PATH_STRIDE,
  Reactor,
  REACTOR_STRIDE,
} from '../shared/layout.js';
import { Errno } from '../shared/errno.js';
import type { Tables } from '../shared/tables.js';
import { availablePath } from './available-path.js';
import type { BioEnd, BioTable, FailureReport, PathIo } from './bio.js';
import { BioFlag } from './bio.js';
import { isPathError } from './blk-status.js';
import { clearCurrentPath } from './current-path.js';
import { ControllerState, Iopolicy } from './names.js';
import { countActive } from './nr-active.js';
import { findPath, iopolicyOf } from './policies/find-path.js';

/**
 * One reactor's way of a bio: select a path, issue, complete; on a path error fail over and
 * select again; without a usable path park or fail. Nothing here allocates, waits or
 * recurses. lib/multipath.c: mpath_bdev_submit_bio, mpath_requeue_work;
 * drivers/nvme/host/multipath.c: nvme_failover_req.
 *
 * A bio is always in exactly one place: with a path, on the failed-over list, on its head's
 * parked list, or ended. Each step takes it from one and puts it into one other, which is
 * why it ends exactly once and never is in flight twice.
 */
export class Submitter {
  readonly #t: Tables;
  readonly #reactor: number;
  readonly #node: number;
  readonly #bios: BioTable;
  readonly #io: PathIo;
  readonly #end: BioEnd;
  readonly #report: FailureReport;
  /** Bios on any list here: 0 lets drainRequeue return at once. */
  #waiting = 0;
  /** Heads with parked bios, and perhaps some whose last one was cancelled. */
  readonly #parkedHeads: Int32Array;
  #parkedHeadCount = 0;
  /** 1 for a head that is among them. */
  readonly #listed: Uint8Array;
  /** Bios whose path failed, in the order of their failure. */
  #failedFirst = NONE;
  #failedLast = NONE;
  /** Parked bios by head. */
  readonly #parkedFirst: Int32Array;
  readonly #parkedLast: Int32Array;
  /** The head's KICK when the first of its bios was parked. */
  readonly #parkedKick: Int32Array;

  constructor(
    tables: Tables,
    reactor: number,
    node: number,
    bios: BioTable,
    io: PathIo,
    end: BioEnd,
    report: FailureReport,
  ) {
    this.#t = tables;
    this.#reactor = reactor;
    this.#node = node;
    this.#bios = bios;
    this.#io = io;
    this.#end = end;
    this.#report = report;
    this.#parkedFirst = new Int32Array(tables.sizes.heads).fill(NONE);
    this.#parkedLast = new Int32Array(tables.sizes.heads).fill(NONE);
    this.#parkedKick = new Int32Array(tables.sizes.heads);
    this.#parkedHeads = new Int32Array(tables.sizes.heads);
    this.#listed = new Uint8Array(tables.sizes.heads);
  }

  /** Takes a bio with its fields filled in. It ends later, or here (EIO) if no path is left. */
  submit(bio: number): void {
    const path = findPath(this.#t, this.#bios.head[bio]!, this.#node);
    if (path === NONE) this.#withoutPath(bio);
    else this.#issue(bio, path);
  }

  /**
   * The path has done the bio. `error` is 0 or a positive errno, already decided by the
   * driver: what a vanished device shows (a read of 0 bytes, ENOSPC on a write) is a path
   * error such as ENODEV by the time it comes here.
   */
  complete(bio: number, error: number): void {
    this.#account(bio, -1);
    if (error === 0) {
      this.#end.end(bio, 0);
    } else if (isPathError(error)) {
      this.#failover(bio, error);
    } else {
      Atomics.add(this.#t.path, this.#bios.path[bio]! * PATH_STRIDE + Path.ERRORS, 1);
      this.#end.end(bio, error);
    }
  }

  /**
   * Resubmits what may go on: failed-over bios, and the parked bios of heads that were
   * kicked. Once per loop turn, and again before the reactor sleeps if `needsDrain`.
   */
  drainRequeue(): void {
    if (this.#waiting === 0) return;
    let bio = this.#failedFirst;
    this.#failedFirst = NONE;
    this.#failedLast = NONE;
    this.#resubmit(bio);
    // Backwards, since the last one takes the place of one that goes; new ones come behind.
    for (let i = this.#parkedHeadCount - 1; i >= 0; i--) {
      const head = this.#parkedHeads[i]!;
      bio = this.#parkedFirst[head]!;
      if (bio !== NONE && this.#kickOf(head) === this.#parkedKick[head]) continue;
      this.#parkedHeads[i] = this.#parkedHeads[--this.#parkedHeadCount]!;
      this.#listed[head] = 0;
      this.#parkedFirst[head] = NONE;
      this.#parkedLast[head] = NONE;
      this.#countParked(-this.#resubmit(bio));
    }
  }

  /** Whether drainRequeue has something to resubmit: then the reactor must not sleep. */
  needsDrain(): boolean {
    if (this.#waiting === 0) return false;
    if (this.#failedFirst !== NONE) return true;
    for (let i = 0; i < this.#parkedHeadCount; i++) {
      const head = this.#parkedHeads[i]!;
      if (this.#parkedFirst[head] === NONE) continue;
      if (this.#kickOf(head) !== this.#parkedKick[head]) return true;
    }
    return false;
  }

  /**
   * Takes a parked bio off its list without ending it; that is then the caller's duty.
   * False if it is not parked: it is with a path, or about to be.
   */
  cancelParked(bio: number): boolean {
    const next = this.#bios.next;
    const head = this.#bios.head[bio]!;
    let before = NONE;
    let at = this.#parkedFirst[head]!;
    while (at !== bio) {
      if (at === NONE) return false;
      before = at;
      at = next[at]!;
    }
    if (before === NONE) this.#parkedFirst[head] = next[bio]!;
    else next[before] = next[bio]!;
    if (this.#parkedLast[head] === bio) this.#parkedLast[head] = before;
    next[bio] = NONE;
    this.#waiting--;
    this.#countParked(-1);
    return true;
  }

  #issue(bio: number, path: number): void {
    this.#bios.path[bio] = path;
    this.#account(bio, 1);
    this.#io.issue(bio, path);
  }

  /**
   * Counts the bio in or out of its path. The controller is counted only while the policy is
   * queue-depth, and CNT_ACTIVE remembers it, so that a change of policy in between stays
   * balanced. drivers/nvme/host/multipath.c: nvme_mpath_start_request.
   */
  #account(bio: number, step: number): void {
    const t = this.#t;
    const bios = this.#bios;
    const path = bios.path[bio]!;
    const flags = bios.flags[bio]!;
    const counted =
      step > 0
        ? iopolicyOf(t, bios.head[bio]!) === Iopolicy.QUEUE_DEPTH
        : (flags & BioFlag.CNT_ACTIVE) !== 0;
    if (counted) {
      const controller = Atomics.load(t.path, path * PATH_STRIDE + Path.CONTROLLER);
      countActive(t, this.#reactor, controller, step);
      bios.flags[bio] = flags ^ BioFlag.CNT_ACTIVE;
    }
    // Last, since a removal waits for it. This reactor is the only writer of the word.
    const inflight = this.#reactor * t.sizes.paths + path;
    Atomics.store(t.inflight, inflight, t.inflight[inflight]! + step);
  }

  #failover(bio: number, error: number): void {
    const t = this.#t;
    const path = this.#bios.path[bio]!;
    Atomics.add(t.path, path * PATH_STRIDE + Path.FAILOVERS, 1);
    clearCurrentPath(t, this.#bios.head[bio]!, path);
    // Of all bios that fail with the controller, on all reactors, one wins and reports.
    const state = this.#controllerAt(path) + Controller.STATE;
    const { LIVE, RESETTING } = ControllerState;
    if (Atomics.compareExchange(t.controller, state, LIVE, RESETTING) === LIVE) {
      this.#report.pathFailed(path, error);
    }
    // Not resubmitted from here: the stack would grow with a device that fails at once.
    if (this.#failedFirst === NONE) this.#failedFirst = bio;
    else this.#bios.next[this.#failedLast] = bio;
    this.#failedLast = bio;
    this.#bios.next[bio] = NONE;
    this.#waiting++;
  }

  /**
   * No wake-up is lost: whoever changes what findPath and availablePath look at does it in
   * this order: the change, then KICK + 1, then the wake-up. Here KICK is read BEFORE the
   * second look. Either the look sees the change; or the change came after it, hence KICK
   * moves after it was read here, and drainRequeue finds it different. The wake-up comes
   * after KICK moved, so a reactor that went to sleep meanwhile looks again.
   */
  #withoutPath(bio: number): void {
    const t = this.#t;
    const head = this.#bios.head[bio]!;
    const kick = this.#kickOf(head);
    const path = findPath(t, head, this.#node);
    if (path !== NONE) {
      this.#issue(bio, path);
    } else if (availablePath(t, head)) {
      Atomics.add(t.head, head * t.headStride + Head.REQUEUED, 1);
      this.#park(bio, head, kick);
    } else {
      Atomics.add(t.head, head * t.headStride + Head.FAILED, 1);
      this.#end.end(bio, Errno.EIO);
    }
  }

  /** With bios there already the older KICK stays: at worst they look once more. */
  #park(bio: number, head: number, kick: number): void {
    if (this.#parkedFirst[head] === NONE) {
      this.#parkedFirst[head] = bio;
      this.#parkedKick[head] = kick;
      if (this.#listed[head] === 0) {
        this.#listed[head] = 1;
        this.#parkedHeads[this.#parkedHeadCount++] = head;
      }
    } else {
      this.#bios.next[this.#parkedLast[head]!] = bio;
    }
    this.#parkedLast[head] = bio;
    this.#bios.next[bio] = NONE;
    this.#waiting++;
    this.#countParked(1);
  }

  /**
   * Submits a list that was taken off, and returns its length. A bio that is parked or
   * fails again goes to a new list, for a later turn. One that lies behind the end of a disk
   * that has shrunk ends here, no path could do it (block/blk-core.c: bio_check_eod).
   */
  #resubmit(first: number): number {
    let count = 0;
    for (let bio = first; bio !== NONE; count++) {
      const next = this.#bios.next[bio]!;
      this.#bios.next[bio] = NONE;
      this.#waiting--;
      if (this.#isPastEnd(bio)) this.#end.end(bio, Errno.EIO);
      else this.submit(bio);
      bio = next;
    }
    return count;
  }

  #isPastEnd(bio: number): boolean {
    const end = this.#bios.offset[bio]! + this.#bios.length[bio]!;
    return end > this.#t.capacity[this.#bios.head[bio]!]!;
  }

  #kickOf(head: number): number {
    return Atomics.load(this.#t.head, head * this.#t.headStride + Head.KICK);
  }

  #countParked(step: number): void {
    Atomics.add(this.#t.reactor, this.#reactor * REACTOR_STRIDE + Reactor.PARKED, step);
  }

  #controllerAt(path: number): number {
    return Atomics.load(this.#t.path, path * PATH_STRIDE + Path.CONTROLLER) * CONTROLLER_STRIDE;
  }
}
