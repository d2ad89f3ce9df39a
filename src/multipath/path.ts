import { Errno } from '../shared/errno.js';
import { NONE, Path as Word, PATH_STRIDE, PathFlag, STAT_STRIDE } from '../shared/layout.js';
import type { Context } from './context.js';
import type { PathChecker } from './control.js';
import type { Controller } from './controller.js';
import { clearCurrentPath, currentPath } from './current-path.js';
import type { Head } from './head.js';
import { AccessState } from './names.js';
import type { IoStat } from './stat.js';
import { pathStat } from './stat.js';

/** What a path is made from. */
export interface PathOptions {
  readonly controller: Controller;
  /** NUMA node of the device, -1 = none (NUMA_NO_NODE). */
  readonly numaNode: number;
  /** An AccessState. */
  readonly accessState: number;
  /** The open device. The path's owner closes it, in `closed`. */
  readonly fd: number;
  /** Small I/O is done at once, without the ring. */
  readonly inMemory: boolean;
  /** A block device: once removed it reads 0 bytes and writes ENOSPC. */
  readonly block: boolean;
  readonly checker: PathChecker;
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
  readonly #checker: PathChecker;
  #checking = false;
  #removed = false;

  /** Fills record `number`. The path is not READY until its first check. */
  constructor(context: Context, number: number, head: Head, options: PathOptions) {
    this.number = number;
    this.head = head;
    this.controller = options.controller;
    this.numaNode = options.numaNode;
    this.#context = context;
    this.#checker = options.checker;
    const memory = options.inMemory ? PathFlag.IN_MEMORY : 0;
    this.#store(Word.FLAGS, memory | (options.block ? PathFlag.BLOCK_DEVICE : 0));
    this.#store(Word.ACCESS_STATE, options.accessState);
    this.#store(Word.NODE, options.numaNode);
    this.#store(Word.CONTROLLER, options.controller.number);
    this.#store(Word.FD, options.fd);
    this.#store(Word.SLOW_US, 0);
    this.#store(Word.FAILOVERS, 0);
    this.#store(Word.HEAD, head.number);
    const { pathStat: stat, sizes } = context.tables;
    for (let reactor = 0; reactor < sizes.reactors; reactor++) {
      const at = (reactor * sizes.paths + number) * STAT_STRIDE;
      stat.fill(0, at, at + STAT_STRIDE);
    }
  }

  /** An AccessState. */
  get accessState(): number {
    return this.#load(Word.ACCESS_STATE);
  }

  /**
   * No node stays on a path that is no longer optimized; one that became usable may take
   * what is parked. drivers/nvme/host/multipath.c: nvme_update_ns_ana_state.
   */
  set accessState(state: number) {
    if (state === this.accessState) return;
    this.#store(Word.ACCESS_STATE, state);
    if (state !== AccessState.OPTIMIZED) {
      clearCurrentPath(this.#context.tables, this.head.number, this.number);
    }
    void this.head.setPathLive(this);
  }

  /** Size and block size fit the head (NVME_NS_READY). False until the first check. */
  get ready(): boolean {
    return this.#flag(PathFlag.READY);
  }

  async setReady(ready: boolean): Promise<void> {
    this.#setFlag(PathFlag.READY, ready);
    if (ready) await this.head.setPathLive(this);
    else clearCurrentPath(this.#context.tables, this.head.number, this.number);
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

  /** Its removal has begun: it takes no more part in anything. */
  get removed(): boolean {
    return this.#removed;
  }

  /** A check is under way. */
  get checking(): boolean {
    return this.#checking;
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
  async check(): Promise<number> {
    if (this.#checking) return Errno.EBUSY;
    this.#checking = true;
    try {
      const errno = this.makeItFail ? Errno.EIO : await this.#checker.check(this);
      return this.makeItFail ? Errno.EIO : errno;
    } catch {
      return Errno.EIO; // A checker that can't even ask has no working device.
    } finally {
      this.#checking = false;
    }
  }

  /** Engine: the removal begins. */
  markRemoved(): void {
    this.#removed = true;
  }

  /** Engine: the record is free. */
  release(): void {
    this.#store(Word.HEAD, NONE);
  }

  #flag(bit: number): boolean {
    return (this.#load(Word.FLAGS) & bit) !== 0;
  }

  #setFlag(bit: number, on: boolean): void {
    const { path } = this.#context.tables;
    const at = this.number * PATH_STRIDE + Word.FLAGS;
    if (on) Atomics.or(path, at, bit);
    else Atomics.and(path, at, ~bit);
  }

  #load(word: number): number {
    return Atomics.load(this.#context.tables.path, this.number * PATH_STRIDE + word);
  }

  #store(word: number, value: number): void {
    Atomics.store(this.#context.tables.path, this.number * PATH_STRIDE + word, value);
  }
}
