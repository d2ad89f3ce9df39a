import test, { type ExecutionContext } from 'ava';
import type { DirectoryNode } from '../../../src/fuse/node.js';
import { DISK_INO_BASE } from '../../../src/fuse/wire.js';
import { buildTree } from '../../../src/sysfs/tree.js';
import { disk, Fixture, path } from '../topology/fixture.js';
import { at, listing, nodes, resolve } from './listing.js';

const INFO = { version: '0.1.0', pid: 1, transport: 'ring' };
const NVME = { wwid: 'uuid.aaaaaaaa-0000-4000-8000-000000000002', subsysnqn: 'nqn.x' };
const SCSI = { kind: 'scsi', wwid: 'naa.600140505200a986f0043c9afa1fd077' } as const;

/**
 * The tree of an NVMe and a SCSI disk with two paths each. Places, links, modes and formats
 * are those of captures from real kernels, where these have the file. Left out: what is the same as
 * above it (queue/, the second path's attributes, ...).
 */
const EXPECTED = String.raw`
dev D 0755
dev/nvme0n1 B 0660
dev/sda B 0660
sys D 0755
sys/block D 0755
sys/block/nvme0c0n1 L -> ../devices/virtual/nvme-fabrics/ctl/nvme0/nvme0c0n1
sys/block/nvme0c1n1 L -> ../devices/virtual/nvme-fabrics/ctl/nvme1/nvme0c1n1
sys/block/nvme0n1 L -> ../devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1
sys/block/sda L -> ../devices/virtual/scsi_mpath_disk/scsi_mpath_disk0/sda
sys/block/sda:0 L -> ../devices/platform/host0/target0:0:0/0:0:0:0/block/sda:0
sys/block/sda:1 L -> ../devices/platform/host1/target1:0:0/1:0:0:0/block/sda:1
sys/bus D 0755
sys/bus/scsi D 0755
sys/bus/scsi/devices D 0755
sys/bus/scsi/devices/0:0:0:0 L -> ../../../devices/platform/host0/target0:0:0/0:0:0:0
sys/bus/scsi/devices/1:0:0:0 L -> ../../../devices/platform/host1/target1:0:0/1:0:0:0
sys/class D 0755
sys/class/block D 0755
sys/class/nvme D 0755
sys/class/nvme/nvme0 L -> ../../devices/virtual/nvme-fabrics/ctl/nvme0
sys/class/nvme/nvme1 L -> ../../devices/virtual/nvme-fabrics/ctl/nvme1
sys/class/nvme-subsystem D 0755
sys/class/nvme-subsystem/nvme-subsys0 L -> ../../devices/virtual/nvme-subsystem/nvme-subsys0
sys/class/scsi_mpath_device D 0755
sys/class/scsi_mpath_device/scsi_mpath_device0 L -> ../../devices/virtual/scsi_mpath_device/scsi_mpath_device0
sys/class/scsi_mpath_disk D 0755
sys/class/scsi_mpath_disk/scsi_mpath_disk0 L -> ../../devices/virtual/scsi_mpath_disk/scsi_mpath_disk0
sys/devices D 0755
sys/devices/platform D 0755
sys/devices/platform/host0 D 0755
sys/devices/platform/host0/target0:0:0 D 0755
sys/devices/platform/host0/target0:0:0/0:0:0:0 D 0755
sys/devices/platform/host0/target0:0:0/0:0:0:0/access_state F 0644 "active/optimized\n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/block D 0755
sys/devices/platform/host0/target0:0:0/0:0:0:0/block/sda:0 D 0755
sys/devices/platform/host0/target0:0:0/0:0:0:0/block/sda:0/device L -> ../../../0:0:0:0
sys/devices/platform/host0/target0:0:0/0:0:0:0/block/sda:0/diag D 0755
sys/devices/platform/host0/target0:0:0/0:0:0:0/block/sda:0/diag/multipath_failover_count F 0644 "0\n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/block/sda:0/hidden F 0444 "1\n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/block/sda:0/inflight F 0444 "       0        0\n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/block/sda:0/make-it-fail F 0644 "0\n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/block/sda:0/make-it-slow F 0644 "0\n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/block/sda:0/mpath_dev F 0444 "8:0\n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/block/sda:0/mpath_numa_nodes F 0444 "0\n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/block/sda:0/mpath_queue_depth F 0444 ""
sys/devices/platform/host0/target0:0:0/0:0:0:0/block/sda:0/queue D 0755
sys/devices/platform/host0/target0:0:0/0:0:0:0/block/sda:0/size F 0444 "2048\n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/block/sda:0/state F 0444 "running\n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/block/sda:0/subsystem L -> ../../../../../../../class/block
sys/devices/platform/host0/target0:0:0/0:0:0:0/model F 0444 "mpathfs         \n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/rev F 0444 "1.0 \n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/state F 0444 "running\n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/subsystem L -> ../../../../../bus/scsi
sys/devices/platform/host0/target0:0:0/0:0:0:0/vendor F 0444 "mpathfs \n"
sys/devices/platform/host0/target0:0:0/0:0:0:0/wwid F 0444 "naa.600140505200a986f0043c9afa1fd077\n"
sys/devices/platform/host1 D 0755
sys/devices/platform/host1/target1:0:0 D 0755
sys/devices/platform/host1/target1:0:0/1:0:0:0 D 0755
sys/devices/platform/host1/target1:0:0/1:0:0:0/block D 0755
sys/devices/platform/host1/target1:0:0/1:0:0:0/block/sda:1 D 0755
sys/devices/platform/host1/target1:0:0/1:0:0:0/block/sda:1/device L -> ../../../1:0:0:0
sys/devices/platform/host1/target1:0:0/1:0:0:0/block/sda:1/diag D 0755
sys/devices/platform/host1/target1:0:0/1:0:0:0/block/sda:1/queue D 0755
sys/devices/platform/host1/target1:0:0/1:0:0:0/block/sda:1/subsystem L -> ../../../../../../../class/block
sys/devices/platform/host1/target1:0:0/1:0:0:0/subsystem L -> ../../../../../bus/scsi
sys/devices/virtual D 0755
sys/devices/virtual/nvme-fabrics D 0755
sys/devices/virtual/nvme-fabrics/ctl D 0755
sys/devices/virtual/nvme-fabrics/ctl/nvme0 D 0755
sys/devices/virtual/nvme-fabrics/ctl/nvme0/address F 0444 "traddr=/a\n"
sys/devices/virtual/nvme-fabrics/ctl/nvme0/cntlid F 0444 "1\n"
sys/devices/virtual/nvme-fabrics/ctl/nvme0/ctrl_loss_tmo F 0644 "600\n"
sys/devices/virtual/nvme-fabrics/ctl/nvme0/fast_io_fail_tmo F 0644 "off\n"
sys/devices/virtual/nvme-fabrics/ctl/nvme0/firmware_rev F 0444 "1.0     \n"
sys/devices/virtual/nvme-fabrics/ctl/nvme0/model F 0444 "mpathfs                                 \n"
sys/devices/virtual/nvme-fabrics/ctl/nvme0/numa_node F 0444 "0\n"
sys/devices/virtual/nvme-fabrics/ctl/nvme0/nvme0c0n1 D 0755
sys/devices/virtual/nvme-fabrics/ctl/nvme0/nvme0c0n1/ana_grpid F 0444 "1\n"
sys/devices/virtual/nvme-fabrics/ctl/nvme0/nvme0c0n1/ana_state F 0644 "optimized\n"
sys/devices/virtual/nvme-fabrics/ctl/nvme0/nvme0c0n1/device L -> ../../nvme0
sys/devices/virtual/nvme-fabrics/ctl/nvme0/nvme0c0n1/diag D 0755
sys/devices/virtual/nvme-fabrics/ctl/nvme0/nvme0c0n1/diag/multipath_failover_count F 0644 "0\n"
sys/devices/virtual/nvme-fabrics/ctl/nvme0/nvme0c0n1/hidden F 0444 "1\n"
sys/devices/virtual/nvme-fabrics/ctl/nvme0/nvme0c0n1/inflight F 0444 "       0        0\n"
sys/devices/virtual/nvme-fabrics/ctl/nvme0/nvme0c0n1/make-it-fail F 0644 "0\n"
sys/devices/virtual/nvme-fabrics/ctl/nvme0/nvme0c0n1/make-it-slow F 0644 "0\n"
sys/devices/virtual/nvme-fabrics/ctl/nvme0/nvme0c0n1/nsid F 0444 "1\n"
sys/devices/virtual/nvme-fabrics/ctl/nvme0/nvme0c0n1/numa_nodes F 0444 "0\n"
sys/devices/virtual/nvme-fabrics/ctl/nvme0/nvme0c0n1/queue D 0755
sys/devices/virtual/nvme-fabrics/ctl/nvme0/nvme0c0n1/queue_depth F 0444 ""
sys/devices/virtual/nvme-fabrics/ctl/nvme0/nvme0c0n1/size F 0444 "2048\n"
sys/devices/virtual/nvme-fabrics/ctl/nvme0/nvme0c0n1/state F 0444 "live\n"
sys/devices/virtual/nvme-fabrics/ctl/nvme0/nvme0c0n1/subsystem L -> ../../../../../../class/block
sys/devices/virtual/nvme-fabrics/ctl/nvme0/nvme0c0n1/uuid F 0444 "aaaaaaaa-0000-4000-8000-000000000002\n"
sys/devices/virtual/nvme-fabrics/ctl/nvme0/nvme0c0n1/wwid F 0444 "uuid.aaaaaaaa-0000-4000-8000-000000000002\n"
sys/devices/virtual/nvme-fabrics/ctl/nvme0/reconnect_delay F 0644 "10\n"
sys/devices/virtual/nvme-fabrics/ctl/nvme0/serial F 0444 "S1                  \n"
sys/devices/virtual/nvme-fabrics/ctl/nvme0/state F 0444 "live\n"
sys/devices/virtual/nvme-fabrics/ctl/nvme0/subsysnqn F 0444 "nqn.x\n"
sys/devices/virtual/nvme-fabrics/ctl/nvme0/subsystem L -> ../../../../../class/nvme
sys/devices/virtual/nvme-fabrics/ctl/nvme0/transport F 0444 "loop\n"
sys/devices/virtual/nvme-fabrics/ctl/nvme1 D 0755
sys/devices/virtual/nvme-fabrics/ctl/nvme1/nvme0c1n1 D 0755
sys/devices/virtual/nvme-fabrics/ctl/nvme1/nvme0c1n1/device L -> ../../nvme1
sys/devices/virtual/nvme-fabrics/ctl/nvme1/nvme0c1n1/diag D 0755
sys/devices/virtual/nvme-fabrics/ctl/nvme1/nvme0c1n1/queue D 0755
sys/devices/virtual/nvme-fabrics/ctl/nvme1/nvme0c1n1/subsystem L -> ../../../../../../class/block
sys/devices/virtual/nvme-fabrics/ctl/nvme1/subsystem L -> ../../../../../class/nvme
sys/devices/virtual/nvme-subsystem D 0755
sys/devices/virtual/nvme-subsystem/nvme-subsys0 D 0755
sys/devices/virtual/nvme-subsystem/nvme-subsys0/firmware_rev F 0444 "1.0     \n"
sys/devices/virtual/nvme-subsystem/nvme-subsys0/iopolicy F 0644 "numa\n"
sys/devices/virtual/nvme-subsystem/nvme-subsys0/model F 0444 "mpathfs                                 \n"
sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0 L -> ../../nvme-fabrics/ctl/nvme0
sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1 D 0755
sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1/delayed_removal_secs F 0644 "0\n"
sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1/device L -> ../../nvme-subsys0
sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1/diag D 0755
sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1/diag/io_fail_no_available_path_count F 0644 "0\n"
sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1/diag/io_requeue_no_usable_path_count F 0644 "0\n"
sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1/hidden F 0444 "0\n"
sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1/inflight F 0444 "       0        0\n"
sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1/multipath D 0755
sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1/multipath/nvme0c0n1 L -> ../../../../nvme-fabrics/ctl/nvme0/nvme0c0n1
sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1/multipath/nvme0c1n1 L -> ../../../../nvme-fabrics/ctl/nvme1/nvme0c1n1
sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1/nsid F 0444 "1\n"
sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1/queue D 0755
sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1/size F 0444 "2048\n"
sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1/subsystem L -> ../../../../../class/block
sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1/uuid F 0444 "aaaaaaaa-0000-4000-8000-000000000002\n"
sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1/wwid F 0444 "uuid.aaaaaaaa-0000-4000-8000-000000000002\n"
sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme1 L -> ../../nvme-fabrics/ctl/nvme1
sys/devices/virtual/nvme-subsystem/nvme-subsys0/serial F 0444 "S1                  \n"
sys/devices/virtual/nvme-subsystem/nvme-subsys0/subsysnqn F 0444 "nqn.x\n"
sys/devices/virtual/nvme-subsystem/nvme-subsys0/subsystem L -> ../../../../class/nvme-subsystem
sys/devices/virtual/nvme-subsystem/nvme-subsys0/subsystype F 0444 "nvm\n"
sys/devices/virtual/scsi_mpath_device D 0755
sys/devices/virtual/scsi_mpath_device/scsi_mpath_device0 D 0755
sys/devices/virtual/scsi_mpath_device/scsi_mpath_device0/iopolicy F 0644 "numa\n"
sys/devices/virtual/scsi_mpath_device/scsi_mpath_device0/multipath D 0755
sys/devices/virtual/scsi_mpath_device/scsi_mpath_device0/multipath/0:0:0:0 L -> ../../../../platform/host0/target0:0:0/0:0:0:0
sys/devices/virtual/scsi_mpath_device/scsi_mpath_device0/multipath/1:0:0:0 L -> ../../../../platform/host1/target1:0:0/1:0:0:0
sys/devices/virtual/scsi_mpath_device/scsi_mpath_device0/subsystem L -> ../../../../class/scsi_mpath_device
sys/devices/virtual/scsi_mpath_device/scsi_mpath_device0/vpd_id F 0444 "naa.600140505200a986f0043c9afa1fd077\n"
sys/devices/virtual/scsi_mpath_disk D 0755
sys/devices/virtual/scsi_mpath_disk/scsi_mpath_disk0 D 0755
sys/devices/virtual/scsi_mpath_disk/scsi_mpath_disk0/sda D 0755
sys/devices/virtual/scsi_mpath_disk/scsi_mpath_disk0/sda/delayed_removal_secs F 0644 "0\n"
sys/devices/virtual/scsi_mpath_disk/scsi_mpath_disk0/sda/device L -> ../../scsi_mpath_disk0
sys/devices/virtual/scsi_mpath_disk/scsi_mpath_disk0/sda/diag D 0755
sys/devices/virtual/scsi_mpath_disk/scsi_mpath_disk0/sda/diag/io_fail_no_available_path_count F 0644 "0\n"
sys/devices/virtual/scsi_mpath_disk/scsi_mpath_disk0/sda/diag/io_requeue_no_usable_path_count F 0644 "0\n"
sys/devices/virtual/scsi_mpath_disk/scsi_mpath_disk0/sda/hidden F 0444 "0\n"
sys/devices/virtual/scsi_mpath_disk/scsi_mpath_disk0/sda/inflight F 0444 "       0        0\n"
sys/devices/virtual/scsi_mpath_disk/scsi_mpath_disk0/sda/multipath D 0755
sys/devices/virtual/scsi_mpath_disk/scsi_mpath_disk0/sda/multipath/sda:0 L -> ../../../../../platform/host0/target0:0:0/0:0:0:0/block/sda:0
sys/devices/virtual/scsi_mpath_disk/scsi_mpath_disk0/sda/multipath/sda:1 L -> ../../../../../platform/host1/target1:0:0/1:0:0:0/block/sda:1
sys/devices/virtual/scsi_mpath_disk/scsi_mpath_disk0/sda/queue D 0755
sys/devices/virtual/scsi_mpath_disk/scsi_mpath_disk0/sda/size F 0444 "2048\n"
sys/devices/virtual/scsi_mpath_disk/scsi_mpath_disk0/sda/subsystem L -> ../../../../../class/block
sys/devices/virtual/scsi_mpath_disk/scsi_mpath_disk0/sda/wwid F 0444 "naa.600140505200a986f0043c9afa1fd077\n"
sys/devices/virtual/scsi_mpath_disk/scsi_mpath_disk0/subsystem L -> ../../../../class/scsi_mpath_disk
sys/fs D 0755
sys/fs/mpathfs D 0755
sys/fs/mpathfs/pid F 0444 "1\n"
sys/fs/mpathfs/transport F 0444 "ring\n"
sys/fs/mpathfs/version F 0444 "0.1.0\n"
`;

const LEFT_OUT = [
  /\/queue\/|\/class\/block\//,
  /\/(stat|removable|ro|dctype|cntrltype|type) F/,
  /(ctl\/nvme1|host1)\/.* F /,
];

async function setUp(t: ExecutionContext): Promise<{ fixture: Fixture; root: DirectoryNode }> {
  const fixture = new Fixture();
  t.teardown(() => fixture.end());
  const a = fixture.device('a');
  const topology = await fixture.build(
    disk([path(a, 0), path(a, 1)], NVME),
    disk([path(a, 0), path(a, 1)], SCSI),
  );
  return { fixture, root: buildTree(topology, INFO).root };
}

test('the tree of an NVMe and a SCSI disk', async (t) => {
  const { fixture, root } = await setUp(t);
  const lines = listing(root)
    .filter((line) => !LEFT_OUT.some((pattern) => pattern.test(line)))
    .map((line) => line.replace(fixture.directory, ''));
  t.deepEqual(lines, EXPECTED.trim().split('\n'));
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
    if (node.kind === 'disk') t.is(low, DISK_INO_BASE + node.head);
    else t.true(node.ino > 1 && node.ino < DISK_INO_BASE);
  }
});

test('a path that goes takes its directories and every link to them along', async (t) => {
  const { fixture, root } = await setUp(t);
  const attribute = at(root, 'sys/devices/virtual/nvme-fabrics/ctl/nvme0/nvme0c0n1/ana_state');
  const before = listing(root);
  const [first] = fixture.engine.controllers;
  if (first === undefined) return t.fail();
  await fixture.engine.removeController(first);
  const gone = /\/nvme0( |\/)|nvme0c0n1/;
  t.deepEqual(
    listing(root),
    before.filter((line) => !gone.test(line)),
  );
  t.true(attribute?.removed);
});

test('with the last path the disk goes, and then its subsystem', async (t) => {
  const { fixture, root } = await setUp(t);
  for (const head of fixture.engine.heads) await fixture.engine.removeHead(head);
  t.deepEqual(
    listing(root).filter((line) => /nvme0|nvme-subsys0|sda|host|mpath_d[a-z]+0/.test(line)),
    [],
  );
});

test('a delayed removal keeps the disk without its paths', async (t) => {
  const fixture = new Fixture();
  t.teardown(() => fixture.end());
  const a = fixture.device('a');
  const topology = await fixture.build(disk([path(a)], { ...NVME, delayed_removal_secs: 5 }));
  const { root } = buildTree(topology, INFO);
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
  const topology = await fixture.build(
    disk([path(fixture.device('a'))], { ...NVME, ctrl_loss_tmo: -1 }),
    disk([path(fixture.device('b'))], { ...SCSI, ctrl_loss_tmo: -1 }),
  );
  const { root } = buildTree(topology, INFO);
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
