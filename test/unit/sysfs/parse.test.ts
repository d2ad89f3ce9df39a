import { fc, testProp } from '@fast-check/ava';
import test from 'ava';
import { IOPOLICY_NAMES } from '../../../src/multipath/names.js';
import { Errno } from '../../../src/shared/errno.js';
import { integer, kstrtouint, matchString } from '../../../src/sysfs/parse.js';

test('a name matches exactly, or with one newline', (t) => {
  t.is(matchString(IOPOLICY_NAMES, 'numa'), 0);
  t.is(matchString(IOPOLICY_NAMES, 'round-robin\n'), 1);
  for (const bad of ['', '\n', 'NUMA', ' numa', 'numa ', 'numa \n', 'numa\n\n', 'num', 'numax']) {
    t.is(matchString(IOPOLICY_NAMES, bad), -Errno.EINVAL, JSON.stringify(bad));
  }
});

test('kstrtouint', (t) => {
  const good: Record<string, number> = {
    '0': 0,
    '10': 10,
    '10\n': 10,
    '+10': 10,
    '0x1f': 31,
    '0X1F\n': 31,
    '010': 8,
    '4294967295': 4294967295,
    '0xffffffff': 4294967295,
  };
  for (const [text, value] of Object.entries(good)) t.is(kstrtouint(text), value, text);
  for (const text of [
    '',
    '\n',
    '-1',
    '+-1',
    '++1',
    ' 1',
    '1 ',
    '1\n\n',
    '0x',
    '08',
    'x',
    '1x',
    '1.0',
  ]) {
    t.is(kstrtouint(text), -Errno.EINVAL, JSON.stringify(text));
  }
  for (const text of [
    '4294967296',
    '0x100000000',
    '99999999999999999999',
    '99999999999999999999x',
  ]) {
    t.is(kstrtouint(text), -Errno.ERANGE, text);
  }
  t.is(kstrtouint('4294967296x'), -Errno.EINVAL, 'junk is found before 32 bits are');
  t.is(kstrtouint('010', 10), 10);
  t.is(kstrtouint('0x10', 10), -Errno.EINVAL);
});

test('integer', (t) => {
  t.is(integer('-1\n'), -1);
  t.is(integer('+5'), 5);
  t.is(integer('-2147483648'), -2147483648);
  t.is(integer('2147483647'), 2147483647);
  for (const text of ['2147483648', '-2147483649', '', '-', '--1', '-+1', '1 ', 'off', '0x1']) {
    t.is(integer(text), Number.NaN, JSON.stringify(text));
  }
});

testProp(
  'every unsigned int is read in each base, with and without its newline',
  [fc.nat(0xffffffff), fc.constantFrom('', '\n'), fc.constantFrom('', '+')],
  (t, value, newline, sign) => {
    t.is(kstrtouint(`${sign}${value}${newline}`), value);
    t.is(kstrtouint(`${sign}0x${value.toString(16)}${newline}`), value);
    t.is(kstrtouint(`${sign}0${value.toString(8)}${newline}`), value);
    t.is(kstrtouint(`${sign}000${value}${newline}`, 10), value);
  },
);

testProp(
  'whatever is written, the result is an unsigned int or an errno',
  [fc.string()],
  (t, text) => {
    const value = kstrtouint(text);
    t.true(Number.isInteger(value));
    t.true(
      value === -Errno.EINVAL || value === -Errno.ERANGE || (value >= 0 && value <= 0xffffffff),
    );
  },
);
