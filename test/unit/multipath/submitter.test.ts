import test from 'ava';
import { ControllerState, Iopolicy } from '../../../src/multipath/names.js';
import { currentPath } from '../../../src/multipath/current-path.js';
import { publishList } from '../../../src/multipath/path-list.js';
import { Errno } from '../../../src/shared/errno.js';
import { Head, HeadFlag, Path, PATH_STRIDE, Reactor } from '../../../src/shared/layout.js';
import type { Tables } from '../../../src/shared/tables.js';
import { activeOf, Bench, headWord, kick, setHead, setState, stateOf, tablesWith } from './rig.js';

function failovers(t: Tables, path: number): number | undefined {
  return t.path[path * PATH_STRIDE + Path.FAILOVERS];
}

/** Two paths of controllers that are not LIVE but may come back: bios park. */
function parkingTables(): Tables {
  const t = tablesWith(2);
  setState(t, 0, ControllerState.CONNECTING);
  setState(t, 1, ControllerState.CONNECTING);
  return t;
}

test('a bio goes to the path of the policy and ends once', (t) => {
  const tables = tablesWith(2);
  const b = new Bench(tables);
  b.submitter.submit(3);
  t.deepEqual(b.issued, [[3, 0]]);
  t.is(b.bios.path[3], 0);
  t.is(tables.inflight[0], 1);
  b.submitter.complete(3, 0);
  b.submitter.drainRequeue();
  t.deepEqual(b.ended, [[3, 0]]);
  t.is(tables.inflight[0], 0);
});

test('in-flight counts are kept per reactor', (t) => {
  const tables = tablesWith(2);
  const b = new Bench(tables, 16, 1);
  b.submitter.submit(0);
  t.deepEqual([tables.inflight[0], tables.inflight[tables.sizes.paths]], [0, 1]);
});

test('a target error goes to the caller, the path stays', (t) => {
  const tables = tablesWith(2);
  const b = new Bench(tables);
  b.submitter.submit(0);
  b.submitter.complete(0, Errno.ENODATA);
  b.submitter.drainRequeue();
  t.deepEqual(b.ended, [[0, Errno.ENODATA]]);
  t.deepEqual(b.reports, []);
  t.is(b.issued.length, 1);
  t.is(failovers(tables, 0), 0);
  t.is(stateOf(tables, 0), ControllerState.LIVE);
});

test('a path error fails over: counted, path cleared on every node, reported once', (t) => {
  const tables = tablesWith(2);
  const b = new Bench(tables);
  const other = new Bench(tables, 16, 1, 2);
  b.submitter.submit(0);
  b.submitter.submit(1);
  other.submitter.submit(0);
  t.deepEqual([currentPath(tables, 0, 0), currentPath(tables, 0, 2)], [0, 0]);
  b.submitter.complete(0, Errno.EIO);
  t.deepEqual([currentPath(tables, 0, 0), currentPath(tables, 0, 2)], [-1, -1]);
  b.submitter.complete(1, Errno.ENODEV);
  other.submitter.complete(0, Errno.EIO);
  t.is(stateOf(tables, 0), ControllerState.RESETTING);
  t.deepEqual([...b.reports, ...other.reports], [[0, Errno.EIO]]);
  t.is(failovers(tables, 0), 3);
  t.is(b.issued.length, 2, 'nothing is resubmitted from inside complete');
  b.submitter.drainRequeue();
  other.submitter.drainRequeue();
  t.deepEqual(b.issued.slice(2), [
    [0, 1],
    [1, 1],
  ]);
  t.deepEqual(other.issued.slice(1), [[0, 1]]);
  t.deepEqual(b.ended, []);
});

test('a controller that is not LIVE is not taken to RESETTING, nor reported', (t) => {
  const tables = tablesWith(2);
  const b = new Bench(tables);
  b.submitter.submit(0);
  setState(tables, 0, ControllerState.DELETING);
  b.submitter.complete(0, Errno.EIO);
  t.is(stateOf(tables, 0), ControllerState.DELETING);
  t.deepEqual(b.reports, []);
});

test('without a path: EIO at once, and counted', (t) => {
  const tables = tablesWith(1);
  setState(tables, 0, ControllerState.DEAD);
  const b = new Bench(tables);
  b.submitter.submit(7);
  t.deepEqual(b.ended, [[7, Errno.EIO]]);
  t.deepEqual([headWord(tables, Head.FAILED), headWord(tables, Head.REQUEUED)], [1, 0]);
});

test('a parked bio waits for the kick of its own head, then goes on', (t) => {
  const tables = parkingTables();
  const b = new Bench(tables);
  b.submitter.submit(0);
  b.submitter.submit(1);
  t.is(tables.reactor[Reactor.PARKED], 2);
  t.is(headWord(tables, Head.REQUEUED), 2);
  setState(tables, 1, ControllerState.LIVE);
  b.submitter.drainRequeue();
  kick(tables, 1);
  b.submitter.drainRequeue();
  t.false(b.submitter.needsDrain());
  t.deepEqual(b.issued, []);
  kick(tables);
  t.true(b.submitter.needsDrain());
  b.submitter.drainRequeue();
  t.deepEqual(b.issued, [
    [0, 1],
    [1, 1],
  ]);
  t.is(tables.reactor[Reactor.PARKED], 0);
  t.false(b.submitter.needsDrain());
});

test('a kick that changes nothing parks the bio again; it still hears the next one', (t) => {
  const tables = parkingTables();
  const b = new Bench(tables);
  b.submitter.submit(0);
  kick(tables);
  b.submitter.drainRequeue();
  t.is(tables.reactor[Reactor.PARKED], 1);
  t.is(headWord(tables, Head.REQUEUED), 2);
  setHead(tables, Head.FLAGS, 0);
  kick(tables);
  b.submitter.drainRequeue();
  t.deepEqual(b.ended, [[0, Errno.EIO]]);
  t.is(tables.reactor[Reactor.PARKED], 0);
});

test('the heads park apart', (t) => {
  const tables = parkingTables();
  setHead(tables, Head.FLAGS, HeadFlag.LIVE, 1);
  publishList(tables, 1, [2]);
  setState(tables, 2, ControllerState.RESETTING);
  const b = new Bench(tables);
  b.bios.head[5] = 1;
  b.submitter.submit(4);
  b.submitter.submit(5);
  setState(tables, 0, ControllerState.LIVE);
  setState(tables, 2, ControllerState.LIVE);
  kick(tables, 1);
  b.submitter.drainRequeue();
  t.deepEqual(b.issued, [[5, 2]]);
});

for (const cancelled of [0, 1, 2]) {
  test(`cancelParked takes out place ${String(cancelled)} of three, and only it`, (t) => {
    const tables = parkingTables();
    const b = new Bench(tables);
    for (const bio of [0, 1, 2]) b.submitter.submit(bio);
    t.true(b.submitter.cancelParked(cancelled));
    t.false(b.submitter.cancelParked(cancelled));
    t.is(tables.reactor[Reactor.PARKED], 2);
    b.submitter.submit(9);
    setState(tables, 0, ControllerState.LIVE);
    kick(tables);
    b.submitter.drainRequeue();
    t.deepEqual(
      b.issued.map(([bio]) => bio),
      [0, 1, 2, 9].filter((bio) => bio !== cancelled),
    );
    t.deepEqual(b.ended, []);
    t.is(tables.reactor[Reactor.PARKED], 0);
  });
}

test('cancelParked does not touch a bio that is with a path', (t) => {
  const b = new Bench(tablesWith(1));
  b.submitter.submit(0);
  t.false(b.submitter.cancelParked(0));
});

test('nr_active is counted only under queue-depth, and stays balanced over a switch', (t) => {
  const tables = tablesWith(1);
  const b = new Bench(tables);
  b.submitter.submit(0);
  t.is(activeOf(tables, 0), 0);
  setHead(tables, Head.IOPOLICY, Iopolicy.QUEUE_DEPTH);
  b.submitter.submit(1);
  b.submitter.submit(2);
  t.is(activeOf(tables, 0), 2);
  b.submitter.complete(0, 0);
  t.is(activeOf(tables, 0), 2);
  setHead(tables, Head.IOPOLICY, Iopolicy.NUMA);
  b.submitter.complete(1, 0);
  b.submitter.complete(2, Errno.EIO);
  t.is(activeOf(tables, 0), 0);
});

test('queue-depth spreads over two idle paths', (t) => {
  const tables = tablesWith(2);
  setHead(tables, Head.IOPOLICY, Iopolicy.QUEUE_DEPTH);
  const b = new Bench(tables);
  for (const bio of [0, 1, 2, 3]) b.submitter.submit(bio);
  t.deepEqual(
    b.issued.map(([, path]) => path),
    [0, 1, 0, 1],
  );
});

test('10,000 bios fail over, park and end without a deep stack', (t) => {
  const count = 10_000;
  const tables = tablesWith(2);
  const b = new Bench(tables, count);
  for (let bio = 0; bio < count; bio++) b.submitter.submit(bio);
  for (let bio = 0; bio < count; bio++) b.submitter.complete(bio, Errno.EIO);
  setState(tables, 1, ControllerState.CONNECTING);
  b.submitter.drainRequeue();
  t.is(tables.reactor[Reactor.PARKED], count);
  setHead(tables, Head.FLAGS, 0);
  kick(tables);
  b.submitter.drainRequeue();
  t.is(new Set(b.ended.map(([bio]) => bio)).size, count);
  t.is(b.ended.length, count);
});

/**
 * Lost wake-ups: another thread makes a path live and kicks between any two loads of a
 * submit that is about to park. Atomics.load is where the other thread can be seen, so it
 * is where the test puts it.
 */
test.serial('no wake-up is lost, wherever in submit the path comes back', (t) => {
  const load = Atomics.load;
  let places = 0;
  for (let place = 0, reached = true; reached; place++) {
    const tables = parkingTables();
    const b = new Bench(tables);
    let loads = 0;
    reached = false;
    Atomics.load = ((array: Int32Array, index: number): number => {
      if (loads++ === place) {
        reached = true;
        setState(tables, 0, ControllerState.LIVE);
        kick(tables);
      }
      return load(array, index);
    }) as typeof Atomics.load;
    try {
      b.submitter.submit(0);
    } finally {
      Atomics.load = load;
    }
    if (!reached) break;
    places++;
    // What the wake-up after the kick sets off.
    b.submitter.drainRequeue();
    t.deepEqual(b.issued, [[0, 0]], `stranded, with the change before load ${String(place)}`);
  }
  t.true(places > 10);
});

test.serial('no bio is stranded, wherever in submit the head is removed', (t) => {
  const load = Atomics.load;
  for (let place = 0, reached = true; reached; place++) {
    const tables = parkingTables();
    setHead(tables, Head.FLAGS, HeadFlag.LIVE | HeadFlag.QUEUE_IF_NO_PATH);
    publishList(tables, 0, []);
    const b = new Bench(tables);
    let loads = 0;
    reached = false;
    Atomics.load = ((array: Int32Array, index: number): number => {
      if (loads++ === place) {
        reached = true;
        setHead(tables, Head.FLAGS, 0);
        kick(tables);
      }
      return load(array, index);
    }) as typeof Atomics.load;
    try {
      b.submitter.submit(0);
    } finally {
      Atomics.load = load;
    }
    if (!reached) break;
    b.submitter.drainRequeue();
    t.deepEqual(b.ended, [[0, Errno.EIO]], `stranded, removed before load ${String(place)}`);
  }
});
