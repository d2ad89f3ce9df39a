/**
 * Marginal and preferred paths. The steps and counts are those of blktests nvme/070 (marginal
 * paths under the three policies); which paths get I/O is counted over many bios.
 */
import test from 'ava';
import { AccessState, ControllerState, Iopolicy } from '../../../../src/multipath/names.js';
import { findPath } from '../../../../src/multipath/policies/find-path.js';
import { countActive } from '../../../../src/multipath/nr-active.js';
import { Head, NONE } from '../../../../src/shared/layout.js';
import type { Tables } from '../../../../src/shared/tables.js';
import { setAccess, setHead, setState, tablesWith } from '../rig.js';

const { OPTIMIZED, NONOPTIMIZED, INACCESSIBLE } = AccessState;
const POLICIES = Object.entries(Iopolicy);

/** Paths 0 and 1 are optimized, 2 and 3 are not; each has a controller. */
class Paths {
  readonly tables: Tables = tablesWith(4);
  readonly policy: number;
  readonly #marginal = new Set<number>();
  readonly #preferred = new Set<number>();
  readonly access: number[] = [OPTIMIZED, OPTIMIZED, NONOPTIMIZED, NONOPTIMIZED];

  constructor(policy: number) {
    this.policy = policy;
    setHead(this.tables, Head.IOPOLICY, policy);
    this.#apply();
  }

  marginal(...paths: number[]): this {
    this.#marginal.clear();
    for (const path of paths) this.#marginal.add(path);
    return this.#apply();
  }

  preferred(...paths: number[]): this {
    for (const path of paths) this.#preferred.add(path);
    return this.#apply();
  }

  set(path: number, access: number): this {
    this.access[path] = access;
    return this.#apply();
  }

  /** Who gets I/O, in order; every bio stays in flight, so that queue-depth has depths. */
  used(): number[] {
    const used = new Set<number>();
    for (let i = 0; i < 40; i++) {
      const path = findPath(this.tables, 0, 0);
      used.add(path);
      if (path !== NONE) countActive(this.tables, 0, path, 1);
    }
    this.tables.active.fill(0);
    return [...used].sort();
  }

  /** What is used of `optimized`: all of them, of which numa takes the first. */
  some(...optimized: number[]): number[] {
    return this.policy === Iopolicy.NUMA ? optimized.slice(0, 1) : optimized;
  }

  #apply(): this {
    this.access.forEach((access, path) => {
      setAccess(this.tables, path, access, this.#preferred.has(path), this.#marginal.has(path));
    });
    return this;
  }
}

for (const [name, policy] of POLICIES) {
  test(`070, ${name}: all online: optimized paths only, numa one of them`, (t) => {
    const paths = new Paths(policy);
    t.deepEqual(paths.used(), paths.some(0, 1));
  });

  test(`070, ${name}: a marginal optimized path is not used beside a normal one`, (t) => {
    const paths = new Paths(policy);
    t.deepEqual(paths.used(), paths.some(0, 1));
    t.deepEqual(paths.marginal(0).used(), [1]);
    t.deepEqual(paths.marginal(1).used(), [0]);
    t.deepEqual(paths.marginal().used(), paths.some(0, 1), 'normal again');
  });

  test(`070, ${name}: all optimized ones marginal: the non-optimized carry the I/O`, (t) => {
    const paths = new Paths(policy).marginal(0, 1);
    const used = paths.used();
    t.true(used.length > 0);
    t.deepEqual(
      used.filter((path) => path < 2),
      [],
    );
    // As among non-optimized paths without marginal ones.
    if (policy === Iopolicy.NUMA) t.deepEqual(used, [2]);
    else t.deepEqual(used, [2, 3]);
  });

  test(`070, ${name}: one normal path, non-optimized, the rest marginal: it is used`, (t) => {
    t.deepEqual(new Paths(policy).marginal(0, 1, 2).used(), [3]);
    t.deepEqual(new Paths(policy).marginal(0, 1, 3).used(), [2]);
  });

  test(`070, ${name}: all marginal: as if none were`, (t) => {
    const paths = new Paths(policy).marginal(0, 1, 2, 3);
    t.deepEqual(paths.used(), paths.some(0, 1));
  });

  test(`070, ${name}: the last normal path goes: marginal ones are better than none`, (t) => {
    const paths = new Paths(policy).marginal(0, 1, 2);
    setState(paths.tables, 3, ControllerState.CONNECTING);
    t.deepEqual(paths.used(), paths.some(0, 1));
    setState(paths.tables, 0, ControllerState.CONNECTING);
    setState(paths.tables, 1, ControllerState.CONNECTING);
    t.deepEqual(paths.used(), [2]);
    setState(paths.tables, 2, ControllerState.CONNECTING);
    t.deepEqual(paths.used(), [NONE]);
    setState(paths.tables, 3, ControllerState.LIVE);
    t.deepEqual(paths.used(), [3]);
  });

  test(`070, ${name}: a marginal path without access is not used at all`, (t) => {
    const paths = new Paths(policy).marginal(0).set(1, INACCESSIBLE);
    t.deepEqual(paths.set(2, INACCESSIBLE).set(3, INACCESSIBLE).used(), [0]);
    t.deepEqual(paths.set(0, INACCESSIBLE).used(), [NONE]);
  });

  test(`preferred, ${name}: decides between equals, and not beyond`, (t) => {
    t.deepEqual(new Paths(policy).preferred(1).used(), [1]);
    t.deepEqual(new Paths(policy).preferred(1, 3).marginal(1).used(), [0]);
    t.deepEqual(new Paths(policy).preferred(3).used(), new Paths(policy).some(0, 1));
    t.deepEqual(new Paths(policy).preferred(3).marginal(0, 1).used(), [3]);
    const paths = new Paths(policy).preferred(0);
    setState(paths.tables, 0, ControllerState.CONNECTING);
    t.deepEqual(paths.used(), [1], 'the preferred one is away');
  });
}
