import { Head as Word, HeadFlag, MAX_PATHS_PER_HEAD, PathRank } from '../shared/layout.js';
import { BlockDevice } from './block-device.js';
import { DELAY_MAX, type Timer } from './clock.js';
import type { Context } from './context.js';
import { clearCurrentPath, clearCurrentPaths } from './current-path.js';
import { EngineError } from './errors.js';
import { Mutex } from './mutex.js';
import type { HeadTemplate } from './driver.js';
import { MARGINAL_DEFAULTS, type MarginalRule } from './marginal.js';
import { ControllerState } from './names.js';
import { publishList } from './path-list.js';
import { controllerState, isDisabled, isOptimized, usableStates } from './path-state.js';
import type { Path } from './path.js';
import { searchPath } from './policies/search.js';
import { publishBestRank, rank } from './rank.js';
import type { IoStat } from './stat.js';
import { refuseUnlessUint } from './uint.js';

/** What a head is made from. */
export interface HeadOptions {
  /** Bytes. */
  readonly capacity: number;
  /** log2 of the logical block size. */
  readonly blockShift: number;
  /** An Iopolicy. */
  readonly iopolicy: number;
  readonly delayedRemovalSecs: number;
  /** Of its paths' driver. */
  readonly template: HeadTemplate;
  /** MARGINAL_DEFAULTS if left out. */
  readonly marginal?: MarginalRule;
}

/**
 * A head disk, `struct mpath_head`. Made by Engine.addHead.
 *
 * Its life: made (no path was live yet: no disk) -> live (LIVE set) -> without paths, its
 * removal delayed (LIVE still set, a timer runs) -> live again, or removed (for good).
 * Changes of the path list and the removal run one after the other, under `#lock`.
 */
export class Head {
  readonly number: number;
  readonly blockShift: number;
  /** The whole disk. */
  readonly bdev: BlockDevice;
  /** Kept by the engine. */
  readonly partitions = new Set<BlockDevice>();
  readonly #context: Context;
  readonly #lock = new Mutex();
  #paths: readonly Path[] = [];
  #delayedRemovalSecs = 0;
  #marginal: MarginalRule;
  #removalTimer: Timer | undefined;
  #removeAtOnce = false;
  #removed = false;
  #released = false;

  /**
   * Fills record `number`. Who had it before has left an empty path list. KICK goes on from
   * where it was: a reactor only asks whether it has moved.
   */
  constructor(context: Context, number: number, options: HeadOptions) {
    this.number = number;
    this.blockShift = options.blockShift;
    this.#context = context;
    this.bdev = new BlockDevice(context.tables, number, this, 0, options.capacity);
    this.#store(Word.FLAGS, 0);
    this.#store(Word.REQUEUED, 0);
    this.#store(Word.FAILED, 0);
    this.#store(Word.IOPOLICY, options.iopolicy);
    this.#store(Word.BLOCK_SHIFT, options.blockShift);
    this.#store(Word.USABLE, options.template.usable);
    this.#store(Word.OPTIMIZED_IN, options.template.optimized);
    this.#store(Word.AVAILABLE, options.template.available);
    this.#store(Word.BEST_RANK, PathRank.NO_IO);
    clearCurrentPaths(context.tables, number);
    this.delayedRemovalSecs = options.delayedRemovalSecs;
    this.#marginal = options.marginal ?? MARGINAL_DEFAULTS;
  }

  /** In list order, the order of their coming. */
  get paths(): readonly Path[] {
    return this.#paths;
  }

  /** Bytes. */
  get capacity(): number {
    return this.bdev.size;
  }

  /** A path was live once, and the head is not removed: there is a disk. */
  get live(): boolean {
    return !this.#removed && (this.#load(Word.FLAGS) & HeadFlag.LIVE) !== 0;
  }

  /** Gone for good; its number will be another head's. */
  get removed(): boolean {
    return this.#removed;
  }

  /** An Iopolicy. */
  get iopolicy(): number {
    return this.#load(Word.IOPOLICY);
  }

  /** drivers/nvme/host/multipath.c: nvme_subsys_iopolicy_update. */
  set iopolicy(iopolicy: number) {
    const { tables, events } = this.#context;
    const from = this.iopolicy;
    if (from === iopolicy) return;
    this.#store(Word.IOPOLICY, iopolicy);
    clearCurrentPaths(tables, this.number); // Only a cache: harmless whoever has the record.
    this.kick();
    // A selection under the old policy may have ended after the clear, and left its choice.
    void this.#context.synchronize().then(() => {
      clearCurrentPaths(tables, this.number);
    });
    events.emit('iopolicyChanged', this, from);
  }

  get delayedRemovalSecs(): number {
    return this.#delayedRemovalSecs;
  }

  /**
   * lib/multipath.c: mpath_delayed_removal_secs_store. RangeError unless an unsigned int.
   *
   * 0 while the removal timer runs: the kernel clears the flag, so that new I/O fails, but
   * lets the timer run, and parked bios wait for it. Its reviewers call that a flaw; here
   * the head is removed at once, which also ends the parked bios. Another value while the
   * timer runs does not change the timer, as in the kernel.
   */
  set delayedRemovalSecs(secs: number) {
    refuseUnlessUint('delayed_removal_secs', secs);
    if (secs === this.#delayedRemovalSecs) return;
    this.#delayedRemovalSecs = secs;
    if (secs !== 0) {
      this.#setFlag(HeadFlag.QUEUE_IF_NO_PATH);
      return;
    }
    this.#clearFlag(HeadFlag.QUEUE_IF_NO_PATH);
    this.kick();
    if (this.#removalTimer !== undefined) {
      this.cancelRemoval();
      void this.#lock.run(() => this.#removeIfEmpty());
    }
  }

  /** When a path of it becomes marginal, and normal again. */
  get marginalRule(): MarginalRule {
    return this.#marginal;
  }

  get marginalPathFailures(): number {
    return this.#marginal.failures;
  }

  /** RangeError unless an unsigned int, here and below. 0: none is, but those set by hand. */
  set marginalPathFailures(failures: number) {
    refuseUnlessUint('marginal_path_failures', failures);
    this.#marginal = { ...this.#marginal, failures };
    if (failures === 0) for (const path of this.#paths) path.forgive();
  }

  get marginalPathWindowSecs(): number {
    return this.#marginal.windowSecs;
  }

  /** Counts from the next failure on. */
  set marginalPathWindowSecs(windowSecs: number) {
    refuseUnlessUint('marginal_path_window_secs', windowSecs);
    this.#marginal = { ...this.#marginal, windowSecs };
  }

  get marginalPathRecoverySecs(): number {
    return this.#marginal.recoverySecs;
  }

  /** 0: what became marginal stays so. Counts from the next connection on. */
  set marginalPathRecoverySecs(recoverySecs: number) {
    refuseUnlessUint('marginal_path_recovery_secs', recoverySecs);
    this.#marginal = { ...this.#marginal, recoverySecs };
  }

  /** io_requeue_no_usable_path_count. */
  get requeueCount(): number {
    return this.#load(Word.REQUEUED) >>> 0;
  }

  set requeueCount(count: number) {
    this.#store(Word.REQUEUED, count);
  }

  /** io_fail_no_available_path_count. */
  get failCount(): number {
    return this.#load(Word.FAILED) >>> 0;
  }

  set failCount(count: number) {
    this.#store(Word.FAILED, count);
  }

  get stat(): IoStat {
    return this.bdev.stat;
  }

  /**
   * Bytes, a multiple of the block size. Paths of another size are READY no longer, from
   * before the change on, those of this size are. lib/multipath.c: mpath_revalidate_paths.
   */
  setCapacity(bytes: number): void {
    if (this.#removed || bytes === this.capacity) return;
    for (const path of this.#paths) if (!path.fits(bytes)) void path.revalidate(bytes);
    this.bdev.resize(bytes);
    clearCurrentPaths(this.#context.tables, this.number);
    for (const path of this.#paths) if (path.fits(bytes)) void path.revalidate(bytes);
    this.kick();
    this.#context.events.emit('headResized', this);
  }

  /**
   * Has every reactor resubmit the head's parked bios. Call it AFTER the change that they
   * wait for: the order on which Submitter's park relies.
   */
  kick(): void {
    if (this.#released) return;
    Atomics.add(this.#context.tables.head, this.#at(Word.KICK), 1);
    this.#context.reactors.wake();
  }

  /** Path: one of them ranks differently now. */
  ranksChanged(): void {
    if (!this.#released) publishBestRank(this.#context.tables, this.number);
  }

  /**
   * To be called whenever a path may have become usable, or better; does nothing if it is not.
   * lib/multipath.c: mpath_device_set_live.
   */
  async setPathLive(path: Path): Promise<void> {
    const { tables, events, onlineNodes } = this.#context;
    if (!this.#paths.includes(path) || !isLive(this.#context, path)) return;
    if (!this.live) {
      this.#setFlag(HeadFlag.LIVE);
      events.emit('headLive', this);
    }
    if (isOptimized(tables, this.number, path.number)) {
      for (let node = 0; node < onlineNodes; node++) {
        searchPath(tables, this.number, node, this.iopolicy);
      }
    }
    await this.#context.synchronize();
    this.kick();
  }

  /** Engine: runs `prepare`, then appends the path that it returns. */
  append(prepare: () => Promise<Path>): Promise<Path> {
    return this.#lock.run(async () => {
      this.#refuseRemoved();
      if (this.#paths.length === MAX_PATHS_PER_HEAD) {
        const most = String(MAX_PATHS_PER_HEAD);
        throw new EngineError('ERR_TABLE_FULL', `a head has at most ${most} paths`);
      }
      const path = await prepare();
      this.#publish([...this.#paths, path]);
      // A timer that fires before this line waits for the lock, and finds the path then.
      this.cancelRemoval();
      this.#context.events.emit('pathAdded', path);
      await this.#context.synchronize();
      return path;
    });
  }

  /**
   * Engine: takes the path out, so that no new bio is sent to it. Of the last path the head
   * goes too, at once or after delayed_removal_secs.
   * drivers/nvme/host/core.c: nvme_ns_remove.
   */
  detach(path: Path): Promise<void> {
    return this.#lock.run(async () => {
      const { tables, events } = this.#context;
      void path.setReady(false);
      this.#publish(this.#paths.filter((other) => other !== path));
      path.controller.paths.delete(path);
      await this.#context.synchronize();
      // Only now: until then a selection may still have made it the current path.
      clearCurrentPath(tables, this.number, path.number);
      await this.#context.synchronize();
      events.emit('pathRemoved', path);
      // What was parked may have been so because of this path.
      this.kick();
      if (this.#paths.length === 0) await this.#lastPathGone();
    });
  }

  /** Engine: from now on nothing delays the removal. */
  removeAtOnce(): void {
    this.#removeAtOnce = true;
    this.cancelRemoval();
  }

  /** Engine: removes the head if no path is left and it is not removed yet. */
  removeIfEmpty(): Promise<void> {
    return this.#lock.run(() => this.#removeIfEmpty());
  }

  /** Engine: the record is free. What is set from now on changes nothing: another may use it. */
  release(): void {
    this.#released = true;
  }

  cancelRemoval(): void {
    this.#removalTimer?.cancel();
    this.#removalTimer = undefined;
  }

  /** Resolves when no change of the list is under way. */
  idle(): Promise<void> {
    return this.#lock.idle();
  }

  /** lib/multipath.c: mpath_can_remove_head. A time that overflows is no delay at all. */
  async #lastPathGone(): Promise<void> {
    const ms = this.#delayedRemovalSecs * 1000;
    if (this.#removeAtOnce || ms === 0 || ms > DELAY_MAX) {
      await this.#removeIfEmpty();
      return;
    }
    this.cancelRemoval();
    this.#removalTimer = this.#context.clock.after(ms, () => {
      this.#removalTimer = undefined;
      void this.#lock.run(() => this.#removeIfEmpty());
    });
  }

  /**
   * lib/multipath.c: mpath_remove_disk. The order is the point. A bio that saw LIVE may
   * still be on its way to the parked list; after the grace period it is on it, and the
   * kick finds it there. Kicked before, it would be parked after the last kick of all,
   * for ever. (The KICK protocol of Submitter covers this too; either is enough alone.)
   */
  async #removeIfEmpty(): Promise<void> {
    if (this.#removed || this.#paths.length > 0) return;
    this.#removed = true;
    this.cancelRemoval();
    this.#clearFlag(HeadFlag.LIVE);
    await this.#context.synchronize();
    this.kick();
    this.#context.events.emit('headRemoved', this);
  }

  #refuseRemoved(): void {
    if (this.#removed || this.#removeAtOnce) {
      throw new EngineError('ERR_REMOVED', 'the head was removed; add a new one');
    }
  }

  #publish(paths: readonly Path[]): void {
    publishList(
      this.#context.tables,
      this.number,
      paths.map((path) => path.number),
    );
    this.ranksChanged();
    this.#paths = paths;
  }

  #setFlag(bit: number): void {
    if (this.#released) return;
    Atomics.or(this.#context.tables.head, this.#at(Word.FLAGS), bit);
  }

  #clearFlag(bit: number): void {
    if (this.#released) return;
    Atomics.and(this.#context.tables.head, this.#at(Word.FLAGS), ~bit);
  }

  #load(word: number): number {
    return Atomics.load(this.#context.tables.head, this.#at(word));
  }

  #store(word: number, value: number): void {
    if (this.#released) return;
    Atomics.store(this.#context.tables.head, this.#at(word), value);
  }

  #at(word: number): number {
    return this.number * this.#context.tables.headStride + word;
  }
}

/** Its controller is LIVE and its access state carries I/O (nvme_state_is_live). */
function isLive({ tables }: Context, { number, head }: Path): boolean {
  return (
    !isDisabled(tables, number, usableStates(tables, head.number)) &&
    controllerState(tables, number) === ControllerState.LIVE &&
    rank(tables, number) !== PathRank.NO_IO
  );
}
