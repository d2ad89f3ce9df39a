import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { ConfigError } from '../../../src/config/error.js';
import { load, parseConfig } from '../../../src/config/load.js';

const FILE = '/etc/mpathfs/demo.toml';
const MACHINE = { hostnqn: undefined, hostid: undefined };

/** The lines of the error that `text` gives. */
function mistakes(text: string): string[] {
  try {
    parseConfig(text, FILE);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
  return [];
}

function nvme(keys: string, path = 'device = "a"'): string {
  return `[[disk]]\nkind = "nvme"\n${keys}\n[[disk.path]]\n${path}\n`;
}

function scsi(keys: string, path = 'device = "a"'): string {
  return nvme(keys, path).replace('nvme', 'scsi');
}

test('every default is filled in', (t) => {
  t.deepEqual(parseConfig(nvme(''), FILE), {
    machine: { cpu_nodes: [], queue_depth: 64, ...MACHINE },
    scan: false,
    allow: [],
    deny: [],
    targets: { nvmet: { subsystems: [], ports: [] }, target: { units: [] } },
    disks: [
      {
        kind: 'nvme',
        wwid: undefined,
        iopolicy: undefined,
        delayed_removal_secs: 0,
        logical_block_size: undefined,
        subsysnqn: undefined,
        nsid: undefined,
        model: undefined,
        serial: undefined,
        firmware_rev: undefined,
        reconnect_delay: 1,
        ctrl_loss_tmo: -1,
        fast_io_fail_tmo: 0,
        marginal_path_failures: 5,
        marginal_path_window_secs: 60,
        marginal_path_recovery_secs: 60,
        paths: [
          {
            device: '/etc/mpathfs/a',
            numa_node: undefined,
            access_state: undefined,
            transport: undefined,
            address: undefined,
            cntlid: undefined,
            ana_grpid: undefined,
          },
        ],
      },
    ],
  });
});

test('every key is taken', (t) => {
  const config = parseConfig(
    `
    scan = true
    allow = ["naa.6001405*", "/dev/nvme*"]
    deny = ["/dev/sda"]
    machine.cpu_nodes = [0, 1]
    machine.queue_depth = 8
    machine.hostnqn = "nqn.host"
    machine.hostid = "01234567-89ab-cdef-0123-456789abcdef"
    [[disk]]
    kind = "nvme"
    wwid = "eui.0123456789abcdef"
    iopolicy = "queue-depth"
    delayed_removal_secs = 5
    logical_block_size = 4096
    subsysnqn = "nqn.2026-01.org.example:one"
    nsid = 3
    model = "M"
    serial = "S"
    firmware_rev = "F"
    reconnect_delay = 2
    ctrl_loss_tmo = 600
    fast_io_fail_tmo = "off"
    marginal_path_failures = 0
    marginal_path_window_secs = 30
    marginal_path_recovery_secs = 0
    [[disk.path]]
    device = "/dev/loop0"
    numa_node = 3
    ana_state = "change"
    ana_grpid = 4
    cntlid = 5
    transport = "tcp"
    address = "traddr=10.0.0.1,trsvcid=4420"
    `,
    FILE,
  );
  t.deepEqual(
    [config.scan, config.allow, config.deny],
    [true, ['naa.6001405*', '/dev/nvme*'], ['/dev/sda']],
  );
  t.deepEqual(config.machine, {
    cpu_nodes: [0, 1],
    queue_depth: 8,
    hostnqn: 'nqn.host',
    hostid: '01234567-89ab-cdef-0123-456789abcdef',
  });
  t.deepEqual(config.disks, [
    {
      kind: 'nvme',
      wwid: 'eui.0123456789abcdef',
      iopolicy: 'queue-depth',
      delayed_removal_secs: 5,
      logical_block_size: 4096,
      subsysnqn: 'nqn.2026-01.org.example:one',
      nsid: 3,
      model: 'M',
      serial: 'S',
      firmware_rev: 'F',
      reconnect_delay: 2,
      ctrl_loss_tmo: 600,
      fast_io_fail_tmo: -1,
      marginal_path_failures: 0,
      marginal_path_window_secs: 30,
      marginal_path_recovery_secs: 0,
      paths: [
        {
          device: '/dev/loop0',
          numa_node: 3,
          access_state: 'change',
          transport: 'tcp',
          address: 'traddr=10.0.0.1,trsvcid=4420',
          cntlid: 5,
          ana_grpid: 4,
        },
      ],
    },
  ]);
});

test('SCSI access states become the states of the core', (t) => {
  const states = (
    [
      'active/optimized',
      'active/non-optimized',
      'standby',
      'unavailable',
      'offline',
      'transitioning',
    ] as const
  ).map((state) => {
    const config = parseConfig(scsi('', `device = "a"\naccess_state = "${state}"`), FILE);
    return config.disks[0]?.paths[0]?.access_state;
  });
  t.deepEqual(states, [
    'optimized',
    'non-optimized',
    'inaccessible',
    'inaccessible',
    'persistent-loss',
    'change',
  ]);
});

test('disks of one subsystem have its iopolicy and identity', (t) => {
  const subsystem = 'subsysnqn = "nqn.x"\n';
  const { disks } = parseConfig(
    nvme(`${subsystem}iopolicy = "round-robin"\nserial = "abc"`) +
      nvme(subsystem, 'device = "b"') +
      nvme('subsysnqn = "nqn.y"', 'device = "c"'),
    FILE,
  );
  t.deepEqual(
    disks.map(({ iopolicy, serial }) => [iopolicy, serial]),
    [
      ['round-robin', 'abc'],
      ['round-robin', 'abc'],
      [undefined, undefined],
    ],
  );
  t.deepEqual(
    mistakes(nvme(`${subsystem}serial = "abc"`) + nvme(`${subsystem}serial = "b"`, 'device = "b"')),
    [`${FILE}:10: disk[1].serial: must be that of disk[0], which is in the same subsystem`],
  );
});

const ONE_OF_POLICIES = 'must be one of "numa", "round-robin", "queue-depth"';
const NVME_WWID =
  'must be a string like "uuid.01234567-89ab-cdef-0123-456789abcdef", "eui." with 16 or 32 lower-case hex digits, or "nvme.VVVV-SERIAL-MODEL-NNNNNNNN" in hex';
const SCSI_WWID =
  'must be a string like "naa." with 16 or 32 lower-case hex digits, "eui." with 16, 24 or 32, or "t10.VENDOR..."';
const SECONDS = 'must be an integer from 0 to 2147483';
const SECONDS_OR_OFF = 'must be "off" or an integer from 0 to 2147483 (seconds)';
const NO_PATH = 'must be given as at least one [[disk.path]]';

const CASES: readonly (readonly [name: string, text: string, ...expected: string[]])[] = [
  ['disks that are no list', 'disk = 1', '1: disk: must be given as [[disk]]'],
  ['a disk that is no table', '\ndisk = [1]', '2: disk[0]: must be a table'],
  ['an unknown key', `x = 1\n${nvme('')}`, '1: x: is not a key that exists here'],
  ['an unknown key in a disk', nvme('x = 1'), '3: disk[0].x: is not a key that exists here'],
  [
    'an unknown key in a path',
    nvme('', 'device = "a"\nx.y = 1'),
    '6: disk[0].path[0].x: is not a key that exists here',
  ],
  ['an unknown kind', '[[disk]]\nkind = "ide"', '2: disk[0].kind: must be "nvme" or "scsi"'],
  ['no kind', '\n[[disk]]', '2: disk[0].kind: must be "nvme" or "scsi"'],
  ['a machine that is no table', `machine = 1\n${nvme('')}`, '1: machine: must be a table'],
  [
    'a bad node of a CPU',
    `[machine]\ncpu_nodes = [\n 0,\n -1]\n${nvme('')}`,
    '4: machine.cpu_nodes[1]: must be an integer from 0 to 1023',
  ],
  [
    'a bad queue depth',
    `[machine]\nqueue_depth = 0\n${nvme('')}`,
    '2: machine.queue_depth: must be an integer from 1 to 512',
  ],
  [
    'a float',
    nvme('reconnect_delay = 1.0'),
    '3: disk[0].reconnect_delay: must be an integer from 1 to 2147483',
  ],
  ['a bad iopolicy', nvme('iopolicy = "NUMA"'), `3: disk[0].iopolicy: ${ONE_OF_POLICIES}`],
  [
    'a negative delay',
    nvme('delayed_removal_secs = -1'),
    `3: disk[0].delayed_removal_secs: ${SECONDS}`,
  ],
  [
    'a bad ctrl_loss_tmo',
    nvme('ctrl_loss_tmo = "never"'),
    `3: disk[0].ctrl_loss_tmo: ${SECONDS_OR_OFF}`,
  ],
  [
    'a bad fast_io_fail_tmo',
    nvme('fast_io_fail_tmo = -1'),
    `3: disk[0].fast_io_fail_tmo: ${SECONDS_OR_OFF}`,
  ],
  [
    'a bad block size',
    nvme('logical_block_size = 1024'),
    '3: disk[0].logical_block_size: must be 512 or 4096',
  ],
  ['a bad NVMe wwid', nvme('wwid = "naa.0123456789abcdef"'), `3: disk[0].wwid: ${NVME_WWID}`],
  ['a bad SCSI wwid', scsi('wwid = "naa.012345"'), `3: disk[0].wwid: ${SCSI_WWID}`],
  [
    'a model that is too long',
    scsi('model = "01234567890123456"'),
    '3: disk[0].model: must be a string of at most 16 printable ASCII characters',
  ],
  [
    'a subsystem of a SCSI disk',
    scsi('subsysnqn = "x"'),
    '3: disk[0].subsysnqn: is not a key that exists here',
  ],
  [
    'a subsystem name with a blank',
    nvme('subsysnqn = "a b"'),
    '3: disk[0].subsysnqn: must be printable ASCII without blanks, not empty',
  ],
  ['a disk without paths', '[[disk]]\nkind = "nvme"', `1: disk[0].path: is missing; it ${NO_PATH}`],
  ['an empty list of paths', '[[disk]]\nkind = "nvme"\npath = []', `3: disk[0].path: ${NO_PATH}`],
  [
    'too many paths',
    `[[disk]]\nkind = "nvme"\npath = [${Array.from({ length: 33 }, (_, i) => `{device = "${i}"}`).join()}]`,
    '3: disk[0].path: has more than 32 paths',
  ],
  [
    'a path without a device',
    nvme('', 'numa_node = 1'),
    '4: disk[0].path[0].device: is missing; it must be a block device, a file, or a port of a target',
  ],
  [
    'a bad NUMA node',
    nvme('', 'device = "a"\nnuma_node = 1024'),
    '6: disk[0].path[0].numa_node: must be an integer from -1 to 1023',
  ],
  [
    'an access state of the other kind',
    nvme('', 'device = "a"\nana_state = "standby"'),
    '6: disk[0].path[0].ana_state: must be one of "optimized", "non-optimized", "inaccessible", "persistent-loss", "change"',
  ],
  [
    'an access state under the name of the other kind',
    nvme('', 'device = "a"\naccess_state = "optimized"'),
    '6: disk[0].path[0].access_state: is not a key that exists here',
  ],
  [
    'a device listed twice',
    nvme('', 'device = "a"\n[[disk.path]]\ndevice = "./a"'),
    '7: disk[0].path[1].device: is already disk[0].path[0].device (/etc/mpathfs/a)',
  ],
  [
    'a device of two disks',
    nvme('') + scsi(''),
    '10: disk[1].path[0].device: is already disk[0].path[0].device (/etc/mpathfs/a)',
  ],
  [
    'a wwid of two disks',
    nvme('wwid = "eui.0123456789abcdef"') + nvme('wwid = "eui.0123456789abcdef"', 'device = "b"'),
    '8: disk[1].wwid: is already the wwid of disk[0]',
  ],
  [
    'a bad host',
    'machine.hostid = "1"',
    '1: machine.hostid: must be a UUID in lower-case hex digits',
  ],
  ['allow without scan', 'allow = ["x"]', '1: allow: needs scan = true'],
  [
    'patterns that are none',
    'scan = true\ndeny = "x"',
    '2: deny: must be an array of patterns like "naa.6001405*" and "/dev/nvme*"',
  ],
  ['a pattern of nothing', 'scan = true\ndeny = [""]', '2: deny[0]: must be a pattern'],
  [
    'the state of a software NVMe target',
    nvme('', 'device = "nvmet:1/nqn.x/1"\nana_state = "optimized"'),
    '6: disk[0].path[0].ana_state: is what the target says; configure it there',
  ],
  [
    'the state of a software SCSI target',
    scsi('', 'device = "target:naa.1/0"\naccess_state = "standby"'),
    '6: disk[0].path[0].access_state: is what the target says; configure it there',
  ],
  [
    'a mistake in a target',
    '[[nvmet.port]]\nid = 1\nsubsystems = ["nqn.x"]',
    '3: nvmet.port[0].subsystems[0]: is no subsystem here; add one with nqn = "nqn.x"',
  ],
  [
    'a marginal path that is so at once',
    nvme('marginal_path_window_secs = 0'),
    '3: disk[0].marginal_path_window_secs: must be an integer from 1 to 2147483',
  ],
  ['an nsid of 0', nvme('nsid = 0'), '3: disk[0].nsid: must be an integer from 1 to 4294967294'],
  ['an nsid of a SCSI disk', scsi('nsid = 1'), '3: disk[0].nsid: is not a key that exists here'],
  [
    'an nsid of two disks',
    nvme('subsysnqn = "x"\nnsid = 1') + nvme('subsysnqn = "x"\nnsid = 1', 'device = "b"'),
    '10: disk[1].nsid: is already the nsid of disk[0], which is in the same subsystem',
  ],
  [
    'an unknown transport',
    nvme('', 'device = "a"\ntransport = "pigeon"'),
    '6: disk[0].path[0].transport: must be one of "loop", "pcie", "tcp", "rdma", "fc"',
  ],
  [
    'a cntlid of two paths',
    nvme('', 'device = "a"\ncntlid = 1\n[[disk.path]]\ndevice = "b"\ncntlid = 1'),
    '9: disk[0].path[1].cntlid: is already that of another path of the disk',
  ],
  [
    'one controller at two addresses',
    nvme('subsysnqn = "x"', 'device = "a"\ncntlid = 1\naddress = "p"\nnuma_node = 1') +
      nvme('subsysnqn = "x"', 'device = "b"\ncntlid = 1\naddress = "q"\nnuma_node = 1'),
    '15: disk[1].path[0].address: must be that of the first path with the same cntlid',
  ],
  [
    'a key that is given twice',
    '[[disk]]\nkind = "nvme"\nkind = "scsi"',
    '3: not TOML: trying to redefine an already defined table or value',
  ],
  [
    'several mistakes, in the order of the file',
    nvme('iopolicy = 1\nwwid = 2', 'numa_node = "x"\ndevice = 5'),
    `3: disk[0].iopolicy: ${ONE_OF_POLICIES}`,
    `4: disk[0].wwid: ${NVME_WWID}`,
    '6: disk[0].path[0].numa_node: must be an integer from -1 to 1023',
    '7: disk[0].path[0].device: must be a block device, a file, or a port of a target',
  ],
];

for (const [name, text, ...expected] of CASES) {
  test(`an error names file, line and key: ${name}`, (t) => {
    t.deepEqual(
      mistakes(text),
      expected.map((line) => `${FILE}:${line}`),
    );
  });
}

test('there may be no disk at all', (t) => {
  t.deepEqual(parseConfig('', FILE).disks, []);
  t.deepEqual(parseConfig('disk = []', FILE).disks, []);
});

test('ports of software targets are devices by name, their images start from the file', (t) => {
  const { disks, targets } = parseConfig(
    nvme('', 'device = "nvmet:1/nqn.x/1"\n[[disk.path]]\ndevice = "./nvmet:1/nqn.x/1"') +
      scsi('', 'device = "target:naa.5001405000000001/0"') +
      '[[nvmet.subsystem]]\nnqn = "nqn.x"\n' +
      'namespace = [{ nsid = 1, device_path = "images/one" }]\n' +
      '[[nvmet.port]]\nid = 1\nsubsystems = ["nqn.x"]\n',
    FILE,
  );
  t.deepEqual(
    disks.flatMap(({ paths }) => paths.map(({ device }) => device)),
    ['nvmet:1/nqn.x/1', '/etc/mpathfs/nvmet:1/nqn.x/1', 'target:naa.5001405000000001/0'],
  );
  t.is(targets.nvmet.subsystems[0]?.namespaces[0]?.device_path, '/etc/mpathfs/images/one');
});

test('a configuration may be nothing but a scan', (t) => {
  const { scan, disks } = parseConfig('scan = true', FILE);
  t.deepEqual([scan, disks], [true, []]);
});

test('paths with one cntlid have the address and node of the first', (t) => {
  const { disks } = parseConfig(
    nvme('subsysnqn = "x"', 'device = "a"\ncntlid = 1\naddress = "p"\nnuma_node = 1') +
      nvme('subsysnqn = "x"', 'device = "b"\ncntlid = 1'),
    FILE,
  );
  const path = disks[1]?.paths[0];
  t.deepEqual([path?.address, path?.numa_node], ['p', 1]);
});

for (const wwid of [
  'uuid.01234567-89ab-cdef-0123-456789abcdef',
  'eui.0123456789abcdef',
  'eui.0123456789abcdef0123456789abcdef',
  'nvme.1b36-6465616462656566-51454d55-00000001',
]) {
  test(`an NVMe wwid: ${wwid}`, (t) => {
    t.is(parseConfig(nvme(`wwid = "${wwid}"`), FILE).disks[0]?.wwid, wwid);
  });
}

for (const wwid of ['naa.600140505200a986f0043c9afa1fd077', 't10.QEMU    QEMU HARDDISK   0001']) {
  test(`a SCSI wwid: ${wwid}`, (t) => {
    t.is(parseConfig(scsi(`wwid = "${wwid}"`), FILE).disks[0]?.wwid, wwid);
  });
}

test('a file that is not there, or not text', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'mpathfs-config-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const error = t.throws(() => load(join(directory, 'none.toml')), { instanceOf: ConfigError });
  t.is(error.code, 'MPATHFS_CONFIG');
  t.regex(error.message, /none\.toml: can't be read: ENOENT/);
  const binary = join(directory, 'binary.toml');
  writeFileSync(binary, Buffer.from([0xff, 0xfe]));
  t.throws(() => load(binary), {
    instanceOf: ConfigError,
    message: `${binary}: is not UTF-8 text`,
  });
});

test('devices start from the directory of the file', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'mpathfs-config-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, 'a.toml'), nvme('', 'device = "images/one"'));
  const config = load(join(directory, 'a.toml'));
  t.is(config.disks[0]?.paths[0]?.device, join(directory, 'images/one'));
});
