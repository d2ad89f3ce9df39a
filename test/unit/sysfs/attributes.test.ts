import test, { type ExecutionContext } from 'ava';
import type { AttributeNode, DirectoryNode } from '../../../src/fuse/node.js';
import { ControllerState } from '../../../src/multipath/names.js';
import { Errno } from '../../../src/shared/errno.js';
import { PATH_STRIDE, Path as PathWord, Stat, STAT_STRIDE } from '../../../src/shared/layout.js';
import { sdevState } from '../../../src/sysfs/attributes/scsi.js';
import { buildTree } from '../../../src/sysfs/tree.js';
import { disk, Fixture, path } from '../topology/fixture.js';
import { at } from './listing.js';

const SUBSYSTEM = 'sys/devices/virtual/nvme-subsystem/nvme-subsys0';
const HEAD = `${SUBSYSTEM}/nvme0n1`;
const CONTROLLER = 'sys/devices/virtual/nvme-fabrics/ctl/nvme0';
const PATH = `${CONTROLLER}/nvme0c0n1`;
const MPATH_DEVICE = 'sys/devices/virtual/scsi_mpath_device/scsi_mpath_device0';
const SDEV = 'sys/devices/platform/host0/target0:0:0/0:0:0:0';
const SCSI_PATH = `${SDEV}/block/sda:0`;

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

  show(place: string): string | number | undefined {
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
  const a = fixture.device('a');
  const paths = [path(a, 0), path(a, 1)];
  const topology = await fixture.build(
    disk(paths, { subsysnqn: 'nqn.x' }),
    disk(paths, { subsysnqn: 'nqn.x' }),
    disk(paths, { kind: 'scsi' }),
  );
  const { root } = buildTree(topology, { version: '0.1.0', pid: 1, transport: 'ring' });
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
    place: `${PATH}/ana_state`,
    good: [
      ...['non-optimized', 'inaccessible', 'persistent-loss', 'change', 'optimized'].map(
        (name) => [`${name}\n`, `${name}\n`] as const,
      ),
    ],
    bad: [
      ['active/optimized', EINVAL],
      ['', EINVAL],
    ],
  },
  {
    place: `${SDEV}/access_state`,
    good: [
      ['active/non-optimized\n', 'active/non-optimized\n'],
      ['standby\n', 'standby\n'],
      ['unavailable\n', 'standby\n'],
      ['offline\n', 'offline\n'],
      ['transitioning', 'transitioning\n'],
      ['active/optimized', 'active/optimized\n'],
    ],
    bad: [
      ['optimized', EINVAL],
      ['lba-dependent', EINVAL],
    ],
  },
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
  await attributes.store(`${PATH}/ana_state`, 'inaccessible\n');
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
  t.is(attributes.show(`${PATH}/state`), 'live\n');
  const scsi = engine.heads[2]?.paths[0];
  const nvme = engine.heads[0]?.paths[0];
  if (nvme === undefined || scsi === undefined) return t.fail();
  engine.failPath(nvme, 5);
  t.is(attributes.show(`${PATH}/state`), 'connecting\n');
  t.is(attributes.show(`${CONTROLLER}/state`), 'connecting\n');
  t.is(attributes.show(`${SDEV}/state`), 'running\n');
  engine.failPath(scsi, 5);
  t.is(attributes.show(`${SDEV}/state`), 'blocked\n');
  scsi.controller.failfastExpired = true;
  t.is(attributes.show(`${SCSI_PATH}/state`), 'transport-offline\n');
});

test('a scsi_device that goes is cancel, then deleted', (t) => {
  const state = (value: number): string => sdevState({ state: value, failfastExpired: false });
  t.is(state(ControllerState.NEW), 'created');
  t.is(state(ControllerState.RESETTING), 'blocked');
  t.is(state(ControllerState.DELETING), 'cancel');
  t.is(state(ControllerState.DELETING_NOIO), 'deleted');
});

test('a disk without a uuid in its wwid has no uuid', async (t) => {
  const fixture = new Fixture();
  t.teardown(() => fixture.end());
  const wwid = 'eui.0123456789abcdef';
  const topology = await fixture.build(disk([path(fixture.device('a'))], { wwid }));
  const { root } = buildTree(topology, { version: '0', pid: 1, transport: 'ring' });
  t.is(at(root, `${HEAD}/uuid`), undefined);
  t.is(new Attributes(fixture, root).show(`${HEAD}/wwid`), 'eui.0123456789abcdef\n');
});

test('heap_used asks the reactors, where it can', async (t) => {
  const fixture = new Fixture();
  t.teardown(() => fixture.end());
  const topology = await fixture.build(disk([path(fixture.device('a'))]));
  const info = { version: '0', pid: 1, transport: 'ring' };
  const place = 'sys/fs/mpathfs/heap_used';
  t.is(at(buildTree(topology, info).root, place), undefined);
  const heapUsed = (): Promise<number[]> => Promise.resolve([1000, 20]);
  const { root } = buildTree(topology, { ...info, heapUsed });
  const node = new Attributes(fixture, root).node(place);
  t.is(await node.show?.(), '1000\n20\n');
});
