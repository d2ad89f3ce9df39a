/** Paths that come and go with the machine's devices. */
import test from 'ava';
import { truncateSync } from 'node:fs';
import { ControllerState } from '../../../src/multipath/names.js';
import { Errno } from '../../../src/shared/errno.js';
import { balanced, record } from './events.js';
import { disk, names, nvme, path, scsi, setUp } from './fixture.js';

const UUID = 'uuid.aaaaaaaa-0000-4000-8000-000000000001';
const OPEN = { model: undefined, serial: undefined, firmware_rev: undefined } as const;

test('a path joins the disk with its wwid with the settings of that, or makes it', async (t) => {
  const fixture = setUp(t);
  const { topology } = fixture;
  const [a, b, c] = [fixture.device('a'), fixture.device('b'), fixture.device('c')];
  fixture.said.set(a, { identity: nvme() });
  fixture.said.set(b, { identity: nvme({ cntlid: 18 }) });
  fixture.said.set(c, { identity: scsi() });
  await fixture.build(disk([path(a)], { ...OPEN, reconnect_delay: 7 }));
  const settings = disk([], { ...OPEN, reconnect_delay: 3, marginal_path_failures: 2 });
  t.is(await topology.addPathOf(settings, path(b)), 0);
  t.is(await topology.addPathOf({ ...settings, kind: 'scsi' }, path(c)), 0);
  t.deepEqual(names(fixture), ['nvme0n1 nvme0c0n1 nvme0c1n1', 'sda sda:0']);
  const [, joined] = topology.disks[0]?.paths ?? [];
  t.is(joined?.path.controller.reconnectDelay, 7);
  t.is(topology.disks[1]?.paths[0]?.path.controller.reconnectDelay, 3);
  t.deepEqual(
    topology.disks.map(({ head }) => head.marginalPathFailures),
    [5, 2],
  );
});

test('what is there already, or is of another disk, is refused', async (t) => {
  const fixture = setUp(t);
  const { topology } = fixture;
  const [a, b] = [fixture.device('a'), fixture.device('b')];
  fixture.said.set(a, { identity: nvme() });
  fixture.said.set(b, { identity: nvme() });
  await fixture.build(disk([path(a)], OPEN));
  t.is(await topology.addPathOf(disk([], OPEN), path(a)), -Errno.EEXIST);
  t.is(await topology.addPathOf(disk([], { ...OPEN, wwid: 'eui.1' }), path(a)), -Errno.EBUSY);
  t.is(await topology.addPathOf(disk([], OPEN), path(b)), -Errno.EEXIST);
  fixture.said.set(b, { identity: nvme({ wwid: 'eui.0000000000000002', nsid: 4, cntlid: 18 }) });
  t.is(await topology.addPathOf(disk([], { ...OPEN, wwid: UUID }), path(b)), -Errno.EINVAL);
  fixture.said.set(b, { identity: scsi() });
  t.is(await topology.addPathOf(disk([], OPEN), path(b)), -Errno.EINVAL);
  t.is(await topology.addPathOf(disk([], OPEN), path('/none')), -Errno.ENOENT);
  t.deepEqual(fixture.open, [a]);
});

test('paths are known by their device, and by its number', async (t) => {
  const fixture = setUp(t);
  const { topology } = fixture;
  const a = fixture.device('a');
  fixture.said.set(a, { identity: nvme(), devt: { major: 259, minor: 3 } });
  await fixture.build(disk([path(a)], OPEN));
  const [made] = topology.disks[0]?.paths ?? [];
  t.is(topology.pathByDevice(a), made);
  t.is(topology.pathByDevt(259, 3), made);
  t.is(topology.pathByDevt(259, 4), undefined);
  t.is(topology.pathByDevice('/dev/none'), undefined);
  await topology.dropPath(made!);
  t.is(topology.pathByDevice(a), undefined);
  t.is(topology.pathByDevt(259, 3), undefined);
});

test('a dropped NVMe path goes, its controller with the last one, and both come back', async (t) => {
  const fixture = setUp(t);
  const { topology } = fixture;
  const [a, b] = [fixture.device('a'), fixture.device('b')];
  fixture.said.set(a, { identity: nvme() });
  fixture.said.set(b, { identity: nvme({ wwid: 'eui.0000000000000002', nsid: 4 }) });
  const configs = [disk([path(a)], OPEN), disk([path(b)], OPEN)] as const;
  const told = record(topology);
  await fixture.build(...configs);
  const [first, second] = topology.disks.map(({ paths }) => paths[0]!);
  t.is(topology.subsystems[0]?.controllers.length, 1);
  await topology.dropPath(first!);
  t.deepEqual(names(fixture), ['nvme0n2 nvme0c0n2']);
  t.is(topology.subsystems[0]?.controllers.length, 1);
  await topology.dropPath(second!);
  t.deepEqual([names(fixture), topology.subsystems, fixture.open], [[], [], []]);
  balanced(t, told);
  const { paths, ...config } = configs[0];
  t.is(await topology.addPathOf(config, paths[0]!), 0);
  t.deepEqual(names(fixture), ['nvme0n1 nvme0c0n1']);
});

test('a controller whose paths are dropped at the same time goes with them', async (t) => {
  const fixture = setUp(t);
  const { topology } = fixture;
  const [a, b] = [fixture.device('a'), fixture.device('b')];
  fixture.said.set(a, { identity: nvme() });
  fixture.said.set(b, { identity: nvme({ wwid: 'eui.0000000000000002', nsid: 4 }) });
  await fixture.build(disk([path(a)], OPEN), disk([path(b)], OPEN));
  const paths = topology.disks.flatMap((made) => [...made.paths]);
  await Promise.all(paths.map((made) => topology.dropPath(made)));
  t.deepEqual([topology.subsystems, fixture.engine.controllers], [[], []]);
});

test('a new path is on the controller with its address, also when controllers were renumbered', async (t) => {
  const fixture = setUp(t);
  const { topology } = fixture;
  const second = { wwid: 'eui.0000000000000002', nsid: 4 };
  const ways = ['traddr=10.0.0.1', 'traddr=10.0.0.2'];
  const devices = ways.map((address, index) => {
    const device = fixture.device(`a${index}`);
    fixture.said.set(device, { identity: nvme({ address, cntlid: 1 + index }) });
    return device;
  });
  await fixture.build(
    disk(
      devices.map((device) => path(device)),
      OPEN,
    ),
  );
  for (const [index, address] of ways.entries()) {
    const device = fixture.device(`b${index}`);
    fixture.said.set(device, { identity: nvme({ ...second, address, cntlid: 2 - index }) });
    t.is(await topology.addPathOf(disk([], OPEN), path(device)), 0);
  }
  const [subsystem] = topology.subsystems;
  t.deepEqual(
    subsystem?.controllers.map(({ cntlid, address, paths }) => [cntlid, address, paths.length]),
    [
      [1, 'traddr=10.0.0.1', 2],
      [2, 'traddr=10.0.0.2', 2],
    ],
  );
});

test('a path that comes back may have the number that another controller had', async (t) => {
  const fixture = setUp(t);
  const { topology } = fixture;
  const [a, b] = [fixture.device('a'), fixture.device('b')];
  fixture.said.set(a, { identity: nvme({ address: 'traddr=10.0.0.1', cntlid: 1 }) });
  fixture.said.set(b, { identity: nvme({ address: 'traddr=10.0.0.2', cntlid: 2 }) });
  await fixture.build(disk([path(a), path(b)], OPEN));
  await topology.dropPath(topology.pathByDevice(a)!);
  fixture.said.set(a, { identity: nvme({ address: 'traddr=10.0.0.1', cntlid: 2 }) });
  t.is(await topology.addPathOf(disk([], OPEN), path(a)), 0);
  t.deepEqual(
    topology.subsystems[0]?.controllers.map(({ address }) => address),
    ['traddr=10.0.0.2', 'traddr=10.0.0.1'],
  );
  for (const device of [a, b]) await topology.dropPath(topology.pathByDevice(device)!);
  t.deepEqual([topology.subsystems, fixture.open], [[], []]);
});

test('a dropped SCSI path takes its host along, also a configured one', async (t) => {
  const fixture = setUp(t);
  const { topology } = fixture;
  const [a, b] = [fixture.device('a'), fixture.device('b')];
  fixture.said.set(a, { identity: scsi() });
  fixture.said.set(b, { identity: scsi({ address: '3:0:0:0' }) });
  const told = record(topology);
  await fixture.build(disk([path(a), path(b)], { ...OPEN, kind: 'scsi' }));
  const [first] = topology.disks[0]?.paths ?? [];
  await topology.dropPath(first!);
  t.deepEqual([names(fixture), topology.hosts.length], [['sda sda:1'], 1]);
  t.is(await topology.addPathOf(disk([], { ...OPEN, kind: 'scsi' }), path(a)), 0);
  t.deepEqual([names(fixture), topology.hosts.length], [['sda sda:1 sda:0'], 2]);
  for (const made of [...(topology.disks[0]?.paths ?? [])]) await topology.dropPath(made);
  t.deepEqual([names(fixture), topology.hosts], [[], []]);
  balanced(t, told);
});

test('a scan does not add a device that is a path again', async (t) => {
  const fixture = setUp(t);
  const { topology } = fixture;
  const a = fixture.device('a');
  fixture.said.set(a, { identity: scsi() });
  await fixture.build(disk([path(a)], { ...OPEN, kind: 'scsi' }));
  const [host] = topology.hosts;
  await host?.path?.delete();
  t.is(await topology.addPathOf(disk([], { ...OPEN, kind: 'scsi' }), path(a)), 0);
  t.is(await host?.scan(0, 0, 0), 0);
  t.is(topology.disks[0]?.paths.length, 1);
});

test('a path that is rescanned has the size of its device, and connects at once', async (t) => {
  const fixture = setUp(t);
  const { topology } = fixture;
  const a = fixture.device('a', 8192);
  await fixture.build(disk([path(a)], { reconnect_delay: 100 }));
  const [made] = topology.disks[0]?.paths ?? [];
  fixture.answer = Errno.EIO;
  fixture.engine.failPath(made!.path, Errno.EIO);
  await fixture.clock.advance(1000);
  t.is(made?.path.controller.state, ControllerState.CONNECTING);
  fixture.answer = 0;
  truncateSync(a, 16384);
  await topology.rescanPath(made!);
  await fixture.clock.advance(1000);
  t.is(made?.path.controller.state, ControllerState.LIVE);
  t.is(topology.disks[0]?.head.capacity, 16384);
});

test('a rescan that is asked for begins the attempts to connect afresh', async (t) => {
  const fixture = setUp(t);
  const { topology } = fixture;
  const [a, b] = [fixture.device('a'), fixture.device('b')];
  await fixture.build(
    disk([path(a)], { reconnect_delay: 100 }),
    disk([path(b)], { kind: 'scsi', reconnect_delay: 100 }),
  );
  const paths = topology.disks.flatMap((made) => [...made.paths]);
  fixture.answer = Errno.EIO;
  for (const made of paths) fixture.engine.failPath(made.path, Errno.EIO);
  await fixture.clock.advance(1000);
  fixture.answer = 0;
  await topology.subsystems[0]?.controllers[0]?.rescan();
  await topology.hosts[0]?.path?.rescan();
  await fixture.clock.advance(1000);
  t.deepEqual(
    paths.map(({ path: { controller } }) => controller.state),
    [ControllerState.LIVE, ControllerState.LIVE],
  );
});

test('a controller that is rescanned is tried once, not for each of its namespaces', async (t) => {
  const fixture = setUp(t);
  const { topology } = fixture;
  const devices = [1, 2, 3].map((nsid) => {
    const device = fixture.device(`ns${nsid}`);
    fixture.said.set(device, { identity: nvme({ wwid: `eui.000000000000000${nsid}`, nsid }) });
    return device;
  });
  await fixture.build(...devices.map((device) => disk([path(device)], { ...OPEN })));
  const [controller] = topology.subsystems[0]?.controllers ?? [];
  fixture.answer = Errno.EIO;
  fixture.engine.failPath(controller!.paths[0]!.path, Errno.EIO);
  await fixture.clock.advance(1000);
  fixture.steps.length = 0;
  await controller?.rescan();
  await fixture.clock.advance(1000);
  t.deepEqual(fixture.steps, ['check', 'check', 'check']);
});

test('a path that becomes marginal is told of', async (t) => {
  const fixture = setUp(t);
  const { topology } = fixture;
  await fixture.build(disk([path(fixture.device('a'))]));
  const told: string[] = [];
  topology.on('marginal', ({ name, path: { marginal } }) => told.push(`${name} ${marginal}`));
  const [made] = topology.disks[0]?.paths ?? [];
  made!.path.marginal = true;
  made!.path.marginal = false;
  t.deepEqual(told, ['nvme0c0n1 true', 'nvme0c0n1 false']);
});
