import test from 'ava';
import { mountAt } from '../../../src/cli/mountinfo.js';

test('the machine has a mount at /proc and none at a made-up place', (t) => {
  t.is(mountAt('/proc')?.fsType, 'proc');
  t.is(mountAt('/no/such/place'), undefined);
});
