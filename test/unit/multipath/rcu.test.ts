import test from 'ava';
import { enter, quiesce, synchronize } from '../../../src/multipath/rcu.js';
import { Waits } from '../../../src/multipath/waits.js';
import { settle } from '../../sim/fake-clock.js';
import { tablesWith } from './rig.js';

test('a batch under way is waited for, also if the next one has begun since', async (t) => {
  const tables = tablesWith(0);
  const polls: (() => void)[] = [];
  let done = false;
  enter(tables, 1);
  void synchronize(tables, new Waits((look) => polls.push(look))).then(() => (done = true));
  await settle();
  t.false(done);
  t.is(polls.length, 1);
  polls.shift()?.();
  await settle();
  t.false(done);
  quiesce(tables, 1);
  enter(tables, 1);
  polls.shift()?.();
  await settle();
  t.true(done);
});

test('a batch that begins after the call is not waited for', async (t) => {
  const tables = tablesWith(0);
  const done = synchronize(tables, new Waits(() => t.fail('polled')));
  enter(tables, 0);
  await t.notThrowsAsync(done);
});

test('reactors that wait, or never started, are quiescent', async (t) => {
  const tables = tablesWith(0);
  enter(tables, 0);
  quiesce(tables, 0);
  await t.notThrowsAsync(synchronize(tables, new Waits(() => t.fail('polled'))));
});

test('every busy reactor is waited for', async (t) => {
  const tables = tablesWith(0);
  let done = false;
  enter(tables, 0);
  enter(tables, 1);
  void synchronize(tables, new Waits((look) => setImmediate(look))).then(() => (done = true));
  quiesce(tables, 1);
  await settle();
  await settle();
  t.false(done);
  quiesce(tables, 0);
  await settle();
  await settle();
  t.true(done);
});

test('waits under way share one poll, and each ends by itself', async (t) => {
  const tables = tablesWith(0);
  const polls: [() => void, number][] = [];
  const waits = new Waits((look, vain) => polls.push([look, vain]));
  const ended: string[] = [];
  enter(tables, 0);
  void synchronize(tables, waits).then(() => ended.push('first'));
  enter(tables, 1);
  void synchronize(tables, waits).then(() => ended.push('second'));
  t.is(polls.length, 1);
  polls.shift()?.[0]();
  quiesce(tables, 0);
  polls.shift()?.[0]();
  await settle();
  t.deepEqual(ended, ['first']);
  t.is(polls[0]?.[1], 1, 'looks that found nothing for the second');
  quiesce(tables, 1);
  void synchronize(tables, waits).then(() => ended.push('third'));
  polls.shift()?.[0]();
  await settle();
  t.deepEqual(ended, ['first', 'third', 'second']);
  t.is(polls.length, 0, 'nobody waits');
});
