import test, { type ExecutionContext } from 'ava';
import { AccessState, ControllerState } from '../../../src/multipath/names.js';
import { Errno } from '../../../src/shared/errno.js';
import { SCSI_MULTIPATH_PARAMETERS } from '../../../src/sysfs/attributes/scsi-parameters.js';
import { sdevState } from '../../../src/sysfs/attributes/scsi-device-state.js';
import { Directory } from '../../../src/sysfs/directory.js';
import { type AddedPath, LIMITS, ScsiFixture } from './scsi-fixture.js';
import { at } from './listing.js';

const MPATH_DEVICE = 'sys/devices/virtual/scsi_mpath_device/scsi_mpath_device0';
const HEAD = 'sys/devices/virtual/scsi_mpath_disk/scsi_mpath_disk0/sda';
const HOST = 'sys/devices/platform/host0/scsi_host/host0';
const SDEV = 'sys/devices/platform/host0/target0:0:0/0:0:0:0';
const SCSI_DISK = `${SDEV}/scsi_disk/0:0:0:0`;
const DISK = `${SDEV}/block/sda:0`;

const { EINVAL, EOPNOTSUPP } = Errno;

function setUp(): ScsiFixture & AddedPath {
  const fixture = ScsiFixture.withPaths(1);
  const [path] = fixture.paths;
  if (path === undefined) throw new Error('no path');
  return Object.assign(fixture, path);
}

/** What is shown after a change; the listing of the tree has what is shown before. */
const SHOWN: readonly (readonly [string, (fixture: ScsiFixture & AddedPath) => void, string])[] = [
  [`${SDEV}/device_busy`, ({ path }) => (path.inflight = () => 3), '3\n'],
  [`${HOST}/host_busy`, ({ path }) => (path.inflight = () => 3), '3\n'],
  [`${HOST}/host_busy`, (fixture) => fixture.removePath(fixture), '0\n'],
  [`${SDEV}/iorequest_cnt`, busy, '0x13\n'],
  [`${SDEV}/iodone_cnt`, busy, '0xf\n'],
  [
    `${SDEV}/iodone_cnt`,
    ({ path }) => (path.stat = { ...path.stat, readIos: 2 ** 32 + 2 }),
    '0x2\n',
  ],
  [
    `${SDEV}/ioerr_cnt`,
    ({ path }) => Object.assign(path, { failovers: 20, errorCount: 7 }),
    '0x1b\n',
  ],
  [`${SDEV}/preferred_path`, ({ path }) => (path.accessState = AccessState.CHANGE), '0\n'],
  [`${SDEV}/state`, ({ path }) => (path.offline = true), 'offline\n'],
  [
    `${SDEV}/state`,
    ({ controller }) => (controller.state = ControllerState.CONNECTING),
    'blocked\n',
  ],
  [`${SCSI_DISK}/thin_provisioning`, discard, '1\n'],
  [`${SCSI_DISK}/provisioning_mode`, discard, 'unmap\n'],
  [`${DISK}/mpath_numa_nodes`, ({ path }) => (path.currentNodes = () => [0, 2, 3]), '0,2-3\n'],
  [`${DISK}/mpath_numa_nodes`, ({ head }) => (head.iopolicy = 1), ''],
  [`${DISK}/mpath_queue_depth`, queueDepth, '5\n'],
  [`${DISK}/size`, ({ path }) => (path.capacity = 4096), '8\n'],
  [`${HEAD}/size`, ({ head }) => (head.capacity = 4096), '8\n'],
  [`${MPATH_DEVICE}/iopolicy`, ({ head }) => (head.iopolicy = 2), 'queue-depth\n'],
];

function busy({ path }: AddedPath): void {
  path.stat = { ...path.stat, readIos: 1, writeIos: 2, discardIos: 4, flushIos: 8 };
  path.inflight = () => 4;
}

function discard({ scsi }: AddedPath): void {
  Object.assign(scsi, {
    limits: { ...LIMITS, maxDiscardBytes: 2 ** 20, discardGranularity: 4096 },
  });
}

function queueDepth({ head, controller }: ScsiFixture & AddedPath): void {
  head.iopolicy = 2;
  controller.nrActive = 5;
}

for (const [place, change, expected] of SHOWN) {
  test(`${place} shows ${JSON.stringify(expected)}`, (t) => {
    const fixture = setUp();
    const before = fixture.show(place);
    const attribute = fixture.attribute(place);
    change(fixture);
    t.is(attribute.show?.(), expected);
    if (!place.endsWith('preferred_path') && !place.endsWith('host_busy')) t.not(before, expected);
  });
}

/** What is written, what is answered, and what is shown then (of a writable one that shows). */
interface Stores {
  readonly place: string;
  readonly mode: number;
  readonly stores: readonly (readonly [text: string, answer: number, shown?: string])[];
}

const STORES: readonly Stores[] = [
  {
    // As a kernel answers (6.12).
    place: `${SDEV}/state`,
    mode: 0o644,
    stores: [
      ['running', -EINVAL, 'running\n'],
      ['running\n', 0, 'running\n'],
      ['offline', -EINVAL, 'running\n'],
      ['offline\n', 0, 'offline\n'],
      ['offline\n', 0, 'offline\n'],
      ['quiesce\n', -EINVAL, 'offline\n'],
      ['blocked\n', -EINVAL, 'offline\n'],
      ['transport-offline\n', -EINVAL, 'offline\n'],
      ['created\n', -EINVAL, 'offline\n'],
      ['cancel\n', -EINVAL, 'offline\n'],
      ['deleted\n', -EINVAL, 'offline\n'],
      ['', -EINVAL, 'offline\n'],
      ['RUNNING\n', -EINVAL, 'offline\n'],
      [' running\n', -EINVAL, 'offline\n'],
      ['running\0\n', -EINVAL, 'offline\n'],
      ['running\n\n', 0, 'running\n'],
      ['offline\nfoo', 0, 'offline\n'],
    ],
  },
  {
    place: `${SDEV}/dh_state`,
    mode: 0o644,
    stores: ['alua\n', 'activate', 'detach', 'foo'].map((text) => [text, -EINVAL, 'detached\n']),
  },
  {
    place: `${SDEV}/queue_type`,
    mode: 0o644,
    stores: ['simple\n', 'none', 'x'].map((text) => [text, 0, 'simple\n']),
  },
  {
    place: `${HOST}/state`,
    mode: 0o644,
    stores: [
      ['running\n', 0, 'running\n'],
      ['running', -EINVAL, 'running\n'],
      ['cancel\n', -EINVAL, 'running\n'],
      ['foo\n', -EINVAL, 'running\n'],
    ],
  },
  {
    place: `${HOST}/eh_deadline`,
    mode: 0o644,
    stores: ['off\n', '5', '-1', 'x'].map((text) => [text, -EINVAL, 'off\n']),
  },
  {
    place: `${HOST}/host_reset`,
    mode: 0o200,
    stores: [
      ['adapter', -EOPNOTSUPP],
      ['adapter\n', -EOPNOTSUPP],
      ['firmware', -EOPNOTSUPP],
      ['x', -EINVAL],
    ],
  },
  {
    place: `${MPATH_DEVICE}/iopolicy`,
    mode: 0o644,
    stores: [
      ['round-robin\n', 0, 'round-robin\n'],
      ['NUMA', -EINVAL, 'round-robin\n'],
      [' numa', -EINVAL, 'round-robin\n'],
      ['queue-depth', 0, 'queue-depth\n'],
      ['', -EINVAL, 'queue-depth\n'],
    ],
  },
  {
    place: `${HEAD}/delayed_removal_secs`,
    mode: 0o644,
    stores: [
      ['10\n', 0, '10\n'],
      ['ten', -EINVAL, '10\n'],
    ],
  },
];

for (const { place, mode, stores } of STORES) {
  test(`${place} answers as the kernel's`, async (t) => {
    const fixture = setUp();
    t.is(fixture.attribute(place).mode, mode);
    for (const [text, answer, shown] of stores) {
      t.is(await fixture.store(place, text), answer, JSON.stringify(text));
      t.is(fixture.show(place), shown, JSON.stringify(text));
    }
  });
}

test('a device that runs again is rescanned, and who polls hears of it', async (t) => {
  const fixture = setUp();
  const heard: number[] = [];
  fixture.root.watch({
    entryRemoved: () => undefined,
    directoryChanged: () => undefined,
    attributeChanged: (ino) => heard.push(ino),
  });
  const { ino } = fixture.attribute(`${SDEV}/state`);
  await fixture.store(`${SDEV}/state`, 'running\n');
  t.deepEqual([heard, fixture.done], [[], []]);
  await fixture.store(`${SDEV}/state`, 'offline\n');
  t.deepEqual([heard, fixture.done], [[ino], []]);
  await fixture.store(`${SDEV}/state`, 'running\n');
  t.deepEqual([heard, fixture.done], [[ino, ino], ['rescan sda:0']]);
});

test('a device whose transport is not there takes no state', async (t) => {
  for (const state of [ControllerState.CONNECTING, ControllerState.DELETING]) {
    const fixture = setUp();
    fixture.controller.state = state;
    for (const text of ['running\n', 'offline\n']) {
      t.is(await fixture.store(`${SDEV}/state`, text), -EINVAL);
    }
    t.deepEqual([fixture.path.offline, fixture.done], [false, []]);
  }
});

test('delete and rescan take whatever is written', async (t) => {
  const fixture = setUp();
  for (const name of ['delete', 'rescan']) {
    const attribute = fixture.attribute(`${SDEV}/${name}`);
    t.deepEqual([attribute.mode, attribute.show === undefined], [0o200, true]);
  }
  t.is(await fixture.store(`${SDEV}/delete`, 'x'), 0);
  t.is(await fixture.store(`${SDEV}/rescan`, ''), 0);
  t.deepEqual(fixture.done, ['delete 0:0:0:0', 'rescan sda:0']);
});

/** As a kernel answers (6.12), of a host with one channel, id and LUN. */
const SCANS: readonly (readonly [string, number])[] = [
  ['- - -', 0],
  ['- - -\n', 0],
  [' -  -\t- \n', 0],
  ['0 0 0', 0],
  ['0x0 00 -', 0],
  ['', -EINVAL],
  ['\n', -EINVAL],
  ['- -', -EINVAL],
  ['- - ', -EINVAL],
  ['- - - -', -EINVAL],
  ['1 - -', -EINVAL],
  ['- 1 -', -EINVAL],
  ['- - 1', -EINVAL],
  ['- - 010', -EINVAL],
  ['- - 0x', -EINVAL],
  ['0 0 08', -EINVAL],
  ['0 0 0x0g', -EINVAL],
  ['-- - -', -EINVAL],
  ['-1 - -', -EINVAL],
  ['x - -', -EINVAL],
  // Fields of 10, 10 and 16: what is longer goes on in the next.
  ['00000000000 0', 0],
  ['00000000000 0 0', -EINVAL],
  ['- - 00000000000000000', -EINVAL],
];

for (const [text, answer] of SCANS) {
  test(`scan of ${JSON.stringify(text)}`, async (t) => {
    const fixture = setUp();
    t.is(fixture.attribute(`${HOST}/scan`).mode, 0o200);
    t.is(await fixture.store(`${HOST}/scan`, text), answer);
    t.deepEqual(fixture.done, answer === 0 ? ['scan 0'] : []);
  });
}

test("a scsi_device's state is its transport's, unless it is offline", (t: ExecutionContext) => {
  const { NEW, LIVE, RESETTING, CONNECTING, DELETING, DELETING_NOIO, DEAD } = ControllerState;
  const of = (state: number, offline = false, failfastExpired = false): string =>
    sdevState({ state, failfastExpired }, offline);
  t.deepEqual(
    [NEW, LIVE, RESETTING, CONNECTING, DELETING, DELETING_NOIO, DEAD].map((state) => of(state)),
    ['created', 'running', 'blocked', 'blocked', 'cancel', 'deleted', 'deleted'],
  );
  t.is(of(CONNECTING, false, true), 'transport-offline');
  t.deepEqual(
    [LIVE, RESETTING, CONNECTING, DELETING, DEAD].map((state) => of(state, true, true)),
    ['offline', 'offline', 'offline', 'cancel', 'deleted'],
  );
});

test("the module's parameters", async (t) => {
  const defaults = { scsi: 0 };
  const root = Directory.root().attributes(SCSI_MULTIPATH_PARAMETERS, defaults);
  const attribute = (name: string) => {
    const node = at(root, name);
    if (node?.kind !== 'attribute') throw new Error(`no attribute ${name}`);
    return node;
  };
  const iopolicy = attribute('iopolicy');
  t.is(iopolicy.mode, 0o644);
  t.is(iopolicy.show?.(), 'numa\n');
  t.is(await iopolicy.store?.('queue-depth\n'), 0);
  t.deepEqual([iopolicy.show?.(), defaults], ['queue-depth\n', { scsi: 2 }]);
  for (const text of ['numaX', 'NUMA', '', '\n']) {
    t.is(await iopolicy.store?.(text), -EINVAL);
    t.is(defaults.scsi, 2);
  }
  const mode = attribute('scsi_multipath');
  t.deepEqual([mode.mode, mode.store === undefined, mode.show?.()], [0o444, true, 'always\n']);
});
