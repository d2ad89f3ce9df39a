import test, { type ExecutionContext } from 'ava';
import { IOPOLICY_NAMES } from '../../../src/multipath/names.js';
import { sdDev, sdName } from '../../../src/topology/scsi.js';
import { TopologyError, type TopologyErrorCode } from '../../../src/topology/topology-error.js';
import { disk, Fixture, path } from './fixture.js';

function setUp(t: ExecutionContext): Fixture {
  const fixture = new Fixture();
  t.teardown(() => fixture.end());
  return fixture;
}

async function refused(
  t: ExecutionContext,
  fixture: Fixture,
  building: Promise<unknown>,
  code: TopologyErrorCode,
  device: string,
): Promise<void> {
  const error = await t.throwsAsync(building, { instanceOf: TopologyError });
  t.is(error.code, code);
  t.true(error.message.startsWith(`${device}: `), error.message);
  t.deepEqual(fixture.open, []);
  t.deepEqual(fixture.engine.heads, []);
}

test('an NVMe disk is named by its subsystem, controllers and namespace', async (t) => {
  const fixture = setUp(t);
  const [a, b] = [fixture.device('a'), fixture.device('b')];
  const { subsystems } = await fixture.build(
    disk([path(a, 0), path(b, 1)], { subsysnqn: 'nqn.x' }),
    disk([path(a)], { subsysnqn: 'nqn.x' }),
  );
  const names = subsystems.map((subsystem) => [
    subsystem.name,
    subsystem.controllers.map(({ name, cntlid }) => `${name}:${cntlid}`),
    subsystem.heads.map(({ name, paths }) => [name, ...paths.map((p) => p.name)]),
  ]);
  t.deepEqual(names, [
    [
      'nvme-subsys0',
      ['nvme0:1', 'nvme1:2', 'nvme2:3'],
      [
        ['nvme0n1', 'nvme0c0n1', 'nvme0c1n1'],
        ['nvme0n2', 'nvme0c2n2'],
      ],
    ],
  ]);
  t.deepEqual(
    subsystems[0]?.heads[0]?.paths.map((p) => p.path.numaNode),
    [0, 1],
  );
});

test('a subsystem has the number of its first controller', async (t) => {
  const fixture = setUp(t);
  const [a, b] = [fixture.device('a'), fixture.device('b')];
  const { subsystems } = await fixture.build(disk([path(a), path(a)]), disk([path(b)]));
  t.deepEqual(
    subsystems.map(({ name, heads }) => [name, heads[0]?.name, heads[0]?.paths[0]?.name]),
    [
      ['nvme-subsys0', 'nvme0n1', 'nvme0c0n1'],
      ['nvme-subsys2', 'nvme2n1', 'nvme2c2n1'],
    ],
  );
  t.not(subsystems[0]?.subsysnqn, subsystems[1]?.subsysnqn);
});

test('disks of one subsysnqn share the iopolicy, those of another do not', async (t) => {
  const fixture = setUp(t);
  const a = fixture.device('a');
  const { subsystems } = await fixture.build(
    disk([path(a)], { subsysnqn: 'nqn.x', iopolicy: 'round-robin' }),
    disk([path(a)], { subsysnqn: 'nqn.y' }),
    disk([path(a)], { subsysnqn: 'nqn.x', iopolicy: 'round-robin' }),
  );
  t.deepEqual(
    subsystems.map(({ heads }) => heads.map(({ name }) => name)),
    [['nvme0n1', 'nvme0n2'], ['nvme1n1']],
  );
  const policies = (): (string | undefined)[] =>
    subsystems.flatMap(({ heads }) => heads.map(({ head }) => IOPOLICY_NAMES[head.iopolicy]));
  t.deepEqual(policies(), ['round-robin', 'round-robin', 'numa']);
  const [first] = subsystems;
  if (first !== undefined) first.iopolicy = 2;
  t.deepEqual(policies(), ['queue-depth', 'queue-depth', 'numa']);
});

test('SCSI disks count letters, paths and hosts', async (t) => {
  const fixture = setUp(t);
  const a = fixture.device('a');
  const scsi = { kind: 'scsi' } as const;
  const { scsiDevices } = await fixture.build(
    disk([path(a), path(a)], scsi),
    disk([path(a)], { ...scsi, wwid: 'naa.600140505200a986f0043c9afa1fd077' }),
  );
  t.deepEqual(
    scsiDevices.map(({ number, disk: lun }) => [
      number,
      lun.name,
      lun.dev,
      lun.paths.map((p) => `${p.name} ${p.host}`),
    ]),
    [
      [0, 'sda', '8:0', ['sda:0 0', 'sda:1 1']],
      [1, 'sdb', '8:16', ['sdb:0 2']],
    ],
  );
  t.regex(scsiDevices[0]?.disk.wwid ?? '', /^naa\.3[0-9a-f]{15}$/);
  t.is(scsiDevices[1]?.disk.wwid, 'naa.600140505200a986f0043c9afa1fd077');
});

test('names behind sdz, device numbers behind the sixteenth disk', (t) => {
  t.deepEqual([0, 25, 26, 51, 52, 701, 702].map(sdName), [
    ...['sda', 'sdz', 'sdaa', 'sdaz', 'sdba', 'sdzz', 'sdaaa'],
  ]);
  t.deepEqual([0, 15, 16, 112, 127, 128, 255].map(sdDev), [
    ...['8:0', '8:240', '65:0', '71:0', '71:240', '128:0', '135:240'],
  ]);
});

test('the wwid is made from the first device, the same each time', async (t) => {
  const fixture = setUp(t);
  const [a, b] = [fixture.device('a'), fixture.device('b')];
  const { subsystems } = await fixture.build(
    disk([path(a), path(b)], { subsysnqn: 'nqn.1' }),
    disk([path(a)], { subsysnqn: 'nqn.2' }),
    disk([path(b)], { subsysnqn: 'nqn.3' }),
  );
  const [one, two, three] = subsystems.map(({ heads }) => heads[0]?.wwid ?? '');
  t.regex(one ?? '', /^uuid\.[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  t.is(one, two);
  t.not(one, three);
});

test('a path that is not there is named, and what was open is closed', async (t) => {
  const fixture = setUp(t);
  const missing = `${fixture.directory}/missing`;
  const building = fixture.build(
    disk([path(fixture.device('a'))]),
    disk([path(fixture.device('b')), path(missing)]),
  );
  await refused(t, fixture, building, 'MPATHFS_PATH_OPEN', missing);
});

test('paths of different size are refused, but for an incomplete last block', async (t) => {
  const fixture = setUp(t);
  const a = fixture.device('a', 8192);
  const b = fixture.device('b', 8192 + 511);
  const c = fixture.device('c', 8192 + 512);
  await refused(t, fixture, fixture.build(disk([path(a), path(c)])), 'MPATHFS_PATH_SIZE', c);
  const { subsystems } = await fixture.build(disk([path(a), path(b)]));
  t.is(subsystems[0]?.heads[0]?.head.capacity, 8192);
});

test('block sizes must fit', async (t) => {
  const fixture = setUp(t);
  const [a, b] = [fixture.device('a'), fixture.device('b')];
  fixture.blockSizes.set(b, 4096);
  const build = (bytes?: 512 | 4096): Promise<unknown> =>
    fixture.build(disk([path(a), path(b)], { logical_block_size: bytes }));
  await refused(t, fixture, build(), 'MPATHFS_PATH_BLOCK_SIZE', b);
  await refused(t, fixture, build(512), 'MPATHFS_PATH_BLOCK_SIZE', b);
  await t.notThrowsAsync(build(4096));
  t.is(fixture.engine.heads[0]?.blockShift, 12);
});

test('a disk without a single block is refused', async (t) => {
  const fixture = setUp(t);
  const a = fixture.device('a', 511);
  await refused(t, fixture, fixture.build(disk([path(a)])), 'MPATHFS_PATH_EMPTY', a);
});

test('a path that the engine refuses is named, and closed', async (t) => {
  const fixture = setUp(t);
  const a = fixture.device('a');
  const error = await t.throwsAsync(fixture.build(disk([path(a, 7)])), {
    instanceOf: TopologyError,
  });
  t.is(error.code, 'MPATHFS_PATH_REFUSED');
  t.true(error.message.startsWith(`${a}: `));
  t.deepEqual(fixture.open, []);
});

test('what the engine removes leaves the topology, and its device is closed', async (t) => {
  const fixture = setUp(t);
  const a = fixture.device('a');
  const { subsystems, scsiDevices } = await fixture.build(
    disk([path(a), path(a)]),
    disk([path(a)], { kind: 'scsi' }),
  );
  const [subsystem] = subsystems;
  const [first, second] = fixture.engine.controllers;
  if (subsystem === undefined || first === undefined || second === undefined) return t.fail();
  await fixture.engine.removeController(first);
  t.deepEqual(
    subsystem.heads[0]?.paths.map(({ name }) => name),
    ['nvme0c1n1'],
  );
  t.is(fixture.open.length, 2);
  await fixture.engine.removeController(second);
  t.deepEqual(subsystem.heads, []);
  t.is(scsiDevices.length, 1);
  for (const head of fixture.engine.heads) await fixture.engine.removeHead(head);
  t.deepEqual(scsiDevices, []);
  t.deepEqual(fixture.open, []);
});
