import { EventEmitter } from 'eventemitter3';
import { Errno } from '../shared/errno.js';
import { NONE, Path as PathWord, PATH_STRIDE } from '../shared/layout.js';
import type { Tables } from '../shared/tables.js';
import type { FailureReport } from './bio.js';
import { BlockDevice } from './block-device.js';
import type { Clock } from './clock.js';
import { Connection } from './connection.js';
import type { Context } from './context.js';
import type { EngineEvents, ReactorControl } from './control.js';
import type { ControllerOptions } from './controller.js';
import { Controller } from './controller.js';
import { clearCurrentPaths } from './current-path.js';
import { fillDistances } from './distance.js';
import { EngineError } from './errors.js';
import type { HeadOptions } from './head.js';
import { Head } from './head.js';
import { ControllerState } from './names.js';
import type { PathOptions } from './path.js';
import { Path } from './path.js';
import { synchronize } from './rcu.js';
import { Records } from './records.js';
import { Waits } from './waits.js';

export interface EngineOptions {
  /** Its distances are filled in with local and remote ones where they are all 0. */
  readonly tables: Tables;
  readonly clock: Clock;
  readonly reactors: ReactorControl;
  /** Online NUMA nodes: 0..nodes-1. */
  readonly nodes: number;
}

/**
 * The control plane of the core, on the main thread: makes and removes controllers, heads
 * and paths, and keeps the tables right that the reactors read. Its methods may be called
 * at any time, also while others are under way.
 */
export class Engine extends EventEmitter<EngineEvents> implements FailureReport {
  readonly #context: Context;
  readonly #heads = new Set<Head>();
  readonly #paths = new Map<number, Path>();
  readonly #connections = new Map<Controller, Connection>();
  readonly #removals = new WeakMap<Path | Controller | BlockDevice, Promise<void>>();
  readonly #closed = new WeakMap<Path, () => void>();
  readonly #headRecords: Records;
  readonly #partitionRecords: Records;
  readonly #pathRecords: Records;
  readonly #controllerRecords: Records;

  constructor({ tables, clock, reactors, nodes }: EngineOptions) {
    super();
    const waits = new Waits((look, vain) => {
      reactors.poll(look, vain);
    });
    this.#context = {
      tables,
      clock,
      reactors,
      onlineNodes: nodes,
      events: this,
      waits,
      synchronize: () => synchronize(tables, waits),
    };
    this.#headRecords = new Records('head', tables.sizes.heads);
    this.#partitionRecords = new Records('partition', tables.sizes.partitions);
    this.#pathRecords = new Records('path', tables.sizes.paths);
    this.#controllerRecords = new Records('controller', tables.sizes.controllers);
    for (let head = 0; head < tables.sizes.heads; head++) clearCurrentPaths(tables, head);
    for (let path = 0; path < tables.sizes.paths; path++) {
      Atomics.store(tables.path, path * PATH_STRIDE + PathWord.HEAD, NONE);
    }
    this.on('headRemoved', (head) => {
      this.#heads.delete(head);
      void this.#forgetHead(head);
    });
    if (tables.distance.every((distance) => distance === 0)) fillDistances(tables);
  }

  /** In the order of their coming; removed heads are not among them. */
  get heads(): readonly Head[] {
    return [...this.#heads];
  }

  get controllers(): readonly Controller[] {
    return [...this.#connections.keys()];
  }

  /** The path with this number in the tables, if there is one now. */
  path(number: number): Path | undefined {
    return this.#paths.get(number);
  }

  /** It starts as NEW; its first path's first check makes it LIVE or CONNECTING. */
  addController(options: ControllerOptions): Controller {
    const record = this.#controllerRecords.take();
    const controller = new Controller(this.#context, record, options);
    const connection = new Connection(this.#context, controller, (reason) => {
      void this.removeController(controller, reason);
    });
    this.#connections.set(controller, connection);
    return controller;
  }

  /** It has no disk until its first path is live. */
  addHead(options: HeadOptions): Head {
    const head = new Head(this.#context, this.#headRecords.take(), options);
    this.#heads.add(head);
    return head;
  }

  /**
   * Resolves after the path's first check; a path that fails it is there all the same, and
   * its controller connects. Rejects with an EngineError if there is no room, or the head
   * or the controller is being removed; `closed` is not called then.
   */
  async addPath(head: Head, options: PathOptions): Promise<Path> {
    const { reactors, tables } = this.#context;
    if (options.numaNode < NONE || options.numaNode >= tables.sizes.nodes) {
      throw new RangeError(`no NUMA node ${String(options.numaNode)}`);
    }
    const { controller } = options;
    const path = await head.append(async () => {
      refuseDeleting(controller);
      const number = this.#pathRecords.take();
      const made = new Path(this.#context, number, head, options);
      await reactors.installPath(number);
      if (controller.deleting) {
        await reactors.uninstallPath(number);
        this.#freePath(made);
        refuseDeleting(controller);
      }
      this.#paths.set(number, made);
      this.#closed.set(made, options.closed);
      // At once: the controller may be removed before the path is in the list, and takes it along.
      controller.paths.add(made);
      return made;
    });
    await this.#connections.get(controller)?.firstCheck(path);
    return path;
  }

  /**
   * `size` bytes of the head from `start` on, whole blocks of it. Throws an EngineError if there
   * is no room, or the head was removed.
   */
  addPartition(head: Head, start: number, size: number): BlockDevice {
    if (head.removed) throw new EngineError('ERR_REMOVED', 'the head was removed');
    const { tables } = this.#context;
    const number = tables.sizes.heads + this.#partitionRecords.take();
    const bdev = new BlockDevice(tables, number, head, start, size);
    head.partitions.add(bdev);
    return bdev;
  }

  /**
   * Resolves when no further I/O to the partition is let in: its open files get EIO. What is
   * under way ends by itself. A head that is removed takes its partitions along.
   */
  removePartition(bdev: BlockDevice): Promise<void> {
    return this.#once(bdev, () => this.#removePartition(bdev));
  }

  /**
   * Takes the path away as a namespace removal does: no new bio goes to it, those with it
   * are waited for, then `closed` is called. A head that loses its last path goes too.
   */
  removePath(path: Path): Promise<void> {
    return this.#once(path, () => this.#removePath(path));
  }

  /** Removes all its paths, then its record. nvme_do_delete_ctrl, nvme_remove_namespaces. */
  removeController(controller: Controller, reason = 'deleted'): Promise<void> {
    return this.#once(controller, () => this.#removeController(controller, reason));
  }

  /**
   * Connects anew, at once. 0 when that has succeeded or failed (it is CONNECTING then, and goes
   * on trying), -EBUSY from a state that has no reset. I/O on the way ends as it does; new I/O
   * takes other paths or waits. drivers/nvme/host/core.c: nvme_reset_ctrl_sync.
   */
  resetController(controller: Controller): Promise<number> {
    return this.#connections.get(controller)?.reset() ?? Promise.resolve(-Errno.EBUSY);
  }

  /**
   * Its device may be back: a controller that is CONNECTING tries at once, and the time between
   * its attempts is the shortest again. ctrl_loss_tmo goes on. Any other is left alone.
   */
  reconnect(controller: Controller): void {
    this.#connections.get(controller)?.reconnect();
  }

  /** Removes its paths and the head, without delay; parked bios fail. */
  async removeHead(head: Head): Promise<void> {
    head.removeAtOnce();
    // One that is being added is through once the head is idle.
    await head.idle();
    const removals = head.paths.map((path) => this.removePath(path));
    await Promise.all(removals);
    await head.removeIfEmpty();
  }

  /**
   * FailureReport of the reactors: a bio's `errno` took the path's controller from LIVE to
   * RESETTING. Its driver is asked why; late and repeated reports do no harm.
   */
  pathFailed(number: number, errno: number): void {
    const path = this.#paths.get(number);
    if (path === undefined) return;
    this.#connections.get(path.controller)?.reported(path, errno);
  }

  /** The driver knows by itself that the path is gone: its controller fails now. */
  failPath(path: Path, errno: number): void {
    this.#connections.get(path.controller)?.failed(path, errno);
  }

  /**
   * Stops all timers and checks. Bios go on over the paths that are LIVE; what is parked
   * stays so. To end every bio, remove the heads first.
   */
  async shutdown(): Promise<void> {
    for (const connection of this.#connections.values()) connection.stop();
    await Promise.all([...this.#heads].map((head) => head.idle()));
    for (const head of this.#heads) head.cancelRemoval();
  }

  async #removePath(path: Path): Promise<void> {
    const { reactors } = this.#context;
    path.markRemoved();
    await path.head.detach(path);
    await this.#drained(path);
    await reactors.uninstallPath(path.number);
    this.#freePath(path);
    this.#closed.get(path)?.();
    this.#connections.get(path.controller)?.removed(path);
  }

  async #removeController(controller: Controller, reason: string): Promise<void> {
    this.#connections.get(controller)?.stop();
    const from = controller.state;
    if (from === ControllerState.NEW) controller.changeState(ControllerState.CONNECTING);
    controller.changeState(ControllerState.DELETING);
    controller.announce(from, reason);
    // Nothing more is sent to it, as in nvme_remove_namespaces.
    controller.changeState(ControllerState.DELETING_NOIO);
    controller.announce(ControllerState.DELETING, reason);
    await Promise.all([...controller.paths].map((path) => this.removePath(path)));
    this.#connections.delete(controller);
    this.#controllerRecords.give(controller.number);
  }

  async #removePartition(bdev: BlockDevice): Promise<void> {
    bdev.head.partitions.delete(bdev);
    bdev.close();
    await this.#context.synchronize();
    void this.#drained(bdev).then(() => {
      this.#partitionRecords.give(bdev.number - this.#context.tables.sizes.heads);
    });
  }

  /**
   * LIVE is cleared, and the parked bios were kicked: all of them end. The I/O of its
   * partitions counts for the whole disk too, so there is one count to wait for.
   */
  async #forgetHead(head: Head): Promise<void> {
    head.bdev.close();
    await Promise.all([...head.partitions].map((bdev) => this.removePartition(bdev)));
    await this.#context.synchronize();
    await this.#drained(head.bdev);
    head.release();
    this.#headRecords.give(head.number);
  }

  /** A grace period ago the last I/O to it was let in: resolves when nobody uses its record. */
  async #drained(of: Path | BlockDevice): Promise<void> {
    await this.#context.waits.until(() => of.inflight() === 0);
    // The batch that took the count to 0 may still be looking at the record.
    await this.#context.synchronize();
  }

  #freePath(path: Path): void {
    path.release();
    this.#paths.delete(path.number);
    this.#pathRecords.give(path.number);
  }

  #once(key: Path | Controller | BlockDevice, remove: () => Promise<void>): Promise<void> {
    let removal = this.#removals.get(key);
    if (removal === undefined) {
      removal = remove();
      this.#removals.set(key, removal);
    }
    return removal;
  }
}

function refuseDeleting(controller: Controller): void {
  if (controller.deleting) {
    throw new EngineError('ERR_REMOVED', 'the controller is being removed; add a new one');
  }
}
