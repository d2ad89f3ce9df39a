import test from 'ava';
import { isPathError } from '../../../src/multipath/blk-status.js';
import { Errno } from '../../../src/shared/errno.js';

const TARGET = ['EBADE', 'EREMOTEIO', 'ENODATA', 'EILSEQ', 'EOPNOTSUPP', 'ENOSPC'];

for (const [name, errno] of Object.entries(Errno)) {
  const path = !TARGET.includes(name);
  test(`${name} is a ${path ? 'path' : 'target'} error`, (t) => {
    t.is(isPathError(errno), path);
  });
}

test('an errno that nobody knows is a path error', (t) => {
  t.true(isPathError(4095));
});
