import test from 'ava';
import { enter, quiesce, synchronize } from '../../../src/multipath/rcu.js';
import { settle } from '../../sim/fake-clock.js';
import { tablesWith } from './rig.js';

test('a batch under way is waited for, also if the next one has begun since', async (t) => {
  const tables = tablesWith(0);
  const polls: (() => void)[] = [];
  let done = false;
  enter(tables, 1);
  void synchronize(tables, (retry) => polls.push(retry)).then(() => (done = true));
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
  const done = synchronize(tables, () => t.fail('polled'));
  enter(tables, 0);
  await t.notThrowsAsync(done);
});

test('reactors that wait, or never started, are quiescent', async (t) => {
  const tables = tablesWith(0);
  enter(tables, 0);
  quiesce(tables, 0);
  await t.notThrowsAsync(synchronize(tables, () => t.fail('polled')));
});

test('every busy reactor is waited for', async (t) => {
  const tables = tablesWith(0);
  let done = false;
  enter(tables, 0);
  enter(tables, 1);
  void synchronize(tables, (retry) => setImmediate(retry)).then(() => (done = true));
  quiesce(tables, 1);
  await settle();
  await settle();
  t.false(done);
  quiesce(tables, 0);
  await settle();
  await settle();
  t.true(done);
});
