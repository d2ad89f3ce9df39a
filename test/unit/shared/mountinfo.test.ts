import test from 'ava';
import { parseMountinfo } from '../../../src/shared/mountinfo.js';

const TEXT = `22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
40 22 0:36 / /mnt/with\\040blank\\011tab\\134and\\043 rw,nosuid shared:7 master:1 - fuse.mpathfs mpathfs rw,user_id=0
41 22 0:37 / /mnt/größe rw - fuse my\\040disk rw

broken line
42 22 0:38 / /half - tmpfs
`;

test('mountpoints have their octal escapes undone', (t) => {
  t.deepEqual(parseMountinfo(TEXT), [
    { devt: '254:0', mountpoint: '/', fsType: 'ext4', source: '/dev/vda' },
    {
      devt: '0:36',
      mountpoint: '/mnt/with blank\ttab\\and#',
      fsType: 'fuse.mpathfs',
      source: 'mpathfs',
    },
    { devt: '0:37', mountpoint: '/mnt/größe', fsType: 'fuse', source: 'my disk' },
  ]);
});
