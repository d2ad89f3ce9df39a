import { Reactor, REACTOR_STRIDE } from '../shared/layout.js';
import type { Tables } from '../shared/tables.js';
import type { Waits } from './waits.js';

/**
 * Quiescent-state RCU. A reactor's epoch word is odd while it handles a batch, and even
 * while it waits: then it holds nothing that it read from the tables. Each move is one
 * sequentially consistent add, so of a writer's store and a reactor's enter one comes
 * first: either the batch sees the store, or the writer sees the odd epoch and waits.
 */

/** Reactor: before the first look at the tables in a batch. */
export function enter(t: Tables, reactor: number): void {
  Atomics.add(t.reactor, reactor * REACTOR_STRIDE + Reactor.EPOCH, 1);
}

/** Reactor: after the batch, before it may sleep. */
export function quiesce(t: Tables, reactor: number): void {
  Atomics.add(t.reactor, reactor * REACTOR_STRIDE + Reactor.EPOCH, 1);
}

/** Whether the reactor is handling a batch. */
export function isInside(t: Tables, reactor: number): boolean {
  return (Atomics.load(t.reactor, reactor * REACTOR_STRIDE + Reactor.EPOCH) & 1) === 1;
}

/**
 * Main thread: resolves once every batch that was being handled has ended, so nobody uses
 * what was replaced before the call. A reactor that has not started is at 0, quiescent.
 * lib/multipath.c: mpath_synchronize.
 */
export function synchronize(t: Tables, waits: Waits): Promise<void> {
  const busy: number[] = [];
  for (let reactor = 0; reactor < t.sizes.reactors; reactor++) {
    const at = reactor * REACTOR_STRIDE + Reactor.EPOCH;
    const epoch = Atomics.load(t.reactor, at);
    if ((epoch & 1) === 1) busy.push(at, epoch);
  }
  return waits.until(() => {
    for (let i = 0; i < busy.length; i += 2) {
      if (Atomics.load(t.reactor, busy[i]!) === busy[i + 1]!) return false;
    }
    return true;
  });
}
