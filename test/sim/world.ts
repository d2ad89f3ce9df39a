import type { ReactorControl } from '../../src/multipath/control.js';
import { availablePath } from '../../src/multipath/available-path.js';
import { Engine } from '../../src/multipath/engine.js';
import { EngineError } from '../../src/multipath/errors.js';
import type { Head } from '../../src/multipath/head.js';
import type { Path } from '../../src/multipath/path.js';
import { AccessState, ControllerState } from '../../src/multipath/names.js';
import { isDisabled, usableStates } from '../../src/multipath/path-state.js';
import { findPath } from '../../src/multipath/policies/find-path.js';
import { rank } from '../../src/multipath/rank.js';
import { Errno } from '../../src/shared/errno.js';
import { Path as PathWord, PATH_STRIDE, Stat, STAT_STRIDE } from '../../src/shared/layout.js';
import { Tables } from '../../src/shared/tables.js';
import { BLOCKS, BLOCK_SIZE, SimDevice, SimDisk } from './disk.js';
import { FakeClock, settle } from './fake-clock.js';
import { Random } from './random.js';
import { TEMPLATE } from './template.js';
import { SimReactor, type SimFile, type Surroundings } from './reactor.js';

const REACTORS = 3;
/** Sizes that heads and paths have; the blocks that are used are in all of them. */
const CAPACITIES = [1 << 20, 1 << 21];
const SIZES = {
  heads: 4,
  partitions: 4,
  paths: 10,
  controllers: 10,
  nodes: 2,
  reactors: REACTORS,
};

/** What a run did: shows that it exercised what it is for. */
export interface Tally {
  served: number;
  failedOver: number;
  parked: number;
  headsRemoved: number;
  partitionsRemoved: number;
  stale: number;
  preempted: number;
  diagnosed: number;
  accessDiagnosed: number;
  marginal: number;
}

export function emptyTally(): Tally {
  return {
    served: 0,
    failedOver: 0,
    parked: 0,
    headsRemoved: 0,
    partitionsRemoved: 0,
    stale: 0,
    preempted: 0,
    diagnosed: 0,
    accessDiagnosed: 0,
    marginal: 0,
  };
}

/**
 * The whole core in one thread: the engine, simulated reactors and devices, and a seed that
 * decides who moves next. Between any two loads of a reactor from the tables another
 * reactor or the main thread may move too, as on real threads.
 */
export class World implements Surroundings {
  readonly tables = new Tables(SIZES);
  readonly random: Random;
  readonly devices = new Map<number, SimDevice>();
  readonly clock = new FakeClock();
  readonly tally = emptyTally();
  readonly #engine: Engine;
  readonly #reactors: SimReactor[];
  readonly #disks = new Map<Head, SimDisk>();
  /** Of all disks and partitions that there ever were. */
  readonly #files: SimFile[] = [];
  readonly #all: SimDevice[] = [];
  readonly #refused = new Set<SimDevice>();
  /** What the main thread will do soon: answers of reactors, their reports. */
  readonly #mail: (() => void)[] = [];
  /** What it will look at again: these go on as long as somebody waits. */
  readonly #polls: (() => void)[] = [];
  readonly #calls = new Set<Promise<void>>();
  readonly #violations: string[] = [];
  /** The reactor whose step is under way, if others may move in the middle of it. */
  #running: SimReactor | undefined;

  constructor(seed: number) {
    this.random = new Random(seed);
    const reactors: ReactorControl = {
      wake: () => {
        for (const reactor of this.#reactors) reactor.woken = true;
      },
      installPath: (path) =>
        this.#later(() => {
          const fd = this.tables.path[path * PATH_STRIDE + PathWord.FD]!;
          this.devices.set(path, this.#all[fd]!);
        }),
      uninstallPath: (path) =>
        this.#later(() => {
          this.devices.delete(path);
        }),
      poll: (look) => this.#polls.push(look),
    };
    this.#engine = new Engine({ tables: this.tables, clock: this.clock, reactors, nodes: 2 });
    this.#engine.on('headRemoved', () => this.tally.headsRemoved++);
    this.#engine.on('marginal', () => this.tally.marginal++);
    this.#reactors = Array.from({ length: REACTORS }, (_, index) => {
      const report = (path: number, errno: number): void => {
        this.#mail.push(() => {
          this.#engine.pathFailed(path, errno);
        });
      };
      return new SimReactor(this, index, index % 2, { pathFailed: report });
    });
  }

  targets(): readonly SimFile[] {
    // Also some that are on their way out, or out: an open file goes on writing.
    const gone = this.#files.filter(({ bdev }) => bdev.size === 0);
    return [...this.#files.filter(({ bdev }) => bdev.size > 0), ...gone.slice(-2)];
  }

  violated(what: string): void {
    this.#violations.push(what);
  }

  /** Runs the seed's story and returns what was violated, nothing if all is well. */
  async run(steps: number): Promise<readonly string[]> {
    const restore = this.#preempt();
    try {
      this.#addHead();
      for (let i = 0; i < steps && this.#violations.length === 0; i++) {
        await this.#step();
        if (i % 250 === 249) await this.#quiet('on the way');
      }
      if (this.#violations.length === 0) await this.#finish();
    } finally {
      restore();
    }
    for (const device of this.#all) {
      this.tally.diagnosed += device.diagnoses;
      this.tally.accessDiagnosed += device.accessDiagnoses;
    }
    for (const reactor of this.#reactors) {
      this.tally.served += reactor.served;
      this.tally.failedOver += reactor.failedOver;
      this.tally.stale += reactor.stale;
    }
    return this.#violations;
  }

  async #step(): Promise<void> {
    const { random } = this;
    const what = random.below(100);
    if (what < 76) this.#react(random.pick(this.#reactors)!, true);
    else if (what < 93) this.#readMail();
    else if (what < 95) await this.clock.advance(random.below(900));
    else this.#change();
    await settle();
  }

  /** Something happens on the main thread or to a device. */
  #change(): void {
    const { random } = this;
    const path = random.pick(this.#paths());
    const head = random.pick(this.#engine.heads);
    const device = path && this.devices.get(path.number);
    switch (random.below(26)) {
      case 0:
      case 1:
        if (device !== undefined) device.up = false;
        break;
      case 2:
      case 3:
      case 4:
        for (const each of this.#all) this.#healSometimes(each);
        for (const each of this.#paths()) if (random.chance(0.5)) each.setFault(0, 0);
        break;
      case 5:
        if (path !== undefined) this.#engine.failPath(path, Errno.EIO);
        break;
      case 6:
      case 18:
      case 19:
        if (device !== undefined) device.access = random.chance(0.6) ? 0 : random.below(5);
        break;
      case 20:
        // An event of the array comes before, or after, the I/O that fails.
        for (const each of this.#paths()) {
          if (random.chance(0.3)) each.accessState = this.devices.get(each.number)!.access;
        }
        break;
      case 21:
        if (path !== undefined) path.preferred = random.chance(0.5);
        break;
      case 22:
        if (path !== undefined) path.marginal = random.chance(0.2);
        if (head !== undefined && random.chance(0.3)) head.marginalPathFailures = random.below(4);
        break;
      case 23:
        if (path !== undefined) this.#fault(path);
        break;
      case 24:
        if (path !== undefined) this.#engine.reconnect(path.controller);
        if (device !== undefined) device.liar = random.chance(0.15);
        if (path !== undefined && random.chance(0.3)) path.anaPending = true;
        break;
      case 7:
        if (head !== undefined) head.iopolicy = random.below(3);
        break;
      case 8:
        if (head !== undefined) head.delayedRemovalSecs = random.pick([0, 2, 2, 5])!;
        break;
      case 9:
        if (path !== undefined) path.makeItFail = random.chance(0.3);
        break;
      case 10:
        if (path !== undefined) path.controller.fastIoFailTmo = random.below(4) - 1;
        break;
      case 11:
        if (path !== undefined) this.#call(this.#engine.removePath(path));
        break;
      case 12:
        this.#removeSomething(head, path);
        break;
      case 13:
        if (path !== undefined) this.#reset(path);
        break;
      case 14:
        if (path !== undefined) path.offline = random.chance(0.2);
        break;
      case 15:
        if (random.chance(0.3)) head?.setCapacity(random.pick(CAPACITIES)!);
        else if (path !== undefined) {
          path.resize(random.chance(0.7) ? path.head.capacity : random.pick(CAPACITIES)!);
        }
        break;
      case 16:
      case 17:
        if (head !== undefined) this.#changePartitions(head);
        break;
      default:
        if (head === undefined || random.chance(0.1)) this.#addHead();
        else this.#addPath(head);
    }
    for (const each of this.#all) {
      if (random.chance(0.5)) each.answers.shift()?.();
      if (each.askedTwice) this.violated('a driver was asked twice at a time');
    }
  }

  #healSometimes(device: SimDevice): void {
    device.up ||= this.random.chance(0.7);
    device.liar &&= this.random.chance(0.4);
    if (this.random.chance(0.6)) device.access = AccessState.OPTIMIZED;
  }

  #fault(path: Path): void {
    const errno = (): number => (this.random.chance(0.15) ? Errno.EIO : 0);
    path.setFault(errno(), errno());
  }

  #removeSomething(head: Head | undefined, path: Path | undefined): void {
    if (path !== undefined && this.random.chance(0.5)) {
      this.#call(this.#engine.removeController(path.controller));
    } else if (head !== undefined && this.random.chance(0.3)) {
      this.#call(this.#engine.removeHead(head));
    }
  }

  #reset(path: Path): void {
    const reset = this.#engine.resetController(path.controller).then((errno) => {
      if (errno !== 0 && errno !== -Errno.EBUSY) this.violated(`reset gave ${String(errno)}`);
    });
    this.#call(reset);
  }

  #changePartitions(head: Head): void {
    const { random } = this;
    const bdev = random.pick([...head.partitions]);
    if (bdev !== undefined && random.chance(0.6)) {
      this.tally.partitionsRemoved++;
      this.#call(this.#engine.removePartition(bdev));
      return;
    }
    const disk = this.#disks.get(head)!;
    const first = random.below(BLOCKS - 1);
    const blocks = 1 + random.below(BLOCKS - first);
    const made = this.#unlessFull(() =>
      this.#engine.addPartition(head, first * BLOCK_SIZE, blocks * BLOCK_SIZE),
    );
    if (made !== undefined) this.#files.push({ bdev: made, disk, first, blocks });
  }

  /** Records come back some time after the removal; until then the tables may be full. */
  #unlessFull<T>(add: () => T): T | undefined {
    try {
      return add();
    } catch (error) {
      if (error instanceof EngineError) return undefined;
      throw error;
    }
  }

  #addHead(): void {
    if (this.#engine.heads.length >= 3) return;
    const { random } = this;
    const options = {
      capacity: CAPACITIES[0]!,
      blockShift: 9,
      iopolicy: random.below(3),
      delayedRemovalSecs: random.pick([0, 2, 5])!,
      template: TEMPLATE,
      marginal: { failures: random.below(4), windowSecs: 5, recoverySecs: random.below(4) },
    };
    const head = this.#unlessFull(() => this.#engine.addHead(options));
    if (head === undefined) return;
    const disk = new SimDisk();
    this.#disks.set(head, disk);
    this.#files.push({ bdev: head.bdev, disk, first: 0, blocks: BLOCKS });
    for (let i = 0; i < 2; i++) this.#addPath(head);
  }

  #addPath(head: Head): void {
    const { random } = this;
    const { controllers } = this.#engine;
    if (this.#paths().length >= SIZES.paths - 2) return;
    const share = random.chance(0.3) || controllers.length >= SIZES.controllers - 1;
    const controller =
      (share ? random.pick(controllers) : undefined) ??
      (controllers.length < SIZES.controllers
        ? this.#engine.addController({
            reconnectDelay: 1,
            ctrlLossTmo: random.pick([-1, 4, 8])!,
            fastIoFailTmo: random.pick([-1, 0, 2])!,
          })
        : undefined);
    if (controller === undefined) return;
    const device = new SimDevice(this.#disks.get(head)!, random);
    const fd = this.#all.push(device) - 1;
    const adding = this.#engine.addPath(head, {
      controller,
      numaNode: random.below(3) - 1,
      accessState: random.chance(0.7) ? AccessState.OPTIMIZED : AccessState.NONOPTIMIZED,
      capacity: random.chance(0.9) ? head.capacity : random.pick(CAPACITIES)!,
      fd,
      inMemory: false,
      block: false,
      driver: device,
      closed: () => {
        device.closed++;
        if (device.closed > 1) this.violated('closed twice');
        if (this.#reactors.some((reactor) => reactor.usesDevice(device))) {
          this.violated('closed with I/O in flight');
        }
      },
    });
    this.#call(
      adding.then(
        () => undefined,
        (error: unknown) => {
          this.#refused.add(device);
          if (!(error instanceof EngineError)) throw error;
        },
      ),
    );
  }

  /** Keeps track of a call to the engine; one that rejects is a violation. */
  #call(promise: Promise<void>): void {
    const call = promise
      .catch((error: unknown) => {
        this.violated(`a call failed: ${String(error)}`);
      })
      .finally(() => this.#calls.delete(call));
    this.#calls.add(call);
  }

  #paths(): Path[] {
    return this.#engine.heads.flatMap((head) => head.paths);
  }

  #later(act: () => void): Promise<void> {
    return new Promise((resolve) => {
      this.#mail.push(() => {
        act();
        resolve();
      });
    });
  }

  #readMail(): void {
    const from = this.#mail.length === 0 || this.random.chance(0.3) ? this.#polls : this.#mail;
    from.shift()?.();
  }

  /** Runs a reactor, during which others may move (see #preempt). */
  #react(reactor: SimReactor, load: boolean): void {
    this.#running = reactor;
    reactor.step(load);
    this.#running = undefined;
  }

  /** Lets others move in the middle of a reactor's step, where it loads from the tables. */
  #preempt(): () => void {
    const load = Atomics.load;
    Atomics.load = ((array: Int32Array, index: number): number => {
      const running = this.#running;
      if (running !== undefined && this.random.chance(0.01)) {
        this.#running = undefined;
        this.tally.preempted++;
        const other = this.random.pick(this.#reactors)!;
        if (other !== running) other.step(true);
        else if (this.random.chance(0.5)) this.#change();
        else this.#readMail();
        this.#running = running;
      }
      return load(array, index);
    }) as typeof Atomics.load;
    return () => {
      Atomics.load = load;
    };
  }

  /** Everything runs that can without a new request and without time: then nobody is left. */
  async #quiet(when: string): Promise<void> {
    await settle();
    // A wait may go on for a parked bio. What is not over after some looks at rest waits for that.
    for (let i = 0, idle = 0; idle < 10; i++) {
      idle = this.#mail.length > 0 || this.#reactors.some((r) => r.runnable) ? 0 : idle + 1;
      this.#readMail();
      for (const reactor of this.#reactors) reactor.step(false);
      await settle();
      if (i === 5000) {
        this.violated(`no rest ${when}`);
        return;
      }
    }
    this.#checkRanks(when);
    this.#reactors.forEach((reactor, index) => {
      for (const head of reactor.waitingHeads) {
        this.tally.parked++;
        const node = index % 2;
        if (findPath(this.tables, head, node) !== -1) {
          this.violated(`a bio of head ${String(head)} is parked beside a usable path, ${when}`);
        } else if (!availablePath(this.tables, head)) {
          this.violated(`a bio of head ${String(head)} is stranded, ${when}`);
        }
      }
    });
  }

  /** At rest every head sends its next bio to a path that none of the usable ones ranks before. */
  #checkRanks(when: string): void {
    const { tables } = this;
    for (const { number, paths } of this.#engine.heads) {
      const usable = usableStates(tables, number);
      const ranks = paths
        .filter((path) => path.carriesIo && !isDisabled(tables, path.number, usable))
        .map((path) => rank(tables, path.number));
      for (let node = 0; node < SIZES.nodes; node++) {
        const chosen = findPath(tables, number, node);
        if ((chosen === -1) !== (ranks.length === 0)) this.violated(`no path is chosen, ${when}`);
        else if (chosen !== -1 && rank(tables, chosen) !== Math.min(...ranks)) {
          this.violated(`a path is chosen though another ranks before it, ${when}`);
        }
      }
    }
  }

  /** All devices are well again: everything that waits must end, and everything close. */
  async #finish(): Promise<void> {
    const heal = (): void => {
      for (const device of this.#all) {
        device.up = true;
        device.liar = false;
        device.access = AccessState.OPTIMIZED;
        for (const answer of device.answers.splice(0)) answer();
      }
      for (const path of this.#paths()) {
        path.makeItFail = false;
        path.setFault(0, 0);
        path.accessState = AccessState.OPTIMIZED;
        path.anaPending = false;
        this.#engine.reconnect(path.controller);
        path.offline = false;
        path.resize(path.head.capacity);
      }
    };
    for (let secs = 0; secs < 10; secs++) {
      heal();
      await this.#quiet('when healed');
      await this.clock.advance(1000);
      await this.#quiet('when healed');
    }
    for (const { controller } of this.#paths()) {
      if (controller.state !== ControllerState.LIVE) {
        this.violated(`a controller is ${String(controller.state)} though its devices are well`);
      }
    }
    for (const reactor of this.#reactors) {
      if (reactor.active > 0) this.violated('a bio has not ended though all devices are well');
    }
    for (const head of this.#engine.heads) this.#call(this.#engine.removeHead(head));
    await this.#quiet('at the end');
    for (const controller of this.#engine.controllers) {
      this.#call(this.#engine.removeController(controller));
    }
    await this.#quiet('at the end');
    await this.#engine.shutdown();
    this.#checkEmpty();
  }

  #checkEmpty(): void {
    const { tables } = this;
    const zero = (what: string, words: ArrayLike<number>): void => {
      if (Array.from(words).some((word) => word !== 0)) this.violated(`${what} is not 0`);
    };
    zero('inflight', tables.inflight);
    zero('calls under way', [this.#calls.size]);
    zero('timers', [this.clock.pending]);
    zero('heads', [this.#engine.heads.length]);
    zero('controllers', [this.#engine.controllers.length]);
    zero('installed paths', [this.devices.size]);
    zero('nr_active', tables.active);
    for (const field of [Stat.READS_IN_FLIGHT, Stat.WRITES_IN_FLIGHT]) {
      zero(
        'in flight on block devices',
        tables.bdevStat.filter((_, i) => i % STAT_STRIDE === field),
      );
    }
    this.#checkRecords();
    for (let r = 0; r < REACTORS; r++) zero('PARKED', [tables.reactor[r * 32 + 4]!]);
    for (const device of this.#all) {
      const open = this.#refused.has(device) ? 0 : 1;
      if (device.closed !== open) this.violated(`closed ${String(device.closed)} times`);
    }
    for (const disk of this.#disks.values()) {
      disk.content.forEach((value, block) => {
        if (!disk.possible[block]!.has(value)) this.violated(`block ${String(block)} is wrong`);
      });
    }
  }

  /** Every record has come back. */
  #checkRecords(): void {
    const { heads, partitions } = SIZES;
    const options = {
      capacity: 0,
      blockShift: 9,
      iopolicy: 0,
      delayedRemovalSecs: 0,
      template: TEMPLATE,
    };
    try {
      const made = Array.from({ length: heads }, () => this.#engine.addHead(options));
      for (let i = 0; i < partitions; i++) this.#engine.addPartition(made[0]!, 0, 0);
    } catch (error) {
      this.violated(String(error));
    }
  }
}
