import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { Errno } from '../../../src/shared/errno.js';
import { balanced, record } from './events.js';
import { disk, names, path, setUp } from './fixture.js';

const UUID = 'uuid.aaaaaaaa-0000-4000-8000-000000000001';
const NAA = 'naa.600140505200a986f0043c9afa1fd077';

test('a path joins the disk with its wwid, or makes a new one', async (t) => {
  const fixture = setUp(t);
  const [a, b, c] = [fixture.device('a'), fixture.device('b'), fixture.device('c')];
  const add = (text: string): Promise<number> => fixture.topology.addPath(text);
  await fixture.build(disk([path(a)], { wwid: UUID }));
  t.is(await add(`${b} wwid=${UUID} numa_node=1 ana_state=non-optimized\n`), 0);
  t.is(await add(`${c} kind=scsi wwid=${NAA} access_state=standby delayed_removal_secs=7`), 0);
  t.is(await add(`${fixture.device('d')} wwid=${NAA} model=ignored`), 0);
  t.deepEqual(names(fixture), ['nvme0n1 nvme0c0n1 nvme0c1n1', 'sda sda:0 sda:1']);
  const [nvme, scsi] = fixture.topology.disks;
  t.deepEqual(
    [nvme?.paths[1]?.path.numaNode, nvme?.paths[1]?.path.accessState, nvme?.paths[1]?.device],
    [1, 1, b],
  );
  t.deepEqual([scsi?.head.delayedRemovalSecs, scsi?.paths[0]?.path.accessState], [7, 2]);
});

test('a device without a wwid is known by its device and inode', async (t) => {
  const fixture = setUp(t);
  const a = fixture.device('a');
  t.is(await fixture.topology.addPath(`${a} kind=scsi`), 0);
  const b = fixture.device('b');
  t.is(await fixture.topology.addPath(b), 0);
  t.is(await fixture.topology.addPath(`${fixture.directory}/./a`), 0);
  t.deepEqual(names(fixture), ['sda sda:0 sda:1', 'nvme0n1 nvme0c0n1']);
});

test('a path has the timeouts of its disk, unless given', async (t) => {
  const fixture = setUp(t);
  const a = fixture.device('a');
  await fixture.build(disk([path(a)], { wwid: UUID, reconnect_delay: 5, ctrl_loss_tmo: 60 }));
  const b = fixture.device('b');
  t.is(await fixture.topology.addPath(`${b} wwid=${UUID} ctrl_loss_tmo=off`), 0);
  const controllers = fixture.topology.subsystems[0]?.controllers.map(({ controller }) => [
    controller.reconnectDelay,
    controller.ctrlLossTmo,
    controller.fastIoFailTmo,
  ]);
  t.deepEqual(controllers, [
    [5, 60, -1],
    [5, -1, -1],
  ]);
});

test('a path on a controller that is there', async (t) => {
  const fixture = setUp(t);
  const a = fixture.device('a');
  await fixture.build(disk([path(a)], { wwid: UUID, subsysnqn: 'nqn.x' }));
  const b = fixture.device('b');
  t.is(
    await fixture.topology.addPath(`${b} subsysnqn=nqn.x cntlid=1 wwid=eui.0123456789abcdef`),
    0,
  );
  t.deepEqual(names(fixture), ['nvme0n1 nvme0c0n1', 'nvme0n2 nvme0c0n2']);
  const [subsystem] = fixture.topology.subsystems;
  t.deepEqual([subsystem?.controllers.length, subsystem?.heads[1]?.nsid], [1, 2]);
});

test('a device of another size is added and kept out', async (t) => {
  const fixture = setUp(t);
  const a = fixture.device('a', 8192);
  await fixture.build(disk([path(a)], { wwid: UUID }));
  const b = fixture.device('b', 4096);
  t.is(await fixture.topology.addPath(`${b} wwid=${UUID}`), 0);
  const [nvme] = fixture.topology.disks;
  t.deepEqual(
    nvme?.paths.map(({ path: { ready } }) => ready),
    [true, false],
  );
  t.is(nvme?.head.capacity, 8192);
});

test('a path comes back within delayed_removal_secs', async (t) => {
  const fixture = setUp(t);
  const a = fixture.device('a');
  await fixture.build(disk([path(a)], { wwid: UUID, delayed_removal_secs: 5 }));
  const told = record(fixture.topology);
  await fixture.topology.subsystems[0]?.controllers[0]?.delete();
  t.deepEqual(names(fixture), ['nvme0n1']);
  t.is(await fixture.topology.addPath(`${a} wwid=${UUID}`), 0);
  await fixture.clock.advance(10_000);
  t.deepEqual(names(fixture), ['nvme0n1 nvme0c1n1']);
  t.false(told.some((line) => /Head/.test(line)));
  await fixture.topology.subsystems[0]?.controllers[0]?.delete();
  await fixture.clock.advance(5000);
  t.deepEqual(told.slice(-2), ['nvmeHeadRemoved nvme0n1', 'subsystemRemoved nvme-subsys0']);
});

test('the host of an added path goes with it', async (t) => {
  const fixture = setUp(t);
  const a = fixture.device('a');
  const told = record(fixture.topology);
  t.is(await fixture.topology.addPath(`${a} kind=scsi`), 0);
  await fixture.topology.scsiDevices[0]?.disk.paths[0]?.delete();
  t.deepEqual(told.slice(-4), [
    'scsiPathRemoved sda:0',
    'scsiHeadRemoved sda',
    'scsiDeviceRemoved 0',
    'hostRemoved 0',
  ]);
  t.deepEqual(fixture.open, []);
});

test('what is wrong has its errno, its reason in the log, and changes nothing', async (t) => {
  const fixture = setUp(t);
  const [a, b] = [fixture.device('a'), fixture.device('b')];
  const big = fixture.device('big');
  fixture.blockSizes.set(big, 4096);
  mkdirSync(join(fixture.directory, 'dir'));
  await fixture.build(
    disk([path(a)], { wwid: UUID, subsysnqn: 'nqn.x' }),
    disk([path(fixture.device('s'))], { kind: 'scsi', wwid: NAA }),
  );
  const told = record(fixture.topology);
  const before = names(fixture);
  for (const [text, errno, reason] of [
    ['', 'EINVAL', 'must be DEVICE'],
    ['b', 'EINVAL', 'not an absolute path'],
    [`${b} x`, 'EINVAL', 'must be key=value'],
    [`${b} colour=green`, 'EINVAL', 'colour: is not a key'],
    [`${b} path=1`, 'EINVAL', 'path: is not a key'],
    [`${b} kind=ide`, 'EINVAL', 'kind'],
    [`${b} numa_node=many`, 'EINVAL', 'numa_node: must be an integer'],
    [`${b} numa_node=1 numa_node=1`, 'EINVAL', 'given twice'],
    [`${b} numa_node=7`, 'EINVAL', 'no NUMA node 7'],
    [`${b} model="a b`, 'EINVAL', 'unclosed quote'],
    [`${b} wwid=${UUID} kind=scsi`, 'EINVAL', 'not of kind scsi'],
    [`${b} wwid=${NAA} ana_state=optimized`, 'EINVAL', 'ana_state: is not a key'],
    [`${b} wwid=${NAA.slice(0, 8)} kind=scsi`, 'EINVAL', 'wwid: must be'],
    [`${b} wwid=${UUID} subsysnqn=nqn.y`, 'EINVAL', 'subsysnqn: must be that of nvme0n1'],
    [`${b} wwid=${UUID} nsid=2`, 'EINVAL', 'nsid: must be that of nvme0n1'],
    [`${b} subsysnqn=nqn.x nsid=1`, 'EINVAL', 'nsid 1'],
    [`${b} subsysnqn=nqn.x iopolicy=queue-depth`, 'EINVAL', 'iopolicy: must be that of'],
    [`${big} wwid=${UUID}`, 'EINVAL', 'block size is 4096'],
    [`${big} logical_block_size=512`, 'EINVAL', 'block size is 4096'],
    [fixture.device('empty', 100), 'EINVAL', 'less than one block'],
    [`${fixture.directory}/missing`, 'ENOENT', 'ENOENT'],
    [`${fixture.directory}/missing wwid=${UUID}`, 'ENOENT', 'ENOENT'],
    [`${a}/x`, 'ENOTDIR', 'ENOTDIR'],
    [`${a} wwid=${UUID}`, 'EEXIST', 'a path of nvme0n1 already'],
    [`${b} subsysnqn=nqn.x cntlid=1 address=x`, 'EINVAL', 'address: must be that of nvme0'],
    [`${b} wwid=${UUID} cntlid=1`, 'EEXIST', 'nvme0: has a path'],
    [`${a} wwid=eui.0123456789abcdef`, 'EBUSY', 'a path of nvme0n1'],
  ] as const) {
    fixture.logged.length = 0;
    t.is(await fixture.topology.addPath(text), -Errno[errno], text);
    t.is(fixture.logged.length, 1, text);
    t.true(fixture.logged[0]?.includes(reason), `${text}: ${fixture.logged[0]}`);
  }
  t.deepEqual(names(fixture), before);
  t.is(fixture.open.length, 2);
  t.is(balanced(t, told).size, 0);
  // A number that was taken meanwhile is free again.
  t.is(await fixture.topology.addPath(b), 0);
  t.deepEqual(names(fixture).slice(2), ['nvme1n1 nvme1c1n1']);
});

test('a table that is full is ENOSPC', async (t) => {
  const fixture = setUp(t);
  const a = fixture.device('a');
  await fixture.build(
    disk(
      Array.from({ length: 16 }, () => path(a)),
      { wwid: UUID },
    ),
  );
  const told = record(fixture.topology);
  const b = fixture.device('b');
  t.is(await fixture.topology.addPath(`${b} wwid=${UUID}`), -Errno.ENOSPC);
  t.is(await fixture.topology.addPath(b), -Errno.ENOSPC);
  t.is(balanced(t, told).size, 0);
  t.deepEqual([fixture.open.length, fixture.topology.subsystems.length], [16, 1]);
});

test('many at a time: each has its own numbers, in the order of the calls', async (t) => {
  const fixture = setUp(t);
  const devices = Array.from({ length: 8 }, (_, i) => fixture.device(`d${i}`));
  const kinds = devices.map((device, i) => `${device} kind=${i % 2 === 0 ? 'nvme' : 'scsi'}`);
  t.deepEqual(
    await Promise.all(kinds.map((text) => fixture.topology.addPath(text))),
    devices.map(() => 0),
  );
  t.deepEqual(
    fixture.topology.disks.map(({ name }) => name),
    ['nvme0n1', 'sda', 'nvme1n1', 'sdb', 'nvme2n1', 'sdc', 'nvme3n1', 'sdd'],
  );
});

test('a path whose disk is just going makes a new disk', async (t) => {
  const fixture = setUp(t);
  const a = fixture.device('a');
  const told = record(fixture.topology);
  await fixture.build(disk([path(a)], { wwid: UUID }));
  const deleted = fixture.topology.subsystems[0]?.controllers[0]?.delete();
  const b = fixture.device('b');
  t.is(await fixture.topology.addPath(`${b} wwid=${UUID}`), 0);
  await deleted;
  t.is(names(fixture).length, 1);
  t.is(fixture.topology.disks[0]?.paths.length, 1);
  t.is(fixture.topology.disks[0]?.paths[0]?.device, b);
  balanced(t, told);
  t.deepEqual(fixture.open, [b]);
});
