import test, { type ExecutionContext } from 'ava';
import { DISK_INO_BASE } from '../../../src/fuse/wire.js';
import type { Directory } from '../../../src/sysfs/directory.js';
import { buildTree } from '../../../src/sysfs/tree.js';
import { disk, Fixture, path } from '../topology/fixture.js';
import { at, listing, nodes, resolve } from './listing.js';

const INFO = { version: '0.1.0', pid: 1, transport: 'ring', reactors: 2, queueDepth: 64 };
const NVME = { wwid: 'uuid.aaaaaaaa-0000-4000-8000-000000000002', subsysnqn: 'nqn.x' };
const SCSI = { kind: 'scsi', wwid: 'naa.600140505200a986f0043c9afa1fd077' } as const;

/** What is there without any disk. */
const EMPTY = String.raw`
dev D 0755
sys D 0755
sys/block D 0755
sys/bus D 0755
sys/bus/mpath D 0755
sys/bus/mpath/add_path F 0200 ""
sys/bus/scsi D 0755
sys/bus/scsi/devices D 0755
sys/class D 0755
sys/class/block D 0755
sys/class/nvme D 0755
sys/class/nvme-fabrics D 0755
sys/class/nvme-fabrics/ctl L -> ../../devices/virtual/nvme-fabrics/ctl
sys/class/nvme-generic D 0755
sys/class/nvme-subsystem D 0755
sys/class/scsi_device D 0755
sys/class/scsi_disk D 0755
sys/class/scsi_host D 0755
sys/class/scsi_mpath_device D 0755
sys/class/scsi_mpath_disk D 0755
sys/dev D 0755
sys/dev/block D 0755
sys/dev/char D 0755
sys/devices D 0755
sys/devices/virtual D 0755
sys/devices/virtual/nvme-fabrics D 0755
sys/devices/virtual/nvme-fabrics/ctl D 0755
sys/devices/virtual/nvme-fabrics/ctl/subsystem L -> ../../../../class/nvme-fabrics
sys/devices/virtual/nvme-fabrics/ctl/uevent F 0644 ""
sys/fs D 0755
sys/fs/mpathfs D 0755
sys/fs/mpathfs/pid F 0444 "1\n"
sys/fs/mpathfs/transport F 0444 "ring\n"
sys/fs/mpathfs/version F 0444 "0.1.0\n"
sys/kernel D 0755
sys/kernel/uevent_seqnum F 0444 "0\n"
sys/kernel/uevents S 0444
sys/module D 0755
sys/module/nvme_core D 0755
sys/module/nvme_core/parameters D 0755
sys/module/nvme_core/parameters/iopolicy F 0644 "numa\n"
sys/module/nvme_core/parameters/multipath F 0444 "Y\n"
sys/module/scsi_multipath D 0755
sys/module/scsi_multipath/parameters D 0755
sys/module/scsi_multipath/parameters/iopolicy F 0644 "numa\n"
sys/module/scsi_multipath/parameters/scsi_multipath F 0444 "always\n"
`;

async function setUp(t: ExecutionContext): Promise<{ fixture: Fixture; root: Directory }> {
  const fixture = new Fixture();
  t.teardown(() => fixture.end());
  const root = buildTree(fixture.topology, INFO);
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => fixture.device(name));
  if (a === undefined || b === undefined || c === undefined || d === undefined) throw new Error();
  await fixture.build(disk([path(a, 0), path(b, 1)], NVME), disk([path(c, 0), path(d, 1)], SCSI));
  return { fixture, root };
}

test('a tree without disks', (t) => {
  const fixture = new Fixture();
  t.teardown(() => fixture.end());
  t.deepEqual(listing(buildTree(fixture.topology, INFO)), EMPTY.trim().split('\n'));
});

test('when all its disks have gone a tree is as it was before', async (t) => {
  const { fixture, root } = await setUp(t);
  const { subsystems, scsiDevices } = fixture.topology;
  for (const { controllers } of [...subsystems]) {
    for (const controller of [...controllers]) await controller.delete();
  }
  for (const { disk: lun } of [...scsiDevices]) {
    for (const gone of [...lun.paths]) await gone.delete();
  }
  // SCSI hosts stay, and so do directories of kinds of devices.
  const stays =
    /platform|host\d|scsi\/|uevent_seqnum|dev\/disk|virtual\/(nvme-subsystem|scsi_mpath_\w+) D/;
  const lines = (text: readonly string[]): string[] => text.filter((line) => !stays.test(line));
  t.deepEqual(lines(listing(root)), lines(EMPTY.trim().split('\n')));
});

test('every link leads to something', async (t) => {
  const { root } = await setUp(t);
  let links = 0;
  for (const [place, node] of nodes(root)) {
    if (node.kind !== 'link') continue;
    links++;
    t.truthy(resolve(root, place), place);
  }
  t.true(links > 30);
});

test('no inode number is used twice, and a disk is known by its own', async (t) => {
  const { root } = await setUp(t);
  const all = [...nodes(root)].map(([, node]) => node);
  t.is(root.ino, 1);
  t.is(new Set(all.map(({ ino }) => ino)).size, all.length);
  for (const node of all) {
    const low = node.ino % 2 ** 32;
    if (node.kind === 'disk') t.is(low, DISK_INO_BASE + node.bdev);
    else t.true(low >= 1 && low < DISK_INO_BASE);
  }
});

test('a path that goes takes its directories and every link to them along', async (t) => {
  const { fixture, root } = await setUp(t);
  const attribute = at(root, 'sys/devices/virtual/nvme-fabrics/ctl/nvme0/nvme0c0n1/ana_state');
  const before = listing(root);
  const [first] = fixture.topology.subsystems[0]?.controllers ?? [];
  if (first === undefined) return t.fail();
  await first.delete();
  const gone = /\/nvme0( |\/|$)|nvme0c0n1|uevent_seqnum/;
  t.deepEqual(
    listing(root).filter((line) => !line.includes('uevent_seqnum')),
    before.filter((line) => !gone.test(line)),
  );
  t.true(attribute?.removed);
});

test('a delayed removal keeps the disk without its paths', async (t) => {
  const fixture = new Fixture();
  t.teardown(() => fixture.end());
  const a = fixture.device('a');
  const root = buildTree(fixture.topology, INFO);
  await fixture.build(disk([path(a)], { ...NVME, delayed_removal_secs: 5 }));
  const [controller] = fixture.engine.controllers;
  if (controller === undefined) return t.fail();
  await fixture.engine.removeController(controller);
  const head = 'sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1';
  t.is(at(root, 'dev/nvme0n1')?.kind, 'disk');
  t.truthy(at(root, head));
  t.is(at(root, `${head}/multipath/nvme0c0n1`), undefined);
  const file = at(root, 'dev/nvme0n1');
  await fixture.clock.advance(5000);
  t.is(at(root, 'dev/nvme0n1'), undefined);
  t.is(at(root, 'sys/devices/virtual/nvme-subsystem/nvme-subsys0'), undefined);
  t.true(file?.removed);
});

test('a disk appears when its first path is live', async (t) => {
  const fixture = new Fixture();
  t.teardown(() => fixture.end());
  fixture.answer = 5;
  const root = buildTree(fixture.topology, INFO);
  await fixture.build(
    disk([path(fixture.device('a'))], { ...NVME, ctrl_loss_tmo: -1 }),
    disk([path(fixture.device('b'))], { ...SCSI, ctrl_loss_tmo: -1 }),
  );
  t.is(at(root, 'dev/nvme0n1'), undefined);
  t.is(at(root, 'dev/sda'), undefined);
  t.truthy(at(root, 'sys/block/nvme0c0n1'));
  fixture.answer = 0;
  await fixture.clock.advance(20_000);
  t.is(at(root, 'dev/nvme0n1')?.kind, 'disk');
  t.is(at(root, 'dev/sda')?.kind, 'disk');
  t.truthy(
    resolve(root, 'sys/devices/virtual/scsi_mpath_disk/scsi_mpath_disk0/sda/multipath/sda:0'),
  );
});

test('heap_used asks the reactors, where it can', async (t) => {
  const { topology } = new Fixture();
  const place = 'sys/fs/mpathfs/heap_used';
  t.is(at(buildTree(topology, INFO), place), undefined);
  const heapUsed = (): Promise<number[]> => Promise.resolve([1000, 20]);
  const node = at(buildTree(topology, { ...INFO, heapUsed }), place);
  if (node?.kind !== 'attribute') return t.fail();
  t.is(await node.show?.(), '1000\n20\n');
});
