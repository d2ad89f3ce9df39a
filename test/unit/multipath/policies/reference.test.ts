import { fc, testProp } from '@fast-check/ava';
import { clearCurrentPath, currentPath } from '../../../../src/multipath/current-path.js';
import {
  ACCESS_STATE_NAMES,
  CONTROLLER_STATE_NAMES,
  IOPOLICY_NAMES,
} from '../../../../src/multipath/names.js';
import { findPath } from '../../../../src/multipath/policies/find-path.js';
import { Head, NONE, Path, PATH_STRIDE, PathFlag } from '../../../../src/shared/layout.js';
import {
  setAccess,
  setActive,
  setHead,
  setList as publish,
  setPathFlags,
  setState,
  SIZES,
  tablesWith,
} from '../rig.js';
import { Model, type ModelController, type ModelPath } from './reference.js';

const path = fc.nat(SIZES.paths - 1);
const node = fc.nat(SIZES.nodes - 1);

/** Mostly the states that carry I/O, so that selections find something. */
const access = fc.oneof(
  { weight: 4, arbitrary: fc.nat(1) },
  { weight: 1, arbitrary: fc.nat(ACCESS_STATE_NAMES.length - 1) },
);
/** Mostly as NVMe has it, where no path is preferred to another. */
const quality = {
  access,
  preferred: fc.oneof(
    { weight: 3, arbitrary: fc.constant(false) },
    { weight: 1, arbitrary: fc.boolean() },
  ),
  marginal: fc.oneof(
    { weight: 2, arbitrary: fc.constant(false) },
    { weight: 1, arbitrary: fc.boolean() },
  ),
};
const state = fc.oneof(
  { weight: 3, arbitrary: fc.constant(1) },
  { weight: 2, arbitrary: fc.nat(CONTROLLER_STATE_NAMES.length - 1) },
);

const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('select' as const), node }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('access' as const), path, ...quality }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('state' as const), path, state }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('active' as const), path, active: fc.nat(4) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('flags' as const),
      path,
      ready: fc.boolean(),
      pending: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('list' as const), order: fc.uniqueArray(path) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('clear' as const), path }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('policy' as const), policy: fc.nat(2) }) },
);

const world = fc.record({
  policy: fc.nat(2),
  /** Node of each path, -1 = none. */
  nodes: fc.array(fc.integer({ min: -1, max: SIZES.nodes - 1 }), {
    minLength: SIZES.paths,
    maxLength: SIZES.paths,
  }),
  /** Controller of each path: some share one. */
  controllers: fc.array(fc.nat(SIZES.controllers - 1), {
    minLength: SIZES.paths,
    maxLength: SIZES.paths,
  }),
  access: fc.array(access, { minLength: SIZES.paths, maxLength: SIZES.paths }),
  distances: fc.array(fc.integer({ min: 10, max: 13 }), {
    minLength: SIZES.nodes * SIZES.nodes,
    maxLength: SIZES.nodes * SIZES.nodes,
  }),
  order: fc.uniqueArray(path),
});

testProp(
  'selections and current paths are those of the reference model',
  [world, fc.array(step, { minLength: 20, maxLength: 80 })],
  (t, w, steps) => {
    const tables = tablesWith(0);
    tables.distance.set(w.distances);
    const model = new Model((from, to) => w.distances[from * SIZES.nodes + to]!);
    const controllers: ModelController[] = Array.from({ length: SIZES.controllers }, () => ({
      state: 'live',
      active: 0,
    }));
    const paths: ModelPath[] = w.nodes.map((home, name) => {
      tables.path[name * PATH_STRIDE + Path.NODE] = home;
      tables.path[name * PATH_STRIDE + Path.CONTROLLER] = w.controllers[name]!;
      setAccess(tables, name, w.access[name]!);
      return {
        name,
        node: home === NONE ? null : home,
        controller: controllers[w.controllers[name]!]!,
        access: ACCESS_STATE_NAMES[w.access[name]!]!,
        preferred: false,
        marginal: false,
        ready: true,
        pending: false,
      };
    });
    const setPolicy = (policy: number): void => {
      model.policy = IOPOLICY_NAMES[policy]!;
      setHead(tables, Head.IOPOLICY, policy);
    };
    const setList = (order: readonly number[]): void => {
      model.list = order.map((name) => paths[name]!);
      publish(tables, order);
    };
    setPolicy(w.policy);
    setList(w.order);

    for (const s of steps) {
      switch (s.kind) {
        case 'select':
          t.is(findPath(tables, 0, s.node), model.select(s.node)?.name ?? NONE);
          break;
        case 'access':
          setAccess(tables, s.path, s.access, s.preferred, s.marginal);
          Object.assign(paths[s.path]!, {
            access: ACCESS_STATE_NAMES[s.access]!,
            preferred: s.preferred,
            marginal: s.marginal,
          });
          break;
        case 'state':
          setState(tables, w.controllers[s.path]!, s.state);
          paths[s.path]!.controller.state = CONTROLLER_STATE_NAMES[s.state]!;
          break;
        case 'active':
          setActive(tables, w.controllers[s.path]!, s.active);
          paths[s.path]!.controller.active = s.active;
          break;
        case 'flags':
          setPathFlags(
            tables,
            s.path,
            (s.ready ? PathFlag.READY : 0) | (s.pending ? PathFlag.ANA_PENDING : 0),
          );
          paths[s.path]!.ready = s.ready;
          paths[s.path]!.pending = s.pending;
          break;
        case 'list':
          // current_path may now name a path that has left; numa relies on READY there.
          for (const gone of model.list.filter((p) => !s.order.includes(p.name))) {
            setPathFlags(tables, gone.name, 0);
            gone.ready = false;
          }
          setList(s.order);
          break;
        case 'clear':
          clearCurrentPath(tables, 0, s.path);
          for (const [at, current] of model.current) {
            if (current.name === s.path) model.current.delete(at);
          }
          break;
        case 'policy':
          setPolicy(s.policy);
          break;
      }
      for (let at = 0; at < SIZES.nodes; at++) {
        t.is(currentPath(tables, 0, at), model.current.get(at)?.name ?? NONE);
      }
    }
  },
  { numRuns: 1500 },
);
