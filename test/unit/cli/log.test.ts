import test from 'ava';
import { readableLine } from '../../../src/cli/log.js';

test('a line for the terminal', (t) => {
  const json = JSON.stringify({
    level: 40,
    time: Date.UTC(2026, 0, 2, 3, 4, 5, 6),
    pid: 1,
    path: 'nvme0c0n1',
    err: { type: 'Error', message: 'no device' },
    msg: 'path lost',
  });
  t.is(readableLine(json), '03:04:05.006 warn: path lost path=nvme0c0n1 err=no device\n');
});
