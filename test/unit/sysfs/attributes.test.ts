import test, { type ExecutionContext } from 'ava';
import type { AttributeNode, DirectoryNode, Shown } from '../../../src/fuse/node.js';
import type { PathConfig } from '../../../src/config/types.js';
import { AccessState } from '../../../src/multipath/names.js';
import { Errno } from '../../../src/shared/errno.js';
import { PATH_STRIDE, Path as PathWord, Stat, STAT_STRIDE } from '../../../src/shared/layout.js';
import { buildTree } from '../../../src/sysfs/tree.js';
import { disk, Fixture, path } from '../topology/fixture.js';
import { at } from './listing.js';

const SUBSYSTEM = 'sys/devices/virtual/nvme-subsystem/nvme-subsys0';
const HEAD = `${SUBSYSTEM}/nvme0n1`;
const CONTROLLER = 'sys/devices/virtual/nvme-fabrics/ctl/nvme0';
const PATH = `${CONTROLLER}/nvme0c0n1`;
const MPATH_DEVICE = 'sys/devices/virtual/scsi_mpath_device/scsi_mpath_device0';
const SCSI_PATH = 'sys/devices/platform/host0/target0:0:0/0:0:0:0/block/sda:0';
const INFO = { version: '0.1.0', pid: 1, transport: 'ring', reactors: 2, queueDepth: 64 };

class Attributes {
  readonly fixture: Fixture;
  readonly #root: DirectoryNode;

  constructor(fixture: Fixture, root: DirectoryNode) {
    this.fixture = fixture;
    this.#root = root;
  }

  node(place: string): AttributeNode {
    const node = at(this.#root, place);
    if (node?.kind !== 'attribute') throw new Error(`no attribute ${place}`);
    return node;
  }

  show(place: string): Shown | undefined {
    const shown = this.node(place).show?.();
    if (shown instanceof Promise) throw new Error(`${place} takes its time`);
    return shown;
  }

  async store(place: string, text: string): Promise<number | undefined> {
    return this.node(place).store?.(text);
  }
}

async function setUp(t: ExecutionContext): Promise<Attributes> {
  const fixture = new Fixture();
  t.teardown(() => fixture.end());
  const root = buildTree(fixture.topology, INFO);
  const two = (name: string): PathConfig[] => [
    path(fixture.device(`${name}0`), 0),
    path(fixture.device(`${name}1`), 1),
  ];
  await fixture.build(
    disk(two('a'), { subsysnqn: 'nqn.x' }),
    disk(two('b'), { subsysnqn: 'nqn.x' }),
    disk(two('c'), { kind: 'scsi' }),
  );
  return new Attributes(fixture, root);
}

/** What is written, and what is shown then; or the errno. */
interface Writable {
  readonly place: string;
  readonly good: readonly (readonly [string, string])[];
  readonly bad: readonly (readonly [string, number])[];
}

const { EINVAL, ERANGE } = Errno;
const POLICIES: Pick<Writable, 'good' | 'bad'> = {
  good: [
    ['round-robin\n', 'round-robin\n'],
    ['queue-depth', 'queue-depth\n'],
    ['numa\n\0junk', 'numa\n'],
  ],
  bad: [
    ...(['NUMA', ' numa', 'numa \n', 'numa\n\n', '\n', 'nonsense'] as const).map(
      (text) => [text, EINVAL] as const,
    ),
  ],
};
const COUNTER: Pick<Writable, 'good' | 'bad'> = {
  good: [
    ['5\n', '5\n'],
    ['4294967295', '4294967295\n'],
    ['0', '0\n'],
  ],
  bad: [
    ['x', EINVAL],
    ['-1', EINVAL],
    ['99999999999999999999', EINVAL],
  ],
};
const FAIL: Pick<Writable, 'good' | 'bad'> = {
  good: [
    ['1\n', '1\n'],
    ['0', '0\n'],
    ['7', '1\n'],
  ],
  bad: [
    ['yes', EINVAL],
    ['', EINVAL],
  ],
};
const SLOW: Pick<Writable, 'good' | 'bad'> = {
  good: [
    ['1500\n', '1500\n'],
    ['0x10', '16\n'],
  ],
  bad: [
    ['-1', EINVAL],
    ['2147483648', ERANGE],
    ['4294967296', ERANGE],
  ],
};
const SECONDS: Pick<Writable, 'good' | 'bad'> = {
  good: [
    ['20', '20\n'],
    ['-5', 'off\n'],
    ['0\n', '0\n'],
  ],
  bad: [
    ['off', EINVAL],
    ['2147483648', EINVAL],
  ],
};
const DELAYED: Pick<Writable, 'good' | 'bad'> = {
  good: [
    ['10\n', '10\n'],
    ['0x1f', '31\n'],
    ['+5', '5\n'],
    ['0', '0\n'],
  ],
  bad: [
    ['ten', EINVAL],
    ['-1', EINVAL],
    ['', EINVAL],
    ['4294967296', ERANGE],
  ],
};

const WRITABLE: readonly Writable[] = [
  { place: `${SUBSYSTEM}/iopolicy`, ...POLICIES },
  { place: `${MPATH_DEVICE}/iopolicy`, ...POLICIES },
  { place: `${HEAD}/delayed_removal_secs`, ...DELAYED },
  { place: `${HEAD}/diag/io_requeue_no_usable_path_count`, ...COUNTER },
  { place: `${HEAD}/diag/io_fail_no_available_path_count`, ...COUNTER },
  { place: `${PATH}/diag/multipath_failover_count`, ...COUNTER },
  { place: `${PATH}/diag/command_error_count`, ...COUNTER },
  { place: `${PATH}/diag/command_retry_count`, ...COUNTER },
  { place: `${CONTROLLER}/diag/command_error_count`, ...COUNTER },
  { place: `${CONTROLLER}/diag/reset_count`, ...COUNTER },
  { place: `${CONTROLLER}/diag/reconnect_count`, ...COUNTER },
  { place: `${PATH}/make-it-fail`, ...FAIL },
  { place: `${SCSI_PATH}/make-it-fail`, ...FAIL },
  { place: `${PATH}/make-it-slow`, ...SLOW },
  { place: `${SCSI_PATH}/make-it-slow`, ...SLOW },
  { place: `${CONTROLLER}/fast_io_fail_tmo`, ...SECONDS },
  {
    place: `${CONTROLLER}/ctrl_loss_tmo`,
    good: [
      ['15', '20\n'],
      ['-1\n', 'off\n'],
      ['600', '600\n'],
    ],
    bad: SECONDS.bad,
  },
  {
    place: `${CONTROLLER}/reconnect_delay`,
    good: [['5\n', '5\n']],
    bad: [
      ['0', EINVAL],
      ['-1', EINVAL],
      ['4294967296', EINVAL],
      ['0x5', EINVAL],
    ],
  },
  {
    place: `${PATH}/marginal`,
    good: [
      ['1\n', '1\n'],
      ['0', '0\n'],
    ],
    bad: [
      ['2', EINVAL],
      ['Y', EINVAL],
      ['', EINVAL],
    ],
  },
  ...['marginal_path_failures', 'marginal_path_window_secs', 'marginal_path_recovery_secs'].map(
    (name) => ({
      place: `${HEAD}/${name}`,
      good: [
        ['7\n', '7\n'],
        ['0x10', '16\n'],
        ['0', '0\n'],
      ] as const,
      bad: [
        ['-1', EINVAL],
        ['4294967296', ERANGE],
        ['', EINVAL],
      ] as const,
    }),
  ),
];

for (const { place, good, bad } of WRITABLE) {
  test(`${place} takes good values, and keeps the old one when a bad one comes`, async (t) => {
    const attributes = await setUp(t);
    t.is(attributes.node(place).mode, 0o644);
    for (const [text, shown] of good) {
      t.is(await attributes.store(place, text), 0, text);
      t.is(attributes.show(place), shown);
      for (const [refused, errno] of bad) {
        t.is(await attributes.store(place, refused), -errno, JSON.stringify(refused));
        t.is(attributes.show(place), shown);
      }
    }
  });
}

test('the iopolicy of a subsystem is that of all its heads', async (t) => {
  const attributes = await setUp(t);
  await attributes.store(`${SUBSYSTEM}/iopolicy`, 'queue-depth\n');
  t.deepEqual(
    attributes.fixture.engine.heads.map(({ iopolicy }) => iopolicy),
    [2, 2, 0],
  );
});

test('numa_nodes and queue_depth are empty unless their policy is on', async (t) => {
  const attributes = await setUp(t);
  const shown = (): unknown[] => [
    attributes.show(`${PATH}/numa_nodes`),
    attributes.show(`${PATH}/queue_depth`),
  ];
  t.deepEqual(shown(), ['0\n', '']);
  await attributes.store(`${SUBSYSTEM}/iopolicy`, 'queue-depth');
  t.deepEqual(shown(), ['', '0\n']);
  await attributes.store(`${SUBSYSTEM}/iopolicy`, 'round-robin');
  t.deepEqual(shown(), ['', '']);
  const scsi = (): unknown[] => [
    attributes.show(`${SCSI_PATH}/mpath_numa_nodes`),
    attributes.show(`${SCSI_PATH}/mpath_queue_depth`),
  ];
  t.deepEqual(scsi(), ['0\n', '']);
  await attributes.store(`${MPATH_DEVICE}/iopolicy`, 'queue-depth');
  t.deepEqual(scsi(), ['', '0\n']);
});

test('an access state that takes no I/O frees the nodes of the path', async (t) => {
  const attributes = await setUp(t);
  attributes.fixture.topology.disks[0]!.paths[0]!.path.accessState = AccessState.INACCESSIBLE;
  t.is(attributes.show(`${PATH}/ana_state`), 'inaccessible\n');
  t.is(attributes.show(`${PATH}/numa_nodes`), '\n');
});

test('stat and inflight add up what the reactors counted', async (t) => {
  const attributes = await setUp(t);
  const { tables } = attributes.fixture;
  const put = (reactor: number, field: number, value: number): void => {
    tables.pathStat[reactor * tables.sizes.paths * STAT_STRIDE + field] = value;
  };
  put(0, Stat.READ_IOS, 3);
  put(1, Stat.READ_IOS, 4);
  put(0, Stat.READ_SECTORS, 24);
  put(0, Stat.READ_US, 2999);
  put(1, Stat.WRITE_IOS, 1);
  put(1, Stat.WRITE_SECTORS, 8);
  put(1, Stat.WRITE_US, 5000);
  put(0, Stat.DISCARD_IOS, 2);
  put(0, Stat.DISCARD_SECTORS, 16);
  put(0, Stat.DISCARD_US, 1000);
  put(0, Stat.FLUSH_IOS, 9);
  put(0, Stat.FLUSH_US, 7000);
  put(0, Stat.BUSY_US, 4000);
  put(0, Stat.READS_IN_FLIGHT, 1);
  put(1, Stat.WRITES_IN_FLIGHT, 2);
  const fields = [7, 0, 24, 2, 1, 0, 8, 5, 3, 4, 15, 2, 0, 16, 1, 9, 7];
  t.is(
    attributes.show(`${PATH}/stat`),
    `${fields.map((field) => String(field).padStart(8)).join(' ')}\n`,
  );
  t.is(attributes.show(`${PATH}/inflight`), '       1        2\n');
  t.is(attributes.show(`${HEAD}/inflight`), '       0        0\n');
});

test('the failover counter is the one that the reactors count', async (t) => {
  const attributes = await setUp(t);
  const at0 = 0 * PATH_STRIDE + PathWord.FAILOVERS;
  attributes.fixture.tables.path[at0] = 12;
  t.is(attributes.show(`${PATH}/diag/multipath_failover_count`), '12\n');
  await attributes.store(`${PATH}/diag/multipath_failover_count`, '0\n');
  t.is(attributes.fixture.tables.path[at0], 0);
});

test('state follows the controller', async (t) => {
  const attributes = await setUp(t);
  const { engine } = attributes.fixture;
  t.is(attributes.show(`${CONTROLLER}/state`), 'live\n');
  const path = engine.heads[0]?.paths[0];
  if (path === undefined) return t.fail();
  engine.failPath(path, 5);
  t.is(attributes.show(`${CONTROLLER}/state`), 'connecting\n');
});

/** What the wwid says of its parts: `uuid`, `nguid`, `eui`. */
const IDS: readonly (readonly [string, ...(string | undefined)[]])[] = [
  [
    'uuid.aaaaaaaa-0000-4000-8000-000000000002',
    'aaaaaaaa-0000-4000-8000-000000000002\n',
    undefined,
    undefined,
  ],
  [
    'eui.0123456789abcdef0123456789abcdef',
    '01234567-89ab-cdef-0123-456789abcdef\n',
    '01234567-89ab-cdef-0123-456789abcdef\n',
    undefined,
  ],
  ['eui.0123456789abcdef', undefined, undefined, '01 23 45 67 89 ab cd ef\n'],
  ['nvme.1b36-5330-51454d55-00000001', undefined, undefined, undefined],
];

for (const [wwid, ...ids] of IDS) {
  test(`the identifiers in ${wwid}`, async (t) => {
    const fixture = new Fixture();
    t.teardown(() => fixture.end());
    const root = buildTree(fixture.topology, INFO);
    await fixture.build(disk([path(fixture.device('a'))], { wwid }));
    const attributes = new Attributes(fixture, root);
    for (const place of [HEAD, PATH]) {
      t.is(attributes.show(`${place}/wwid`), `${wwid}\n`);
      const shown = ['uuid', 'nguid', 'eui'].map((name) =>
        at(root, `${place}/${name}`) === undefined
          ? undefined
          : attributes.show(`${place}/${name}`),
      );
      t.deepEqual(shown, ids);
    }
  });
}

test('events_poll_msecs: there are no events to poll for', async (t) => {
  const attributes = await setUp(t);
  const place = `${HEAD}/events_poll_msecs`;
  for (const [text, errno] of [
    ['1000\n', Errno.ENODEV],
    ['-1', Errno.ENODEV],
    ['2 and more', Errno.ENODEV],
    ['-2', EINVAL],
    ['x', EINVAL],
  ] as const) {
    t.is(await attributes.store(place, text), -errno, text);
    t.is(attributes.show(place), '-1\n');
  }
});

test('a write to uevent makes one, of a known action', async (t) => {
  const attributes = await setUp(t);
  const seqnum = (): unknown => attributes.show('sys/kernel/uevent_seqnum');
  const before = Number(seqnum());
  t.is(await attributes.store(`${HEAD}/uevent`, 'change\n'), 0);
  t.is(Number(seqnum()), before + 1);
  for (const text of ['changed', ' add', '']) {
    t.is(await attributes.store(`${HEAD}/uevent`, text), -EINVAL, text);
  }
  // A hidden disk has none.
  t.is(await attributes.store(`${PATH}/uevent`, 'change\n'), 0);
  t.is(Number(seqnum()), before + 1);
});

test('delete_controller drains and removes', async (t) => {
  const attributes = await setUp(t);
  const node = attributes.node(`${CONTROLLER}/delete_controller`);
  t.is(node.mode, 0o200);
  t.is(attributes.show(`${CONTROLLER}/delete_controller`), undefined);
  t.is(await node.store?.('1\n'), 0);
  t.true(node.removed);
  t.is(attributes.fixture.engine.controllers.length, 5);
});

test('rescan_controller sees a device that has grown', async (t) => {
  const attributes = await setUp(t);
  const { fixture } = attributes;
  fixture.device('a0', 2 << 20);
  fixture.device('a1', 2 << 20);
  t.is(await attributes.store(`${CONTROLLER}/rescan_controller`, '1'), 0);
  t.is(attributes.show(`${HEAD}/size`), '4096\n');
  t.is(attributes.show(`${PATH}/size`), '4096\n');
  t.is(attributes.show(`${HEAD}/nuse`), '4096\n');
});

test('reset_controller resets, and diag counts it', async (t) => {
  const attributes = await setUp(t);
  t.is(await attributes.store(`${CONTROLLER}/reset_controller`, '1'), 0);
  t.is(attributes.show(`${CONTROLLER}/state`), 'live\n');
  t.is(attributes.show(`${CONTROLLER}/diag/reset_count`), '1\n');
});

test('the module parameter is the iopolicy of subsystems to come', async (t) => {
  const attributes = await setUp(t);
  const { fixture } = attributes;
  const parameter = 'sys/module/nvme_core/parameters/iopolicy';
  t.is(await attributes.store(parameter, 'queue-depth\n'), 0);
  t.is(await attributes.store(parameter, 'queue-depths'), -EINVAL);
  t.is(attributes.show(parameter), 'queue-depth\n');
  t.is(attributes.show(`${SUBSYSTEM}/iopolicy`), 'numa\n');
  await fixture.build(disk([path(fixture.device('new'))], { iopolicy: undefined }));
  t.deepEqual(
    fixture.topology.subsystems.map(({ iopolicy }) => iopolicy),
    [0, 2],
  );
});
