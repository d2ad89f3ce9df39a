import test from 'ava';
import { mountAt, parseMountinfo } from '../../../src/cli/mountinfo.js';

const TEXT = `22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
40 22 0:36 / /mnt/with\\040blank\\011tab\\134and\\043 rw,nosuid shared:7 master:1 - fuse.mpathfs mpathfs rw,user_id=0
41 22 0:37 / /mnt/größe rw - fuse my\\040disk rw

broken line
42 22 0:38 / /half - tmpfs
`;

test('mountpoints have their octal escapes undone', (t) => {
  t.deepEqual(parseMountinfo(TEXT), [
    { mountpoint: '/', fsType: 'ext4', source: '/dev/vda' },
    { mountpoint: '/mnt/with blank\ttab\\and#', fsType: 'fuse.mpathfs', source: 'mpathfs' },
    { mountpoint: '/mnt/größe', fsType: 'fuse', source: 'my disk' },
  ]);
});

test('the machine has a mount at /proc and none at a made-up place', (t) => {
  t.is(mountAt('/proc')?.fsType, 'proc');
  t.is(mountAt('/no/such/place'), undefined);
});
