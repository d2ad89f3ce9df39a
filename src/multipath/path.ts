import { Errno } from '../shared/errno.js';
import { NONE, Path as Word, PATH_STRIDE, PathFlag, PathRank } from '../shared/layout.js';
import type { Context } from './context.js';
import type { Controller } from './controller.js';
import { clearCurrentPath, currentPath } from './current-path.js';
import { Diagnosis, type PathDriver } from './driver.js';
import type { Head } from './head.js';
import { MarginalState } from './marginal.js';
import { isReady } from './path-state.js';
import { rankOf } from './rank.js';
import type { IoStat } from './stat.js';
import { clearStat, pathStat } from './stat.js';

/** What a path is made from. */
export interface PathOptions {
  readonly controller: Controller;
  /** NUMA node of the device, -1 = none (NUMA_NO_NODE). */
  readonly numaNode: number;
  /** An AccessState. */
  readonly accessState: number;
  /** Of paths that are equal otherwise it is the one to use (SPC: PREF). */
  readonly preferred?: boolean;
  /** Bytes of the device. */
  readonly capacity: number;
  /** The open device. The path's owner closes it, in `closed`. */
  readonly fd: number;
  /** Small I/O is done at once, without the ring. */
  readonly inMemory: boolean;
  /** A block device: once removed it reads 0 bytes and writes ENOSPC. */
  readonly block: boolean;
  readonly driver: PathDriver;
  /** Called once, when nobody uses the fd any more. */
  readonly closed: () => void;
}

/**
 * One path to a head, `struct mpath_device`. Its words are in the tables; the reactors
 * read them there. Made by Engine.addPath.
 */
export class Path {
  readonly number: number;
  readonly head: Head;
  readonly controller: Controller;
  /** -1 = no node. */
  readonly numaNode: number;
  readonly #context: Context;
  readonly #driver: PathDriver;
  readonly #marginal: MarginalState;
  #preferred: boolean;
  #capacity: number;
  /** The first check is over, and the removal has not begun. */
  #validated = false;
  #answer: Promise<number> | undefined;
  #diagnosing = false;
  #removed = false;
  #released = false;

  /** Fills record `number`. The path is not READY until its first check. */
  constructor(context: Context, number: number, head: Head, options: PathOptions) {
    this.number = number;
    this.head = head;
    this.controller = options.controller;
    this.numaNode = options.numaNode;
    this.#context = context;
    this.#driver = options.driver;
    this.#preferred = options.preferred ?? false;
    this.#marginal = new MarginalState(
      context.clock,
      () => head.marginalRule,
      () => {
        this.#updateRank();
        context.events.emit('marginal', this);
        void head.setPathLive(this);
      },
    );
    this.#capacity = options.capacity;
    const memory = options.inMemory ? PathFlag.IN_MEMORY : 0;
    this.#store(Word.FLAGS, memory | (options.block ? PathFlag.BLOCK_DEVICE : 0));
    this.#store(Word.ACCESS_STATE, options.accessState);
    this.#store(Word.NODE, options.numaNode);
    this.#store(Word.CONTROLLER, options.controller.number);
    this.#store(Word.FD, options.fd);
    this.#store(Word.SLOW_US, 0);
    this.#store(Word.FAILOVERS, 0);
    this.#store(Word.ERRORS, 0);
    this.#store(Word.RETRIES, 0);
    this.#store(Word.RANK, rankOf(options.accessState, this.#preferred, false));
    this.#store(Word.READ_ERROR, 0);
    this.#store(Word.WRITE_ERROR, 0);
    this.#store(Word.HEAD, head.number);
    const { tables } = context;
    clearStat(tables, tables.pathStat, tables.sizes.paths, number);
  }

  /** An AccessState. */
  get accessState(): number {
    return this.#load(Word.ACCESS_STATE);
  }

  /** drivers/nvme/host/multipath.c: nvme_update_ns_ana_state. */
  set accessState(state: number) {
    if (state === this.accessState) return;
    this.#store(Word.ACCESS_STATE, state);
    this.#updateRank();
    this.#context.events.emit('accessState', this);
    void this.head.setPathLive(this);
  }

  get preferred(): boolean {
    return this.#preferred;
  }

  set preferred(preferred: boolean) {
    if (preferred === this.#preferred) return;
    this.#preferred = preferred;
    this.#updateRank();
    void this.head.setPathLive(this);
  }

  /** Used only when nothing else is usable: its I/O failed too often, or somebody said so. */
  get marginal(): boolean {
    return this.#marginal.marginal;
  }

  /** What is set here stays until it is set again. */
  set marginal(marginal: boolean) {
    this.#marginal.marginal = marginal;
  }

  /** Bytes of the device, as it was last found. */
  get capacity(): number {
    return this.#capacity;
  }

  /** The device was found to have another size. The head's own is set with Head.setCapacity. */
  resize(bytes: number): void {
    this.#capacity = bytes;
    void this.revalidate(this.head.capacity);
  }

  /** Whether the device, in whole blocks of the head, has so many bytes. */
  fits(bytes: number): boolean {
    return this.#capacity - (this.#capacity % (1 << this.head.blockShift)) === bytes;
  }

  /**
   * The path carries I/O as far as its namespace goes (NVME_NS_READY): it passed its first
   * check, and its size is the head's.
   */
  get ready(): boolean {
    return this.#flag(PathFlag.READY);
  }

  /** What READY asks for besides the size. Resolves when parked bios may use the path. */
  async setReady(ready: boolean): Promise<void> {
    this.#validated = ready;
    await this.revalidate(this.head.capacity);
  }

  /**
   * The head has, or is to have, so many bytes: READY if that is the path's size too.
   * drivers/nvme/host/multipath.c: nvme_mpath_revalidate_paths.
   */
  async revalidate(bytes: number): Promise<void> {
    const ready = this.#validated && this.fits(bytes);
    this.#setFlag(PathFlag.READY, ready);
    if (ready) await this.head.setPathLive(this);
    else if (!this.#released) {
      clearCurrentPath(this.#context.tables, this.head.number, this.number);
    }
  }

  /** The administrator took it out of use: no I/O, and none waits for it (scsi_device_online). */
  get offline(): boolean {
    return this.#flag(PathFlag.OFFLINE);
  }

  set offline(offline: boolean) {
    if (offline === this.offline) return;
    this.#setFlag(PathFlag.OFFLINE, offline);
    if (!offline) {
      void this.head.setPathLive(this);
      return;
    }
    clearCurrentPath(this.#context.tables, this.head.number, this.number);
    // What is parked may have been so because of this path.
    this.head.kick();
  }

  /** The access state is known to be stale (NVME_NS_ANA_PENDING): no I/O meanwhile. */
  get anaPending(): boolean {
    return this.#flag(PathFlag.ANA_PENDING);
  }

  set anaPending(pending: boolean) {
    this.#setFlag(PathFlag.ANA_PENDING, pending);
    if (pending) clearCurrentPath(this.#context.tables, this.head.number, this.number);
    else void this.head.setPathLive(this);
  }

  /** The kernel's block fault switch: every I/O on the path fails, checks too. */
  get makeItFail(): boolean {
    return this.#flag(PathFlag.MAKE_IT_FAIL);
  }

  set makeItFail(fail: boolean) {
    this.#setFlag(PathFlag.MAKE_IT_FAIL, fail);
  }

  /** An errno for every read, and for every write, discard and flush; 0 = none. */
  setFault(read: number, write: number): void {
    this.#store(Word.READ_ERROR, read);
    this.#store(Word.WRITE_ERROR, write);
    this.#setFlag(PathFlag.FAULTY, read !== 0 || write !== 0);
  }

  /** Microseconds added to every I/O. */
  get slowUs(): number {
    return this.#load(Word.SLOW_US);
  }

  set slowUs(us: number) {
    this.#store(Word.SLOW_US, us);
  }

  /** multipath_failover_count. */
  get failovers(): number {
    return this.#load(Word.FAILOVERS) >>> 0;
  }

  set failovers(count: number) {
    this.#store(Word.FAILOVERS, count);
  }

  /** command_error_count: bios that ended with an error that no other path would cure. */
  get errorCount(): number {
    return this.#load(Word.ERRORS) >>> 0;
  }

  set errorCount(count: number) {
    this.#store(Word.ERRORS, count);
  }

  /** command_retry_count: I/Os that the device had to be sent again. */
  get retryCount(): number {
    return this.#load(Word.RETRIES) >>> 0;
  }

  set retryCount(count: number) {
    this.#store(Word.RETRIES, count);
  }

  /** Its removal has begun: it takes no more part in anything. */
  get removed(): boolean {
    return this.#removed;
  }

  /** As far as the path itself goes, I/O is sent to it: the controller has a say, too. */
  get carriesIo(): boolean {
    return isReady(this.#context.tables, this.number) && this.#load(Word.RANK) !== PathRank.NO_IO;
  }

  /** A check is under way. */
  get checking(): boolean {
    return this.#answer !== undefined;
  }

  get stat(): IoStat {
    return pathStat(this.#context.tables, this.number);
  }

  /** NUMA nodes whose current path it is (lib/multipath.c: mpath_numa_nodes_show). */
  currentNodes(): number[] {
    const { tables } = this.#context;
    const nodes = Array.from({ length: tables.sizes.nodes }, (_, node) => node);
    return nodes.filter((node) => currentPath(tables, this.head.number, node) === this.number);
  }

  /** Bios that are with the path now, over all reactors. */
  inflight(): number {
    const { inflight, sizes } = this.#context.tables;
    let sum = 0;
    for (let reactor = 0; reactor < sizes.reactors; reactor++) {
      sum += Atomics.load(inflight, reactor * sizes.paths + this.number);
    }
    return sum;
  }

  /**
   * Asks the device: 0, or an errno. Never twice at a time: EBUSY as long as an earlier
   * question has no answer.
   */
  check(): Promise<number> {
    if (this.#answer !== undefined) return Promise.resolve(Errno.EBUSY);
    this.#answer = this.#ask().then((errno) => {
      this.#answer = undefined;
      if (errno !== 0) this.controller.errorCount++;
      return errno;
    });
    return this.#answer;
  }

  /** The answer to the check that is under way, or to a new one. */
  answer(): Promise<number> {
    return this.#answer ?? this.check();
  }

  /**
   * Asks the driver what a path error was: a Diagnosis. Where that can't be asked, because it
   * still has no answer to the last one, or fails, the device is to blame.
   */
  async diagnose(errno: number): Promise<number> {
    if (this.#diagnosing || this.makeItFail) return Diagnosis.DEVICE;
    this.#diagnosing = true;
    try {
      return await this.#driver.diagnose(this, errno);
    } catch {
      return Diagnosis.DEVICE;
    } finally {
      this.#diagnosing = false;
    }
  }

  /** Connection: its I/O failed, and its device is to blame. */
  ioFailed(): void {
    if (!this.#removed) this.#marginal.failed();
  }

  /** Connection: its controller is LIVE. */
  connected(): void {
    if (!this.#removed) this.#marginal.connected();
  }

  /** Connection: its controller is not LIVE any more. */
  disconnected(): void {
    this.#marginal.disconnected();
  }

  /** Head: nothing is marginal for its failures any more. */
  forgive(): void {
    this.#marginal.forgive();
  }

  /** Engine: the removal begins. */
  markRemoved(): void {
    this.#removed = true;
    this.#marginal.disconnected();
  }

  /** Engine: the record is free. What is set from now on changes nothing: another may use it. */
  release(): void {
    this.#store(Word.HEAD, NONE);
    this.#released = true;
  }

  async #ask(): Promise<number> {
    try {
      const errno = this.makeItFail ? Errno.EIO : await this.#driver.check(this);
      return this.makeItFail ? Errno.EIO : errno;
    } catch {
      return Errno.EIO; // A driver that can't even ask has no working device.
    }
  }

  /**
   * No node stays on a path that has become worse. One that has become better may be the one to
   * use now, and take what is parked: setPathLive is to follow.
   */
  #updateRank(): void {
    const from = this.#load(Word.RANK);
    const to = rankOf(this.accessState, this.#preferred, this.marginal);
    if (to === from || this.#released) return;
    this.#store(Word.RANK, to);
    this.head.ranksChanged();
    if (to > from) clearCurrentPath(this.#context.tables, this.head.number, this.number);
  }

  #flag(bit: number): boolean {
    return (this.#load(Word.FLAGS) & bit) !== 0;
  }

  #setFlag(bit: number, on: boolean): void {
    if (this.#released) return;
    const { path } = this.#context.tables;
    const at = this.number * PATH_STRIDE + Word.FLAGS;
    if (on) Atomics.or(path, at, bit);
    else Atomics.and(path, at, ~bit);
  }

  #load(word: number): number {
    return Atomics.load(this.#context.tables.path, this.number * PATH_STRIDE + word);
  }

  #store(word: number, value: number): void {
    if (this.#released) return;
    Atomics.store(this.#context.tables.path, this.number * PATH_STRIDE + word, value);
  }
}
