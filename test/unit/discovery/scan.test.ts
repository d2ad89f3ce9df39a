/** What becomes of what is found: groups, TOML, a table, JSON, the disks of `scan = true`. */
import test from 'ava';
import { fc, testProp } from '@fast-check/ava';
import { parse } from 'smol-toml';
import { scanJson, scanTable } from '../../../src/cli/scan-output.js';
import { parseConfig } from '../../../src/config/load.js';
import { discover } from '../../../src/discovery/discover.js';
import { foundDisks } from '../../../src/discovery/found-disks.js';
import { isAllowed, isDenied, scannedDisks } from '../../../src/discovery/scan-rules.js';
import { sizeText } from '../../../src/discovery/size-text.js';
import { toToml } from '../../../src/discovery/toml.js';
import { goldenTree, makeMachine } from '../../support/fake-machine.js';
import { found, NAA, OTHER, UUID } from './found.js';

const ALL = { scan: true, allow: [], deny: [] };

test('devices with one wwid are one disk; those without are one each', (t) => {
  const devices = [
    found('/dev/nvme0n1'),
    found('/dev/nvme1n1', { wwid: OTHER }),
    found('/dev/nvme2n1'),
    found('/dev/sda', { wwid: undefined }),
    found('/dev/sdb', { wwid: undefined }),
  ];
  t.deepEqual(
    foundDisks(devices).map((disk) => disk.devices.map(({ device }) => device)),
    [['/dev/nvme0n1', '/dev/nvme2n1'], ['/dev/nvme1n1'], ['/dev/sda'], ['/dev/sdb']],
  );
});

test('a path of another size than the first usable one, and one too many, are unusable', (t) => {
  const namespace = {
    ...{ subsysnqn: 'nqn.test', nsid: 1, cntlid: 1 },
    ...{ transport: 'tcp' as const, controller: 'nvme7' },
  };
  const [disk] = foundDisks([
    found('/dev/nvme0n1', { size: 512, unusable: 'mounted' }),
    found('/dev/nvme1n1'),
    found('/dev/nvme7n1', { size: 1024, namespace }),
    ...Array.from({ length: 32 }, (_, index) => found(`/dev/nvme${10 + index}n1`)),
  ]);
  t.is(disk?.size, 2 ** 28);
  t.deepEqual(
    disk?.devices.filter(({ unusable }) => unusable !== undefined).map((each) => each.unusable),
    [
      'mounted',
      'its size is 1024 bytes, that of /dev/nvme1n1 is 268435456; have the kernel read it again: ' +
        'echo 1 > /sys/class/nvme/nvme7/rescan_controller',
      'a disk has at most 32 paths',
    ],
  );
});

test('--toml of real trees is a configuration', (t) => {
  const trees = ['golden/nvme-loop-6.12-multipathN.tree.txt', 'golden-scsi/tcm-loop-6.12.tree.txt'];
  const disks = foundDisks(discover(makeMachine(t, ...trees.map(goldenTree))));
  const { disks: configs } = parseConfig(toToml(disks), '/scan');
  t.deepEqual(
    configs.map(({ kind, wwid, paths }) => [kind, wwid, ...paths.map(({ device }) => device)]),
    [
      ['nvme', 'uuid.aaaaaaaa-0000-4000-8000-000000000001', '/dev/nvme0n1', '/dev/nvme1n1'],
      ['nvme', 'uuid.aaaaaaaa-0000-4000-8000-000000000002', '/dev/nvme0n2', '/dev/nvme1n2'],
      ['scsi', NAA, '/dev/sda'],
    ],
  );
});

test('--toml', (t) => {
  const text = toToml(
    foundDisks([
      found('/dev/nvme0n1', { numaNode: 1, address: '0000:01:00.0' }),
      found('/dev/nvme1n1', { unusable: 'nvme1n1 is mounted at /a\n[[disk]]; unmount it' }),
      found('/dev/sda', {
        wwid: undefined,
        serial: '',
        model: '',
        unusable: 'it has no unique id',
      }),
    ]),
  );
  t.is(
    text,
    `# nvme, 256 MiB, Model, serial S1
[[disk]]
kind = "nvme"
wwid = "${UUID}"
[[disk.path]]
device = "/dev/nvme0n1" # 0000:01:00.0, node 1
# /dev/nvme1n1: nvme1n1 is mounted at /a?[[disk]]; unmount it

# scsi, 256 MiB
# /dev/sda: it has no unique id
`,
  );
});

testProp(
  '--toml quotes any id, and what is in comments stays there',
  [fc.stringMatching(/^t10\.[!-~][ -~]{0,50}$/), fc.string(), fc.string()],
  (t, wwid, unusable, model) => {
    const devices = [
      found('/dev/sda', { wwid, model: model.replace(/[^ -~]/g, '?') }),
      found('/dev/sdb', { wwid, unusable }),
    ];
    t.deepEqual(parse(toToml(foundDisks(devices))), {
      disk: [{ kind: 'scsi', wwid, path: [{ device: '/dev/sda' }] }],
    });
  },
);

test('the table', (t) => {
  const devices = [
    found('/dev/nvme0n1', { numaNode: 0, address: '0000:01:00.0' }),
    found('/dev/nvme10n1', { address: '', unusable: 'the kernel has it' }),
    found('/dev/sda', { wwid: undefined, address: '0:0:0:0', unusable: 'it has no unique id' }),
  ];
  t.is(
    scanTable(foundDisks(devices)),
    `${UUID}  nvme  256 MiB  Model
  /dev/nvme0n1   0000:01:00.0  node 0  usable
  /dev/nvme10n1  -             -       not usable: the kernel has it

(no unique id)  scsi  256 MiB  Model
  /dev/sda       0:0:0:0       -       not usable: it has no unique id

mpathfs scan --toml prints a configuration of what can be used.
`,
  );
  t.regex(scanTable(foundDisks(devices.slice(1))), /\n\nNone of them can be used\.\n$/);
});

test('JSON', (t) => {
  const namespace = {
    ...{ subsysnqn: 'nqn.test', nsid: 1, cntlid: 2 },
    ...{ transport: 'tcp' as const, controller: 'nvme0' },
  };
  const device = found('/dev/nvme0n1', { namespace, devt: { major: 259, minor: 3 }, address: 'a' });
  const other = found('/dev/sda', { wwid: undefined, unusable: 'why', address: '0:0:0:0' });
  t.deepEqual(scanJson(foundDisks([device, { ...other, devt: { major: 8, minor: 0 } }])), {
    disks: [
      {
        ...{ kind: 'nvme', wwid: UUID, size: 2 ** 28, model: 'Model', serial: 'S1' },
        paths: [
          {
            ...{ device: '/dev/nvme0n1', address: 'a', major: 259, minor: 3, numa_node: -1 },
            ...{ usable: true, reason: null, nvme: namespace },
          },
        ],
      },
      {
        ...{ kind: 'scsi', wwid: null, size: 2 ** 28, model: 'Model', serial: 'S1' },
        paths: [
          {
            ...{ device: '/dev/sda', address: '0:0:0:0', major: 8, minor: 0, numa_node: -1 },
            ...{ usable: false, reason: 'why', nvme: null },
          },
        ],
      },
    ],
  });
});

test('sizes', (t) => {
  t.deepEqual([0, 1023, 1024, 1536, 2 ** 40, 1.75 * 2 ** 40, 2 ** 60].map(sizeText), [
    '0 bytes',
    '1023 bytes',
    '1 KiB',
    '1.5 KiB',
    '1 TiB',
    '1.8 TiB',
    '1024 PiB',
  ]);
});

for (const [rules, allowed, denied] of [
  [{ scan: false }, false, false],
  [{}, true, false],
  [{ allow: ['/dev/nvme*'] }, true, false],
  [{ allow: ['uuid.*'] }, true, false],
  [{ allow: ['uuid.?', '/dev/sd*'] }, false, false],
  [{ deny: ['/dev/nvme1n?'] }, false, true],
  [{ deny: ['eui.*', '/dev/nvme1n'] }, true, false],
  // Deny wins.
  [{ allow: ['/dev/nvme1n1'], deny: ['uuid.*'] }, false, true],
] as const) {
  test(`allow and deny: ${JSON.stringify(rules)}`, (t) => {
    const device = found('/dev/nvme1n1');
    t.is(isAllowed({ ...ALL, ...rules }, device), allowed);
    t.is(isDenied({ ...ALL, ...rules }, device), denied);
  });
}

test('no pattern but * matches a device without an id by it', (t) => {
  const device = found('/dev/sda', { wwid: undefined });
  t.true(isDenied({ ...ALL, deny: ['*'] }, device));
  t.false(isDenied({ ...ALL, deny: ['undefined', '', 'naa.*'] }, device));
});

test('scan = true: what is usable, allowed and not configured', (t) => {
  const devices = [
    found('/dev/nvme0n1', { numaNode: 1 }),
    found('/dev/nvme1n1', { wwid: OTHER }),
    found('/dev/nvme2n1'),
    found('/dev/nvme3n1', { unusable: 'mounted' }),
    found('/dev/sda'),
    found('/dev/sdb', { wwid: 'naa.6001405e3e3e3e300000000000000001' }),
    found('/dev/sdc'),
  ];
  const { disks: configured } = parseConfig(
    `[[disk]]
kind = "nvme"
wwid = "${OTHER}"
[[disk.path]]
device = "/dev/nvme9n1"
[[disk]]
kind = "scsi"
[[disk.path]]
device = "/dev/sdb"`,
    '/a',
  );
  const scanned = scannedDisks(devices, configured, { ...ALL, deny: ['/dev/sdc'] });
  t.deepEqual(
    scanned.map(({ kind, wwid, paths }) => [kind, wwid, ...paths.map(({ device }) => device)]),
    [
      ['nvme', UUID, '/dev/nvme0n1', '/dev/nvme2n1'],
      ['scsi', NAA, '/dev/sda'],
    ],
  );
  t.is(scanned[0]?.delayed_removal_secs, 0);
  t.deepEqual(scannedDisks(devices, configured, { ...ALL, scan: false }), []);
});
