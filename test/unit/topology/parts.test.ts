import test from 'ava';
import { fc, testProp } from '@fast-check/ava';
import { inParallel } from '../../../src/topology/in-parallel.js';
import { LowestFree } from '../../../src/shared/lowest-free.js';

testProp(
  'the lowest free number, whatever was taken and given back',
  [fc.nat(2), fc.array(fc.tuple(fc.constantFrom('take', 'reserve', 'give'), fc.nat(9)))],
  (t, first, steps) => {
    const numbers = new LowestFree(first);
    t.is(numbers.take(), first);
    numbers.give(first);
    const used = new Set<number>();
    for (const [what, number] of steps) {
      if (what === 'take') {
        let lowest = first;
        while (used.has(lowest)) lowest++;
        t.is(numbers.take(), lowest);
        used.add(lowest);
      } else if (what === 'reserve') {
        t.is(numbers.reserve(number), !used.has(number));
        used.add(number);
      } else {
        numbers.give(number);
        used.delete(number);
      }
    }
  },
);

test('work is started in order, not more than allowed at a time', async (t) => {
  const started: number[] = [];
  let now = 0;
  let most = 0;
  await inParallel([1, 2, 3, 4, 5], 2, async (item) => {
    started.push(item);
    most = Math.max(most, ++now);
    await new Promise((resolve) => setTimeout(resolve, 6 - item));
    now--;
  });
  t.deepEqual([started, most], [[1, 2, 3, 4, 5], 2]);
});

test('after an error nothing is started, and what was under way ends first', async (t) => {
  const ended: number[] = [];
  const work = inParallel([1, 2, 3, 4], 2, async (item) => {
    if (item === 1) throw new Error('one');
    await new Promise((resolve) => setTimeout(resolve, 5));
    ended.push(item);
  });
  await t.throwsAsync(work, { message: 'one' });
  t.deepEqual(ended, [2]);
});
