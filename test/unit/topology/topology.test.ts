import { closeSync, linkSync, openSync, rmSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { IOPOLICY_NAMES } from '../../../src/multipath/names.js';
import { Errno } from '../../../src/shared/errno.js';
import { sdDev, sdName } from '../../../src/topology/scsi.js';
import { TopologyError, type TopologyErrorCode } from '../../../src/topology/topology-error.js';
import { balanced, record } from './events.js';
import { disk, type Fixture, LIMITS, path, setUp } from './fixture.js';

async function refused(
  t: ExecutionContext,
  fixture: Fixture,
  building: Promise<unknown>,
  code: TopologyErrorCode,
  device: string,
  heads = 0,
): Promise<void> {
  const error = await t.throwsAsync(building, { instanceOf: TopologyError });
  t.is(error.code, code);
  t.true(error.message.startsWith(`${device}: `), error.message);
  t.is(fixture.open.length, heads);
  t.is(fixture.engine.heads.length, heads);
  t.is(fixture.topology.disks.length, heads);
}

test('an NVMe disk is named by its subsystem, controllers and namespace', async (t) => {
  const fixture = setUp(t);
  const [a, b] = [fixture.device('a'), fixture.device('b')];
  const { subsystems } = await fixture.build(
    disk([path(a, 0), path(b, 1)], { subsysnqn: 'nqn.x' }),
    disk([path(b)], { subsysnqn: 'nqn.x' }),
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
    disk([path(a)], { wwid: 'eui.1', subsysnqn: 'nqn.x', iopolicy: 'round-robin' }),
    disk([path(a)], { wwid: 'eui.2', subsysnqn: 'nqn.y' }),
    disk([path(a)], { wwid: 'eui.3', subsysnqn: 'nqn.x', iopolicy: 'round-robin' }),
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
      `${lun.devt.major}:${lun.devt.minor}`,
      lun.paths.map((p) => `${p.name} ${p.host.number} ${p.address}`),
    ]),
    [
      [0, 'sda', '8:0', ['sda:0 0 0:0:0:0', 'sda:1 1 1:0:0:0']],
      [1, 'sdb', '8:16', ['sdb:0 2 2:0:0:0']],
    ],
  );
  t.regex(scsiDevices[0]?.disk.wwid ?? '', /^naa\.3[0-9a-f]{15}$/);
  t.is(scsiDevices[1]?.disk.wwid, 'naa.600140505200a986f0043c9afa1fd077');
});

test('names behind sdz, device numbers behind the sixteenth disk', (t) => {
  t.deepEqual([0, 25, 26, 51, 52, 701, 702].map(sdName), [
    ...['sda', 'sdz', 'sdaa', 'sdaz', 'sdba', 'sdzz', 'sdaaa'],
  ]);
  const numbers = [0, 15, 16, 112, 127, 128, 255, 256, 999].map(sdDev);
  t.deepEqual(
    numbers.map(({ major, minor }) => `${major}:${minor}`),
    [
      ...['8:0', '8:240', '65:0', '71:0', '71:240', '128:0', '135:240', '8:256'],
      // MKDEV(sd_major((999 & 0xf0) >> 4), ((999 & 0xf) << 4) | (999 & 0xfff00))
      `134:${(7 << 4) | 768}`,
    ],
  );
});

test('the wwid is made from the first device, the same each time', async (t) => {
  const fixture = setUp(t);
  const [a, b] = [fixture.device('a'), fixture.device('b')];
  const { subsystems } = await fixture.build(
    disk([path(a), path(b)], { subsysnqn: 'nqn.1' }),
    disk([path(b)], { subsysnqn: 'nqn.3' }),
  );
  const [one, two] = subsystems.map(({ heads }) => heads[0]?.wwid ?? '');
  t.regex(one ?? '', /^uuid\.[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  t.not(one, two);
  const again = setUp(t);
  linkSync(a, join(again.directory, 'a'));
  const { disks } = await again.build(disk([path(join(again.directory, 'a'))]));
  t.is(disks[0]?.wwid, one);
  await refused(t, again, again.build(disk([path(a)])), 'MPATHFS_SAME_DISK', a, 1);
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

test('a path that is out of reach is left out if the disk can do without', async (t) => {
  const fixture = setUp(t);
  const [a, b] = [fixture.device('a'), fixture.device('b')];
  fixture.lost.set(b, 'ENOTCONN');
  await refused(t, fixture, fixture.build(disk([path(a), path(b)])), 'MPATHFS_PATH_OPEN', b);
  const known = { wwid: 'uuid.aaaaaaaa-0000-4000-8000-000000000001' };
  await refused(t, fixture, fixture.build(disk([path(b)], known)), 'MPATHFS_PATH_OPEN', b);
  fixture.lost.set(b, 'EACCES');
  await refused(t, fixture, fixture.build(disk([path(b), path(a)], known)), 'MPATHFS_PATH_OPEN', b);
  fixture.lost.set(b, 'ENOTCONN');
  const { disks } = await fixture.build(disk([path(b), path(a)], known));
  t.deepEqual(
    disks[0]?.paths.map(({ device }) => device),
    [a],
  );
  t.true(fixture.logged.some((message) => message.startsWith(`${b}: can't be opened`)));
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

test('all of a call is taken back when the engine refuses one path', async (t) => {
  const fixture = setUp(t);
  const a = fixture.device('a');
  const b = fixture.device('b');
  await fixture.build(disk([path(a)], { subsysnqn: 'nqn.x' }));
  const told = record(fixture.topology);
  const building = fixture.build(
    disk([path(b)], { wwid: 'eui.1', subsysnqn: 'nqn.x' }),
    disk([path(b), path(a, 7)], { wwid: 'eui.2' }),
    disk([path(b), path(b)], { wwid: 'naa.1', kind: 'scsi' }),
  );
  await refused(t, fixture, building, 'MPATHFS_PATH_REFUSED', a, 1);
  const { subsystems, scsiDevices, hosts } = fixture.topology;
  t.deepEqual(
    subsystems.map(({ heads, controllers }) => [heads.length, controllers.length]),
    [[1, 1]],
  );
  t.deepEqual([scsiDevices, hosts], [[], []]);
  t.is(fixture.engine.controllers.length, 1);
  balanced(t, told);
  // The numbers are free again.
  await fixture.build(disk([path(b)]), disk([path(b)], { kind: 'scsi' }));
  t.deepEqual(
    fixture.topology.disks.map(({ name }) => name),
    ['nvme0n1', 'nvme1n1', 'sda'],
  );
});

test('tables that are full take a call back as well', async (t) => {
  const fixture = setUp(t);
  const a = fixture.device('a');
  const configs = Array.from({ length: 9 }, (_, i) => disk([path(a)], { wwid: `eui.${i}` }));
  await refused(t, fixture, fixture.build(...configs), 'MPATHFS_PATH_REFUSED', a);
  await fixture.build(...configs.slice(1));
  t.is(fixture.engine.heads.length, 8);
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
  t.deepEqual(fixture.topology.scsiDevices, []);
  t.deepEqual(fixture.open, []);
});

test('events come in the order of the kernel', async (t) => {
  const fixture = setUp(t);
  const [a, b] = [fixture.device('a'), fixture.device('b')];
  const told = record(fixture.topology);
  await fixture.build(disk([path(a), path(b)]), disk([path(a)], { kind: 'scsi' }));
  const nvme = (lines: readonly string[]): string[] =>
    lines.filter((line) => line.includes('nvme') && !line.startsWith('controllerState'));
  t.deepEqual(nvme(told), [
    'subsystemAdded nvme-subsys0',
    'controllerAdded nvme0',
    'controllerAdded nvme1',
    'nvmePathAdded nvme0c0n1',
    'nvmePathAdded nvme0c1n1',
    'nvmeHeadLive nvme0n1',
  ]);
  t.deepEqual(
    told.filter((line) => /host|sd|scsi/.test(line) && !line.startsWith('controllerState')),
    ['hostAdded 0', 'scsiDeviceAdded 0', 'scsiPathAdded sda:0', 'scsiHeadLive sda'],
  );
  told.length = 0;
  const { controllers } = fixture.topology.subsystems[0]!;
  await controllers[0]?.delete();
  t.deepEqual(told, [
    'controllerState nvme0 live -> deleting',
    'controllerState nvme0 deleting -> deleting (no IO)',
    'nvmePathRemoved nvme0c0n1',
    'controllerRemoved nvme0',
  ]);
  told.length = 0;
  await controllers[0]?.delete();
  t.deepEqual(told.slice(2), [
    'nvmePathRemoved nvme0c1n1',
    'nvmeHeadRemoved nvme0n1',
    'controllerRemoved nvme1',
    'subsystemRemoved nvme-subsys0',
  ]);
  told.length = 0;
  await fixture.topology.scsiDevices[0]?.disk.paths[0]?.delete();
  t.deepEqual(told.slice(2), [
    'scsiPathRemoved sda:0',
    'scsiHeadRemoved sda',
    'scsiDeviceRemoved 0',
  ]);
  t.deepEqual(fixture.open, []);
});

test('paths with one cntlid share a controller, which goes with all of them', async (t) => {
  const fixture = setUp(t);
  const [a, b] = [fixture.device('a'), fixture.device('b')];
  const shared = { subsysnqn: 'nqn.x' };
  const { subsystems } = await fixture.build(
    disk([path(a, 0, { cntlid: 5, address: 'x' }), path(a, 1)], { ...shared, wwid: 'eui.1' }),
    disk([path(b, 0, { cntlid: 5 })], { ...shared, wwid: 'eui.2', nsid: 7 }),
  );
  const [subsystem] = subsystems;
  const names = subsystem?.controllers.map((controller) => [
    `${controller.name} ${controller.cntlid} ${controller.transport} ${controller.address}`,
    controller.paths.map(({ name, anaGrpid }) => `${name} ${anaGrpid}`),
  ]);
  t.deepEqual(names, [
    ['nvme0 5 loop x', ['nvme0c0n1 5', 'nvme0c0n2 5']],
    [`nvme1 1 loop traddr=${a}`, ['nvme0c1n1 1']],
  ]);
  t.deepEqual(
    subsystem?.heads.map(({ name, nsid, devt, generic }) => [name, nsid, devt.minor, generic]),
    [
      ['nvme0n1', 1, 0, { major: 244, minor: 0 }],
      ['nvme0n2', 7, 1, { major: 244, minor: 1 }],
    ],
  );
  const told = record(fixture.topology);
  await subsystem?.controllers[0]?.delete();
  t.is(told.filter((line) => line.startsWith('controllerState')).length, 2, 'once each');
  t.deepEqual(
    fixture.topology.disks.map(({ name }) => name),
    ['nvme0n1'],
  );
});

test('a subsystem keeps its number when its first controller goes', async (t) => {
  const fixture = setUp(t);
  const [a, b] = [fixture.device('a'), fixture.device('b')];
  await fixture.build(disk([path(a), path(b)], { wwid: 'eui.0000000000000001' }));
  await fixture.topology.subsystems[0]?.controllers[0]?.delete();
  t.is(await fixture.topology.addPath(`${a} wwid=eui.0000000000000001`), 0);
  const c = fixture.device('c');
  t.is(await fixture.topology.addPath(c), 0);
  t.deepEqual(
    fixture.topology.subsystems.map(({ name, controllers }) => [
      name,
      controllers.map((controller) => `${controller.name} ${controller.cntlid}`),
    ]),
    [
      ['nvme-subsys0', ['nvme1 2', 'nvme2 1']],
      ['nvme-subsys3', ['nvme3 1']],
    ],
  );
});

test('the module parameter is the iopolicy of what has none configured', async (t) => {
  const fixture = setUp(t);
  const a = fixture.device('a');
  const { topology } = fixture;
  topology.defaultIopolicy.nvme = 2;
  topology.defaultIopolicy.scsi = 1;
  await fixture.build(
    disk([path(a)], { wwid: 'eui.1', iopolicy: undefined }),
    disk([path(a)], { wwid: 'eui.2' }),
    disk([path(a)], { wwid: 'naa.1', kind: 'scsi', iopolicy: undefined }),
  );
  t.deepEqual(
    topology.disks.map(({ head }) => head.iopolicy),
    [2, 0, 1],
  );
});

test('an iopolicy is told once for its owner, with or without heads', async (t) => {
  const fixture = setUp(t);
  const a = fixture.device('a');
  const shared = { subsysnqn: 'nqn.x' };
  const { topology } = fixture;
  await fixture.build(
    disk([path(a)], { ...shared, wwid: 'eui.1' }),
    disk([path(a)], { ...shared, wwid: 'eui.2' }),
    disk([path(a)], { wwid: 'naa.1', kind: 'scsi' }),
  );
  const told = record(topology);
  topology.subsystems[0]!.iopolicy = 1;
  topology.subsystems[0]!.iopolicy = 1;
  topology.scsiDevices[0]!.iopolicy = 2;
  t.deepEqual(told, ['iopolicy nvme-subsys0', 'iopolicy sda']);
});

test('the limits of a head are those of all its paths', async (t) => {
  const fixture = setUp(t);
  const [a, b] = [fixture.device('a'), fixture.device('b')];
  fixture.limits.set(a, { ...LIMITS, physicalBlockSize: 4096, optimalIoSize: 65536 });
  fixture.limits.set(b, {
    ...LIMITS,
    optimalIoSize: 3 * 16384,
    maxDiscardBytes: 0,
    maxWriteZeroesBytes: 4096,
    rotational: true,
  });
  const { disks } = await fixture.build(disk([path(a), path(b)]));
  t.deepEqual(disks[0]?.limits, {
    logicalBlockSize: 512,
    physicalBlockSize: 4096,
    minimumIoSize: 512,
    optimalIoSize: 3 * 65536,
    discardGranularity: 0,
    maxDiscardBytes: 0,
    maxWriteZeroesBytes: 4096,
    rotational: true,
  });
  t.is(disks[0]?.paths[0]?.limits.maxDiscardBytes, LIMITS.maxDiscardBytes);
});

test('rescan: a path of a new size gives it to the head and keeps others out', async (t) => {
  const fixture = setUp(t);
  const [a, b] = [fixture.device('a', 8192), fixture.device('b', 8192)];
  const { disks, subsystems } = await fixture.build(disk([path(a), path(b)]));
  const [first, second] = subsystems[0]?.controllers ?? [];
  const sizes = (): unknown[] => [
    disks[0]?.head.capacity,
    ...(disks[0]?.paths ?? []).map(({ path: { ready } }) => ready),
  ];
  const told = record(fixture.topology);
  t.deepEqual(sizes(), [8192, true, true]);
  truncateSync(a, 16384 + 511);
  await first?.rescan();
  t.deepEqual(sizes(), [16384, true, false]);
  truncateSync(b, 16384);
  await second?.rescan();
  t.deepEqual(sizes(), [16384, true, true]);
  truncateSync(a, 0);
  await first?.rescan();
  t.deepEqual(sizes(), [16384, false, true]);
  t.deepEqual(told, ['resized nvme0n1']);
});

test('partitions come with their disk, follow its table, and go before it', async (t) => {
  const fixture = setUp(t);
  const a = fixture.device('a');
  const table = (...starts: readonly number[]): void => {
    const sector = Buffer.alloc(512);
    sector.writeUInt16LE(0xaa55, 510);
    starts.forEach((start, i) => {
      sector.writeUInt8(0x83, 446 + i * 16 + 4);
      sector.writeUInt32LE(start, 446 + i * 16 + 8);
      sector.writeUInt32LE(8, 446 + i * 16 + 12);
    });
    const fd = openSync(a, 'r+');
    writeSync(fd, sector, 0, sector.length, 0);
    closeSync(fd);
  };
  table(8);
  const told = record(fixture.topology);
  const { disks, subsystems } = await fixture.build(disk([path(a)]));
  t.deepEqual(told.slice(-2), ['nvmeHeadLive nvme0n1', 'partitionAdded nvme0n1p1']);
  table(8, 64);
  await subsystems[0]?.controllers[0]?.rescan();
  t.deepEqual(
    disks[0]?.partitions.map(({ name, bdev, devt }) => [name, bdev.start, bdev.size, devt]),
    [
      ['nvme0n1p1', 4096, 4096, { major: 259, minor: 1 }],
      ['nvme0n1p2', 64 * 512, 4096, { major: 259, minor: 2 }],
    ],
  );
  await subsystems[0]?.controllers[0]?.delete();
  t.deepEqual(told.slice(-6, -2), [
    'nvmePathRemoved nvme0c0n1',
    'partitionRemoved nvme0n1p1',
    'partitionRemoved nvme0n1p2',
    'nvmeHeadRemoved nvme0n1',
  ]);
  balanced(t, told);
});

test('an access state is told for its path', async (t) => {
  const fixture = setUp(t);
  const { disks } = await fixture.build(disk([path(fixture.device('a'))]));
  const told = record(fixture.topology);
  disks[0]!.paths[0]!.path.accessState = 2;
  t.deepEqual(told, ['accessState nvme0c0n1']);
});

test('a controller is reset', async (t) => {
  const fixture = setUp(t);
  const { subsystems } = await fixture.build(disk([path(fixture.device('a'))]));
  const [controller] = subsystems[0]?.controllers ?? [];
  t.is(await controller?.reset(), 0);
  t.is(controller?.controller.resetCount, 1);
  const deleted = controller?.delete();
  t.is(await controller?.reset(), -Errno.EBUSY);
  await deleted;
});

test('a host stays when its device is deleted, and finds it again', async (t) => {
  const fixture = setUp(t);
  const [a, b] = [fixture.device('a'), fixture.device('b')];
  const { topology } = fixture;
  await fixture.build(disk([path(a), path(b)], { kind: 'scsi', model: 'M' }));
  const [host] = topology.hosts;
  const device = topology.scsiDevices[0]?.disk;
  const wwid = device?.wwid;
  await device?.paths[0]?.delete();
  t.deepEqual(
    [topology.hosts.length, device?.paths.map(({ name }) => name), fixture.open],
    [2, ['sda:1'], [b]],
  );
  t.is(await host?.scan(0, 1, undefined), -Errno.EINVAL);
  t.is(device?.paths.length, 1);
  t.is(await host?.scan(undefined, undefined, 0), 0);
  t.deepEqual(
    device?.paths.map(({ name, host: { number } }) => `${name} ${number}`),
    ['sda:1 1', 'sda:0 0'],
  );
  t.is(await host?.scan(undefined, undefined, undefined), 0);
  t.is(device?.paths.length, 2);
  // The whole disk goes, and comes back.
  for (const path of [...(device?.paths ?? [])]) await path.delete();
  t.deepEqual(topology.scsiDevices, []);
  t.is(await topology.hosts[1]?.scan(0, 0, 0), 0);
  const [found] = topology.scsiDevices;
  t.deepEqual(
    [found?.disk.name, found?.disk.wwid, found?.disk.model, found?.disk.paths[0]?.name],
    ['sda', wwid, 'M', 'sda:0'],
  );
});

test('a scan that finds nothing is no error', async (t) => {
  const fixture = setUp(t);
  const a = fixture.device('a');
  await fixture.build(disk([path(a)], { kind: 'scsi' }));
  await fixture.topology.scsiDevices[0]?.disk.paths[0]?.delete();
  rmSync(a);
  t.is(await fixture.topology.hosts[0]?.scan(0, 0, 0), 0);
  t.deepEqual(fixture.topology.scsiDevices, []);
  t.regex(fixture.logged[0] ?? '', /ENOENT/);
});

test('ctrl_loss_tmo removes a controller for good; a configured host stays', async (t) => {
  const fixture = setUp(t);
  const a = fixture.device('a');
  const { topology } = fixture;
  const times = { reconnect_delay: 1, ctrl_loss_tmo: 2, wwid: 'eui.1' };
  await fixture.build(
    disk([path(a)], times),
    disk([path(a)], { ...times, wwid: 'naa.1', kind: 'scsi' }),
  );
  const told = record(topology);
  fixture.answer = Errno.EIO;
  for (const { paths } of topology.disks) {
    for (const { path: failing } of paths) fixture.engine.failPath(failing, Errno.EIO);
  }
  for (let i = 0; i < 20; i++) {
    await fixture.clock.advance(1000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  t.deepEqual(topology.disks, []);
  t.deepEqual(topology.subsystems, []);
  t.is(topology.hosts.length, 1);
  t.true(told.includes('controllerRemoved nvme0'));
  t.deepEqual(fixture.open, []);
});
