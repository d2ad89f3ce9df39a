/** What devices say of themselves, and what the configuration says. */
import test, { type ExecutionContext } from 'ava';
import type { DiskConfig, PathConfig } from '../../../src/config/types.js';
import { AccessState } from '../../../src/multipath/names.js';
import { Errno } from '../../../src/shared/errno.js';
import { TopologyError } from '../../../src/topology/topology-error.js';
import { disk, Fixture, nvme, path, scsi } from './fixture.js';

const SUBSYSTEM = { model: undefined, serial: undefined, firmware_rev: undefined } as const;

/** A fixture with devices `a` and `b`, two controllers of one namespace. */
function twoControllers(t: ExecutionContext): { fixture: Fixture; a: string; b: string } {
  const fixture = new Fixture();
  t.teardown(() => fixture.end());
  const [a, b] = [fixture.device('a'), fixture.device('b')];
  fixture.said.set(a, { identity: nvme(), accessState: AccessState.OPTIMIZED });
  const second = nvme({ cntlid: 18, address: 'traddr=10.0.0.2', numaNode: 0, anaGrpid: 6 });
  fixture.said.set(b, { identity: second, accessState: AccessState.INACCESSIBLE });
  return { fixture, a, b };
}

test('what is not configured is what the device says', async (t) => {
  const { fixture, a, b } = twoControllers(t);
  const { subsystems } = await fixture.build(disk([path(a, undefined), path(b)], SUBSYSTEM));
  const [subsystem] = subsystems;
  t.like(subsystem, { subsysnqn: 'nqn.array', model: 'Array', serial: 'A1', firmwareRev: '2.0' });
  const [head] = subsystem?.heads ?? [];
  t.like(head, { nsid: 3, wwid: 'uuid.aaaaaaaa-0000-4000-8000-000000000001' });
  t.deepEqual(head?.ids, {
    uuid: 'aaaaaaaa000040008000000000000001',
    nguid: '0123456789abcdef0123456789abcdef',
    eui64: undefined,
  });
  t.deepEqual(
    subsystem?.controllers.map(({ cntlid, transport, address }) => [cntlid, transport, address]),
    [
      [17, 'tcp', 'traddr=10.0.0.1,trsvcid=4420'],
      [18, 'tcp', 'traddr=10.0.0.2'],
    ],
  );
  t.deepEqual(
    head?.paths.map(({ anaGrpid, path: { accessState } }) => [anaGrpid, accessState]),
    [
      [5, AccessState.OPTIMIZED],
      [6, AccessState.INACCESSIBLE],
    ],
  );
});

test('the NUMA node is the configured one, else the one that the system knows', async (t) => {
  const { fixture, a, b } = twoControllers(t);
  const { disks } = await fixture.build(
    disk([path(a, undefined), path(b, 1)].map(withoutNode(a)), SUBSYSTEM),
  );
  t.deepEqual(
    disks[0]?.paths.map((p) => p.path.numaNode),
    [1, 1],
  );
});

test('a configuration that says the same is taken, and the driver gets its path first', async (t) => {
  const { fixture, a } = twoControllers(t);
  const known = { cntlid: 17, transport: 'tcp', ana_grpid: 5 } as const;
  const { disks } = await fixture.build(
    disk([path(a, 0, known)], {
      wwid: 'uuid.aaaaaaaa-0000-4000-8000-000000000001',
      subsysnqn: 'nqn.array',
      nsid: 3,
      model: 'Array',
      serial: 'A1',
      firmware_rev: '2.0',
    }),
  );
  t.deepEqual(
    fixture.attached,
    disks.flatMap(({ paths }) => paths.map((p) => p.path)),
  );
  t.deepEqual(fixture.steps, ['attach', 'check']);
});

const CONTRADICTIONS: readonly (readonly [
  key: string,
  disk: Partial<DiskConfig>,
  path: Partial<PathConfig>,
])[] = [
  ['kind', { kind: 'scsi' }, {}],
  ['wwid', { wwid: 'eui.0123456789abcdef' }, {}],
  ['subsysnqn', { subsysnqn: 'nqn.other' }, {}],
  ['nsid', { nsid: 4 }, {}],
  ['model', { model: 'Other' }, {}],
  ['serial', { serial: 'A2' }, {}],
  ['firmware_rev', { firmware_rev: '1.0' }, {}],
  ['cntlid', {}, { cntlid: 1 }],
  ['transport', {}, { transport: 'pcie' }],
  ['address', {}, { address: 'traddr=10.0.0.9' }],
  ['ana_grpid', {}, { ana_grpid: 1 }],
  ['ana_state', {}, { access_state: 'optimized' }],
];

for (const [key, diskKeys, pathKeys] of CONTRADICTIONS) {
  test(`a configured ${key} that is not the device's is refused`, async (t) => {
    const { fixture, a, b } = twoControllers(t);
    const config = disk([path(a, 0, pathKeys), path(b)], { ...SUBSYSTEM, ...diskKeys });
    await refused(t, fixture, config, `${a}: ${key}: `);
  });
}

test('paths of one disk say that they are one disk, and each another way to it', async (t) => {
  const { fixture, a, b } = twoControllers(t);
  const config = disk([path(a), path(b)], SUBSYSTEM);
  for (const [key, other] of [
    ['wwid', { wwid: 'uuid.bbbbbbbb-0000-4000-8000-000000000001' }],
    ['subsysnqn', { subsysnqn: 'nqn.other' }],
    ['nsid', { nsid: 4 }],
  ] as const) {
    fixture.said.set(b, { identity: nvme({ cntlid: 18, ...other }) });
    await refused(t, fixture, config, `${b}: ${key}: `);
  }
  fixture.said.set(b, { identity: nvme() });
  await refused(t, fixture, config, `${b}: cntlid: is 17, as that of ${a}`);
  const lun = { identity: scsi() };
  for (const device of [a, b]) fixture.said.set(device, lun);
  const scsiDisk = disk([path(a), path(b)], { ...SUBSYSTEM, kind: 'scsi' });
  await refused(t, fixture, scsiDisk, `${b}: address: is 2:0:0:0, as that of ${a}`);
});

test('one disk configured as two: only files could be told apart by a wwid', async (t) => {
  const { fixture, a, b } = twoControllers(t);
  const apart = fixture.build(disk([path(a)], SUBSYSTEM), disk([path(b)], SUBSYSTEM));
  const refused = await t.throwsAsync(apart, { code: 'MPATHFS_SAME_DISK' });
  t.regex(refused.message, /make them paths of one disk$/);
  fixture.said.clear();
  const files = fixture.build(
    disk([path(a)], { wwid: 'eui.1' }),
    disk([path(b)], { wwid: 'eui.1' }),
  );
  t.regex((await t.throwsAsync(files)).message, /or give each a wwid$/);
});

test('a file is a path beside devices only where the wwid is configured', async (t) => {
  const { fixture, a } = twoControllers(t);
  const file = fixture.device('file');
  const config = disk([path(file), path(a)], SUBSYSTEM);
  await refused(t, fixture, config, `${file}: wwid: `);
  const wwid = 'uuid.aaaaaaaa-0000-4000-8000-000000000001';
  const { disks } = await fixture.build({ ...config, wwid });
  t.is(disks[0]?.paths.length, 2);
  t.is(fixture.topology.subsystems[0]?.subsysnqn, 'nqn.array');
});

test('a device without a unique id needs a configured wwid', async (t) => {
  const { fixture, a, b } = twoControllers(t);
  fixture.said.set(a, { identity: scsi({ wwid: '' }) });
  fixture.said.set(b, { identity: scsi({ wwid: '', address: '3:0:0:0' }) });
  const config = disk([path(a), path(b)], { ...SUBSYSTEM, kind: 'scsi' });
  await refused(t, fixture, config, `${a}: wwid: the device has no unique id`);
  const { disks } = await fixture.build({ ...config, wwid: 'naa.3000000000000001' });
  t.is(disks[0]?.wwid, 'naa.3000000000000001');
});

test('a SCSI disk is called what its unit says, its addresses are our own', async (t) => {
  const { fixture, a, b } = twoControllers(t);
  fixture.said.set(a, { identity: scsi(), aluaState: 0 });
  fixture.said.set(b, { identity: scsi({ address: '3:0:0:0' }), aluaState: 2 });
  const { scsiDevices } = await fixture.build(
    disk([path(a), path(b)], { ...SUBSYSTEM, kind: 'scsi' }),
  );
  t.like(scsiDevices[0]?.disk, { vendor: 'LIO-ORG', model: 'lun', revision: '4.0' });
  t.deepEqual(
    scsiDevices[0]?.disk.paths.map(({ address, opened }) => [address, opened.aluaState]),
    [
      ['0:0:0:0', 0],
      ['1:0:0:0', 2],
    ],
  );
});

test('disks of a file have a model and a serial number of ours', async (t) => {
  const fixture = new Fixture();
  t.teardown(() => fixture.end());
  const wwid = 'naa.600140505200a986f0043c9afa1fd077';
  const { scsiDevices } = await fixture.build(
    disk([path(fixture.device('a'))], { ...SUBSYSTEM, kind: 'scsi', wwid }),
  );
  t.like(scsiDevices[0]?.disk, {
    vendor: 'mpathfs',
    model: 'mpathfs disk',
    revision: '1.0',
    serial: '3c9afa1fd077',
  });
});

test('numbers that are not given are the lowest that are free in the subsystem', async (t) => {
  const fixture = new Fixture();
  t.teardown(() => fixture.end());
  const device = (name: string): string => fixture.device(name);
  const shared = { subsysnqn: 'nqn.x' };
  fixture.said.set(device('e'), { identity: nvme({ subsysnqn: 'nqn.x', nsid: 2, cntlid: 4 }) });
  const { subsystems } = await fixture.build(
    disk([path(device('a')), path(device('b'), 0, { cntlid: 1 })], shared),
    disk([path(device('c'), 0, { cntlid: 3 })], { ...shared, nsid: 1 }),
    disk([path(device('d'))]),
    disk([path(`${fixture.directory}/e`)], { ...SUBSYSTEM, iopolicy: 'numa' }),
  );
  const numbers = subsystems.map(({ heads }) =>
    heads.map(({ nsid, paths }) => [nsid, ...paths.map(({ controller }) => controller.cntlid)]),
  );
  t.deepEqual(numbers, [
    [
      [3, 2, 1],
      [1, 3],
      [2, 4],
    ],
    [[1, 1]],
  ]);
});

test('disks that turn out to be of one subsystem have one iopolicy', async (t) => {
  const { fixture, a, b } = twoControllers(t);
  const other = nvme({ wwid: 'uuid.bbbbbbbb-0000-4000-8000-000000000001', nsid: 4 });
  fixture.said.set(b, { identity: other });
  const configs = [disk([path(a)], SUBSYSTEM), disk([path(b)], SUBSYSTEM)] as const;
  const error = await t.throwsAsync(
    fixture.build(configs[0], { ...configs[1], iopolicy: 'round-robin' }),
    { instanceOf: TopologyError },
  );
  t.true(error.message.startsWith(`${b}: iopolicy: must be that of ${a}`), error.message);
  t.deepEqual(fixture.open, []);
  const { subsystems } = await fixture.build(...configs);
  t.deepEqual([subsystems.length, subsystems[0]?.controllers.length], [1, 1]);
});

test('an added path is of the disk that it says', async (t) => {
  const { fixture, a, b } = twoControllers(t);
  await fixture.build(disk([path(a)], SUBSYSTEM));
  t.is(await fixture.topology.addPath(b), 0);
  t.is(fixture.topology.disks[0]?.paths.length, 2);
  const c = fixture.device('c');
  for (const [said, text, errno, reason] of [
    [nvme(), c, 'EEXIST', 'nvme0: has a path to nvme0n1 already'],
    [nvme({ cntlid: 19, nsid: 4 }), c, 'EINVAL', 'nsid: the device'],
    [nvme({ cntlid: 19 }), `${c} kind=scsi`, 'EINVAL', 'kind: the configuration says "scsi"'],
    [nvme({ cntlid: 19 }), `${c} wwid=eui.0123456789abcdef`, 'EINVAL', 'wwid: the configuration'],
    [nvme({ cntlid: 19 }), `${c} ana_state=optimized`, 'EINVAL', 'ana_state: is what the device'],
    [scsi(), `${c} kind=nvme`, 'EINVAL', 'kind: the configuration says "nvme"'],
  ] as const) {
    fixture.said.set(c, { identity: said });
    t.is(await fixture.topology.addPath(text), -Errno[errno], reason);
    t.true(fixture.logged.at(-1)?.includes(reason), fixture.logged.at(-1));
  }
  t.is(fixture.open.length, 2);
  fixture.said.set(c, { identity: scsi() });
  t.is(await fixture.topology.addPath(c), 0);
  t.is(fixture.topology.disks[1]?.name, 'sda');
});

test('a target is no file that is relative', async (t) => {
  const { fixture } = twoControllers(t);
  t.is(await fixture.topology.addPath('nvmet:1/nqn.x/1'), -Errno.ENOENT);
});

test('the ANA group of a path is the one that the device says now', async (t) => {
  const { fixture, a } = twoControllers(t);
  let anaGrpid: number | undefined = 5;
  fixture.said.set(a, {
    identity: Object.defineProperty({ ...nvme() }, 'anaGrpid', { get: () => anaGrpid }),
  });
  const { subsystems } = await fixture.build(disk([path(a)], SUBSYSTEM));
  const [made] = subsystems[0]?.heads[0]?.paths ?? [];
  t.is(made?.anaGrpid, 5);
  anaGrpid = 9;
  t.is(made?.anaGrpid, 9);
});

test('a deleted SCSI device comes back only as itself', async (t) => {
  const { fixture, a } = twoControllers(t);
  fixture.said.set(a, { identity: scsi() });
  const { topology } = fixture;
  await fixture.build(disk([path(a)], { ...SUBSYSTEM, kind: 'scsi' }));
  const [host] = topology.hosts;
  await host?.path?.delete();
  fixture.said.set(a, { identity: scsi({ wwid: 'naa.5000000000000001' }) });
  await host?.scan(0, 0, 0);
  t.deepEqual(topology.disks, []);
  t.regex(fixture.logged.at(-1) ?? '', /wwid: the configuration says/);
  fixture.said.set(a, { identity: scsi({ revision: '4.1' }) });
  await host?.scan(0, 0, 0);
  t.is(topology.scsiDevices[0]?.disk.revision, '4.1');
});

async function refused(
  t: ExecutionContext,
  fixture: Fixture,
  config: DiskConfig,
  start: string,
): Promise<void> {
  const error = await t.throwsAsync(fixture.build(config), { instanceOf: TopologyError });
  t.is(error.code, 'MPATHFS_PATH_IDENTITY');
  t.true(error.message.startsWith(start), error.message);
  t.deepEqual([fixture.open, fixture.topology.disks], [[], []]);
}

/** Leaves the node of the path on `device` to the device. */
function withoutNode(device: string): (entry: PathConfig) => PathConfig {
  return (entry) => (entry.device === device ? { ...entry, numa_node: undefined } : entry);
}
