import { nrActive } from '../../../src/multipath/nr-active.js';
import { BioTable } from '../../../src/multipath/bio.js';
import type { ReactorControl } from '../../../src/multipath/control.js';
import type { Controller } from '../../../src/multipath/controller.js';
import { clearCurrentPaths } from '../../../src/multipath/current-path.js';
import { Diagnosis, type PathDriver } from '../../../src/multipath/driver.js';
import { fillDistances } from '../../../src/multipath/distance.js';
import { Engine } from '../../../src/multipath/engine.js';
import type { Head } from '../../../src/multipath/head.js';
import type { MarginalRule } from '../../../src/multipath/marginal.js';
import { AccessState, ControllerState, Iopolicy } from '../../../src/multipath/names.js';
import { publishList } from '../../../src/multipath/path-list.js';
import type { Path, PathOptions } from '../../../src/multipath/path.js';
import { publishBestRank, rankOf } from '../../../src/multipath/rank.js';
import { Submitter } from '../../../src/multipath/submitter.js';
import {
  Controller as ControllerWord,
  CONTROLLER_STRIDE,
  Head as HeadWord,
  HeadFlag,
  Path as PathWord,
  PATH_STRIDE,
  PathFlag,
} from '../../../src/shared/layout.js';
import { Tables } from '../../../src/shared/tables.js';
import { FakeClock, settle } from '../../sim/fake-clock.js';
import { TEMPLATE } from '../../sim/template.js';

export const SIZES = { heads: 3, partitions: 2, paths: 8, controllers: 8, nodes: 4, reactors: 2 };

/** Tables as the engine would have them: head 0 live, `paths` live and optimized in its list. */
export function tablesWith(paths: number): Tables {
  const t = new Tables(SIZES);
  fillDistances(t);
  for (let head = 0; head < SIZES.heads; head++) {
    clearCurrentPaths(t, head);
    setHead(t, HeadWord.USABLE, TEMPLATE.usable, head);
    setHead(t, HeadWord.OPTIMIZED_IN, TEMPLATE.optimized, head);
    setHead(t, HeadWord.AVAILABLE, TEMPLATE.available, head);
  }
  t.head[HeadWord.FLAGS] = HeadFlag.LIVE;
  for (let path = 0; path < SIZES.paths; path++) {
    t.path[path * PATH_STRIDE + PathWord.FLAGS] = PathFlag.READY;
    t.path[path * PATH_STRIDE + PathWord.CONTROLLER] = path;
    t.path[path * PATH_STRIDE + PathWord.NODE] = -1;
    setAccess(t, path, AccessState.OPTIMIZED);
    setState(t, path, ControllerState.LIVE);
  }
  setList(
    t,
    Array.from({ length: paths }, (_, i) => i),
  );
  return t;
}

/** Makes `paths` the list of head 0. */
export function setList(t: Tables, paths: readonly number[]): void {
  publishList(t, 0, paths);
  publishBestRank(t, 0);
}

export function setState(t: Tables, controller: number, state: number): void {
  t.controller[controller * CONTROLLER_STRIDE + ControllerWord.STATE] = state;
}

export function stateOf(t: Tables, controller: number): number | undefined {
  return t.controller[controller * CONTROLLER_STRIDE + ControllerWord.STATE];
}

export function setControllerFlags(t: Tables, controller: number, flags: number): void {
  t.controller[controller * CONTROLLER_STRIDE + ControllerWord.FLAGS] = flags;
}

export function setActive(t: Tables, controller: number, active: number): void {
  t.active[controller] = active;
}

export function activeOf(t: Tables, controller: number): number {
  return nrActive(t, controller);
}

/** Of a path of head 0. */
export function setAccess(
  t: Tables,
  path: number,
  state: number,
  preferred = false,
  marginal = false,
): void {
  t.path[path * PATH_STRIDE + PathWord.ACCESS_STATE] = state;
  t.path[path * PATH_STRIDE + PathWord.RANK] = rankOf(state, preferred, marginal);
  publishBestRank(t, 0);
}

export function setPathFlags(t: Tables, path: number, flags: number): void {
  t.path[path * PATH_STRIDE + PathWord.FLAGS] = flags;
}

export function setHead(t: Tables, word: number, value: number, head = 0): void {
  t.head[head * t.headStride + word] = value;
}

export function headWord(t: Tables, word: number, head = 0): number | undefined {
  return t.head[head * t.headStride + word];
}

export function kick(t: Tables, head = 0): void {
  Atomics.add(t.head, head * t.headStride + HeadWord.KICK, 1);
}

/** A Submitter whose device and requests only write down what they are told. */
export class Bench {
  readonly bios: BioTable;
  readonly submitter: Submitter;
  /** [bio, path] in the order of issue. */
  readonly issued: [number, number][] = [];
  /** [bio, error] in the order of the ends. */
  readonly ended: [number, number][] = [];
  /** [path, errno]. */
  readonly reports: [number, number][] = [];

  constructor(t: Tables, count = 16, reactor = 0, node = 0) {
    this.bios = new BioTable(count);
    this.submitter = new Submitter(
      t,
      reactor,
      node,
      this.bios,
      { issue: (bio, path) => this.issued.push([bio, path]) },
      { end: (bio, error) => this.ended.push([bio, error]) },
      { pathFailed: (path, errno) => this.reports.push([path, errno]) },
    );
  }
}

/** A device's answer to its driver; `hang` makes it not answer until `release`. */
export class FakeDevice implements PathDriver {
  errno = 0;
  /** What it says of a path error; not before `explain` if that is undefined. */
  diagnosis: number | undefined = Diagnosis.DEVICE;
  /** [path, errno]. */
  readonly diagnosed: [number, number][] = [];
  #explain: ((diagnosis: number) => void)[] = [];
  hang = false;
  checks = 0;
  pending = 0;
  mostPending = 0;
  closed = 0;
  #release: (() => void)[] = [];

  async check(): Promise<number> {
    this.checks++;
    this.pending++;
    this.mostPending = Math.max(this.mostPending, this.pending);
    const errno = this.errno;
    if (this.hang) await new Promise<void>((resolve) => this.#release.push(resolve));
    this.pending--;
    return errno;
  }

  diagnose(path: Path, errno: number): Promise<number> {
    this.diagnosed.push([path.number, errno]);
    if (this.diagnosis !== undefined) return Promise.resolve(this.diagnosis);
    return new Promise((resolve) => this.#explain.push(resolve));
  }

  async explain(diagnosis: number): Promise<void> {
    for (const resolve of this.#explain.splice(0)) resolve(diagnosis);
    await settle();
  }

  async release(): Promise<void> {
    this.hang = false;
    for (const resolve of this.#release.splice(0)) resolve();
    await settle();
  }
}

/** An engine without reactors, and everything that it says. */
export class EngineRig {
  readonly tables: Tables;
  readonly clock = new FakeClock();
  readonly engine: Engine;
  readonly log: string[] = [];
  wakes = 0;
  readonly installed = new Set<number>();

  constructor(sizes = SIZES) {
    this.tables = new Tables(sizes);
    const reactors: ReactorControl = {
      wake: () => this.wakes++,
      installPath: async (path) => {
        await settle();
        this.installed.add(path);
      },
      uninstallPath: async (path) => {
        await settle();
        this.installed.delete(path);
      },
      poll: (look) => setImmediate(look),
    };
    this.engine = new Engine({ tables: this.tables, clock: this.clock, reactors, nodes: 2 });
    this.engine.on('headLive', (head) => this.log.push(`live ${head.number}`));
    this.engine.on('headRemoved', (head) => this.log.push(`removed ${head.number}`));
    this.engine.on('pathAdded', (path) => this.log.push(`path ${path.number}`));
    this.engine.on('pathRemoved', (path) => this.log.push(`gone ${path.number}`));
    this.engine.on('controllerState', (path, from, reason) => {
      this.log.push(`${path.number}: ${from}>${path.controller.state} ${reason}`);
    });
    this.engine.on('iopolicyChanged', (head, from) => {
      this.log.push(`iopolicy ${from}>${head.iopolicy}`);
    });
    this.engine.on('headResized', (head) => this.log.push(`resized ${head.capacity}`));
    this.engine.on('accessState', (path) => {
      this.log.push(`access ${path.number}: ${path.accessState}`);
    });
    this.engine.on('marginal', (path) =>
      this.log.push(`marginal ${path.number}: ${path.marginal}`),
    );
  }

  head(delayedRemovalSecs = 0, iopolicy: number = Iopolicy.NUMA, marginal?: MarginalRule): Head {
    return this.engine.addHead({
      capacity: 1 << 20,
      blockShift: 9,
      iopolicy,
      delayedRemovalSecs,
      template: TEMPLATE,
      ...(marginal && { marginal }),
    });
  }

  controller(ctrlLossTmo = -1, fastIoFailTmo = -1, reconnectDelay = 1): Controller {
    return this.engine.addController({ reconnectDelay, ctrlLossTmo, fastIoFailTmo });
  }

  path(head: Head, device: FakeDevice, more: Partial<PathOptions> = {}): Promise<Path> {
    return this.engine.addPath(head, {
      controller: more.controller ?? this.controller(),
      numaNode: -1,
      accessState: AccessState.OPTIMIZED,
      capacity: head.capacity,
      fd: 3,
      inMemory: false,
      block: false,
      driver: device,
      closed: () => device.closed++,
      ...more,
    });
  }
}
