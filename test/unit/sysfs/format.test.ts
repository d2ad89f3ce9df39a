import { fc, testProp } from '@fast-check/ava';
import test from 'ava';
import { bitmapList, columns, line, padded, seconds } from '../../../src/sysfs/format.js';

test('bitmap lists as %*pbl prints them', (t) => {
  t.is(bitmapList([]), '\n');
  t.is(bitmapList([0]), '0\n');
  t.is(bitmapList([0, 1]), '0-1\n');
  t.is(bitmapList([0, 2, 3]), '0,2-3\n');
  t.is(bitmapList([1, 2, 3, 7, 9, 10]), '1-3,7,9-10\n');
});

testProp(
  'a bitmap list holds exactly its numbers',
  [fc.uniqueArray(fc.nat(40)).map((numbers) => numbers.sort((a, b) => a - b))],
  (t, numbers) => {
    const text = bitmapList(numbers).slice(0, -1);
    const ranges = text === '' ? [] : text.split(',').map((range) => range.split('-').map(Number));
    const back = ranges.flatMap(([first = 0, last = first]) =>
      Array.from({ length: last - first + 1 }, (_, i) => first + i),
    );
    t.deepEqual(back, numbers);
    // Ranges that touch would have been one.
    for (const [i, [first = 0]] of ranges.entries()) {
      const before = ranges[i - 1]?.at(-1);
      if (before !== undefined) t.true(first > before + 1);
    }
  },
);

test('the simple ones', (t) => {
  t.is(line('numa'), 'numa\n');
  t.is(line(-1), '-1\n');
  t.is(seconds(-1), 'off\n');
  t.is(seconds(0), '0\n');
  t.is(padded('abc', 5), 'abc  \n');
  t.is(padded('abcdef', 5), 'abcde\n');
  t.is(columns([0, 123456789]), '       0 123456789\n');
});
