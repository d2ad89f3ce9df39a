import test from 'ava';
import { discover } from '../../../src/discovery/discover.js';
import { foundDisks } from '../../../src/discovery/found-disks.js';
import { goldenTree, makeMachine, nvmeDisk, scsiDisk } from '../../support/fake-machine.js';

const UUID = 'uuid.aaaaaaaa-0000-4000-8000-00000000000';
const NAA = 'naa.6001405e3e3e3e300000000000000000';
const QEMU = 'nvme.1b36-5330-51454d55204e564d65204374726c-00000001';

for (const kernel of ['6.1', '6.12']) {
  test(`NVMe, two controllers and a namespace, Linux ${kernel}, multipath=N`, (t) => {
    const roots = makeMachine(t, goldenTree(`golden/nvme-pcie-${kernel}-multipathN.tree.txt`));
    const found = discover(roots);
    t.deepEqual(
      found.map(({ device, address, numaNode, unusable }) => [device, address, numaNode, unusable]),
      [
        ['/dev/nvme0n1', '0000:01:00.0', -1, undefined],
        ['/dev/nvme1n1', '0000:02:00.0', -1, undefined],
      ],
    );
    const [disk, ...others] = foundDisks(found);
    t.deepEqual(others, []);
    t.is(disk?.wwid, QEMU);
    t.is(disk?.size, 256 * 2 ** 20);
    t.is(disk?.model, 'QEMU NVMe Ctrl');
    t.is(disk?.serial, 'S0');
    t.deepEqual(found[1]?.namespace, {
      subsysnqn: 'nqn.2019-08.org.qemu:e3',
      nsid: 1,
      cntlid: 1,
      transport: 'pcie',
      controller: 'nvme1',
    });
  });

  test(`NVMe, Linux ${kernel}, multipath=Y: the kernel has the paths`, (t) => {
    const roots = makeMachine(t, goldenTree(`golden/nvme-pcie-${kernel}-multipathY.tree.txt`));
    const found = discover(roots);
    t.deepEqual(
      found.map(({ device, wwid, namespace }) => [device, wwid, namespace]),
      [['/dev/nvme0n1', QEMU, undefined]],
    );
    t.regex(
      found[0]?.unusable ?? '',
      /^the kernel multipaths it itself, over nvme0c\dn1 \(0000:0\d:00.0\) and nvme0c1n1 \(.*\); nvme_core\.multipath=N on the kernel's command line gives its paths to mpathfs$/,
    );
  });
}

test('NVMe over fabrics: two namespaces behind two controllers are two disks', (t) => {
  const found = discover(makeMachine(t, goldenTree('golden/nvme-loop-6.12-multipathN.tree.txt')));
  t.deepEqual(
    foundDisks(found).map(({ wwid, devices }) => [wwid, ...devices.map((each) => each.device)]),
    [
      [`${UUID}1`, '/dev/nvme0n1', '/dev/nvme1n1'],
      [`${UUID}2`, '/dev/nvme0n2', '/dev/nvme1n2'],
    ],
  );
  t.is(found[0]?.namespace?.transport, 'loop');
  t.is(found[2]?.address, 'traddr=2');
  t.is(typeof found[0]?.diskseq, 'number');
});

test('SCSI', (t) => {
  const golden = goldenTree('golden-scsi/tcm-loop-6.12.tree.txt');
  const wwid = Object.keys(golden).find((path) => path.endsWith('0:0:1:0/wwid'));
  t.truthy(wwid);
  const noWwid = Object.fromEntries(Object.entries(golden).filter(([path]) => path !== wwid));
  // Without the attribute, the id is that of VPD page 0x83.
  for (const tree of [golden, noWwid]) {
    const [found] = discover(makeMachine(t, tree));
    t.like(found, {
      kind: 'scsi',
      device: '/dev/sda',
      wwid: NAA,
      address: '0:0:1:0',
      devt: { major: 8, minor: 0 },
      diskseq: 1,
      size: 128 * 2 ** 20,
      numaNode: -1,
      model: 'LIO-ORG RAMDISK-MCP',
      serial: 'e3e3e3e3-0000-0000-0000-000000000001',
      namespace: undefined,
      unusable: undefined,
    });
  }
});

test('natural order, NVMe first', (t) => {
  const names = ['nvme10n1', 'nvme2n10', 'nvme2n9', 'sdaa', 'sdz', 'sdb'];
  const trees = names.map((name, index) => {
    const disk = { name, devt: `259:${index}`, wwid: UUID + index, address: `0:0:${index}:0` };
    return name.startsWith('sd') ? scsiDisk({ ...disk, devt: `8:${index}` }) : nvmeDisk(disk);
  });
  t.deepEqual(
    discover(makeMachine(t, merged(trees))).map(({ device }) => device.slice(5)),
    ['nvme2n9', 'nvme2n10', 'nvme10n1', 'sdb', 'sdz', 'sdaa'],
  );
});

/** Two namespaces share the files of their controller. */
function merged(trees: readonly object[]): Record<string, string> {
  return Object.assign({}, ...trees) as Record<string, string>;
}

test('the NUMA node is that of the device or the nearest above it', (t) => {
  const roots = makeMachine(
    t,
    nvmeDisk({ name: 'nvme0n1', devt: '259:0', wwid: `${UUID}1`, parent: { numa_node: '1\n' } }),
    scsiDisk({ name: 'sda', devt: '8:0', wwid: NAA }),
    { 'sys/devices/pci0000:00/numa_node': '3\n' },
  );
  t.deepEqual(
    discover(roots).map(({ numaNode }) => numaNode),
    [1, 3],
  );
});

test('what is no NVMe or SCSI disk is not there', (t) => {
  const disk = { devt: '8:0', wwid: NAA };
  const virtio = { subsystem: { link: '../../../../../bus/virtio' } };
  const roots = makeMachine(
    t,
    scsiDisk({ ...disk, name: 'sr0', address: '0:0:0:0', parent: { type: '5\n' } }),
    scsiDisk({
      ...disk,
      name: 'sdb',
      devt: '8:16',
      address: '1:0:0:0',
      more: { removable: '1\n' },
    }),
    scsiDisk({ ...disk, name: 'vda', devt: '8:32', address: '2:0:0:0', parent: virtio }),
    { 'sys/devices/virtual/block/loop0/dev': '7:0\n' },
    { 'sys/block/loop0': { link: '../devices/virtual/block/loop0' } },
  );
  t.deepEqual(discover(roots), []);
});

test('an empty or missing tree has nothing', (t) => {
  t.deepEqual(discover({ sys: '/nowhere', proc: '/nowhere', dev: '/dev' }), []);
  t.deepEqual(discover(makeMachine(t, { 'sys/block/': '' })), []);
});

const PARTITION = { 'sda1/dev': '8:1\n', 'sda1/partition': '1\n', 'sda1/holders/': '' };
const MOUNT = (devt: string, source: string): string =>
  `22 1 0:5 / /proc rw - proc proc rw\n30 1 ${devt} / /mnt/a\\040b rw,relatime shared:1 - ext4 ${source} rw\n`;

for (const [what, disk, others, reason] of [
  [
    'mounted',
    {},
    { 'proc/self/mountinfo': MOUNT('8:0', '/dev/root') },
    'sda is mounted at /mnt/a b; unmount it first: umount /mnt/a b',
  ],
  [
    'a mounted partition',
    { more: PARTITION },
    { 'proc/self/mountinfo': MOUNT('8:1', '/dev/sda1') },
    'sda1 is mounted at /mnt/a b; unmount it first: umount /mnt/a b',
  ],
  [
    'btrfs, whose mounts have a number of their own',
    { more: PARTITION },
    { 'proc/self/mountinfo': MOUNT('0:42', '/dev/sda1') },
    'sda1 is mounted at /mnt/a b; unmount it first: umount /mnt/a b',
  ],
  [
    'swap',
    { more: PARTITION },
    { 'proc/swaps': 'Filename Type Size Used Priority\n/dev/sda1    partition 1 0 -2\n' },
    'sda1 is swap space; switch it off first: swapoff /dev/sda1',
  ],
  [
    'dm-multipath',
    { more: { 'holders/dm-0': { link: '../../dm-0' } } },
    { 'sys/block/dm-0/dm/name': 'mpatha\n', 'sys/block/dm-0/dm/uuid': 'mpath-3600\n' },
    'sda is held by dm-multipath as mpatha (dm-0); blacklist it in /etc/multipath.conf, then: multipath -f mpatha',
  ],
  [
    'LVM on a partition',
    { more: { ...PARTITION, 'sda1/holders/dm-1': { link: 'x' } } },
    { 'sys/block/dm-1/dm/name': 'vg-root\n', 'sys/block/dm-1/dm/uuid': 'LVM-abc\n' },
    'sda1 is held by the device mapper as vg-root (dm-1); remove that first: lvchange -an /dev/mapper/vg-root',
  ],
  [
    'another target of the device mapper',
    { more: { 'holders/dm-1': { link: 'x' } } },
    { 'sys/block/dm-1/dm/name': 'crypt\n' },
    'sda is held by the device mapper as crypt (dm-1); remove that first: dmsetup remove crypt',
  ],
  [
    'md',
    { more: { 'holders/md127': { link: 'x' } } },
    {},
    'sda is held by the array md127; stop it first: mdadm --stop /dev/md127',
  ],
  [
    'bcache',
    { more: { 'holders/bcache0': { link: 'x' } } },
    {},
    'sda is held by bcache0; remove that first',
  ],
  ['empty', { size: 0 }, {}, 'its size is 0: it has no medium, or is not ready'],
  [
    'read-only',
    { more: { ro: '1\n' } },
    {},
    'it is read-only; have the array take writes, or see blockdev --setrw',
  ],
  [
    'offline',
    { parent: { state: 'offline\n' } },
    {},
    'the kernel has taken it offline; bring it back: echo running > /sys/class/scsi_device/0:0:0:0/device/state',
  ],
  [
    'an id of a form of its own',
    { wwid: 'iqn.2024-01.com.example' },
    {},
    'its unique id is not one that a configuration takes; configure it by hand, with a wwid',
  ],
] as const) {
  test(`unusable: ${what}`, (t) => {
    const sda = scsiDisk({ name: 'sda', devt: '8:0', wwid: NAA, ...disk });
    t.is(discover(makeMachine(t, sda, others))[0]?.unusable, reason);
  });
}

test('unusable: no unique id', (t) => {
  const [found] = discover(makeMachine(t, scsiDisk({ name: 'sda', devt: '8:0' })));
  t.is(found?.wwid, undefined);
  t.regex(found?.unusable ?? '', /^it has no unique id, .*; configure it by hand, with a wwid$/);
});

test('no path of a disk is usable while one is in use', (t) => {
  const roots = makeMachine(
    t,
    scsiDisk({ name: 'sda', devt: '8:0', wwid: NAA, address: '0:0:0:0' }),
    scsiDisk({ name: 'sdb', devt: '8:16', wwid: NAA, address: '1:0:0:0' }),
    scsiDisk({ name: 'sdc', devt: '8:32', wwid: NAA.replace('6', '7'), address: '2:0:0:0' }),
    scsiDisk({ name: 'sdd', devt: '8:48', wwid: NAA, address: '3:0:0:0', more: { ro: '1\n' } }),
    { 'proc/self/mountinfo': MOUNT('8:16', '/dev/sdb') },
  );
  const why = 'sdb is mounted at /mnt/a b; unmount it first: umount /mnt/a b';
  t.deepEqual(
    discover(roots).map(({ device, inUse, unusable }) => [device, inUse, unusable]),
    [
      ['/dev/sda', false, `it is the same disk as /dev/sdb, and ${why}`],
      ['/dev/sdb', true, why],
      ['/dev/sdc', false, undefined],
      ['/dev/sdd', false, 'it is read-only; have the array take writes, or see blockdev --setrw'],
    ],
  );
});

test('another disk in use does not matter', (t) => {
  const roots = makeMachine(t, scsiDisk({ name: 'sda', devt: '8:0', wwid: NAA }), {
    'proc/self/mountinfo': MOUNT('8:16', '/dev/sdb'),
    'proc/swaps': 'Filename\n/dev/sdb1 partition 1 0 -2\n/dev/sda11 partition 1 0 -2\n',
  });
  t.is(discover(roots)[0]?.unusable, undefined);
});

test('what a device says can not reach the terminal', (t) => {
  const disk = { name: 'sda', devt: '8:0', wwid: NAA, parent: { model: 'a\x1b[31m\u00e9\n' } };
  t.is(discover(makeMachine(t, scsiDisk(disk)))[0]?.model, 'VENDOR a?[31m?');
});
