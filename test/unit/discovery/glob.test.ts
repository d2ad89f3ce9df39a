import test from 'ava';
import { fc, testProp } from '@fast-check/ava';
import { matchesGlob } from '../../../src/discovery/glob.js';

for (const [pattern, text, matches] of [
  ['', '', true],
  ['', 'a', false],
  ['*', '', true],
  ['**', 'anything/at.all', true],
  ['?', '', false],
  ['?', 'a', true],
  ['a*c', 'abcabc', true],
  ['a*c', 'abcab', false],
  ['*ab*ab', 'abxab', true],
  ['*ab*ab', 'xxab', false],
  ['/dev/sd?', '/dev/sdaa', false],
  ['a.c', 'abc', false],
  ['[ab]', 'a', false],
  ['[ab]', '[ab]', true],
  ['\\*', 'x', false],
] as const) {
  test(`${pattern} ${matches ? 'matches' : 'does not match'} ${text}`, (t) => {
    t.is(matchesGlob(pattern, text), matches);
  });
}

testProp(
  'as a regular expression has it',
  [fc.stringMatching(/^[ab*?]{0,8}$/), fc.stringMatching(/^[ab]{0,10}$/)],
  (t, pattern, text) => {
    const regex = new RegExp(`^${pattern.replace(/\*+/g, '.*').replaceAll('?', '.')}$`);
    t.is(matchesGlob(pattern, text), regex.test(text));
  },
  { numRuns: 2000 },
);

test('what takes a regular expression for ever takes no time', (t) => {
  t.false(matchesGlob(`${'*a'.repeat(200)}b`, 'a'.repeat(5000)));
});
