import { truncateSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import { AccessState } from '../../../src/multipath/names.js';
import { Directory } from '../../../src/sysfs/directory.js';
import { makeRoots, type Roots } from '../../../src/sysfs/roots.js';
import { ScsiTree } from '../../../src/sysfs/scsi-tree.js';
import { disk, Fixture, path } from '../topology/fixture.js';
import { at, listing } from './listing.js';

/** The tree of a real topology. */

const SDEV = 'sys/devices/platform/host0/target0:0:0/0:0:0:0';
const HEAD = 'sys/devices/virtual/scsi_mpath_disk/scsi_mpath_disk0/sda';

class Live extends Fixture {
  readonly root = Directory.root();
  readonly roots: Roots = makeRoots(this.root);
  readonly notified: number[] = [];
  readonly devices = ['a', 'b'].map((name) => this.device(name));

  constructor() {
    super();
    new ScsiTree(this.roots, this.topology, { reactors: 2, queueDepth: 64 });
    this.root.watch({
      entryRemoved: () => undefined,
      directoryChanged: () => undefined,
      attributeChanged: (ino) => this.notified.push(ino),
    });
  }

  static async start(t: ExecutionContext): Promise<Live> {
    const live = new Live();
    t.teardown(() => live.end());
    const paths = live.devices.map((device) => path(device, 0));
    await live.build(disk(paths, { kind: 'scsi', wwid: 'naa.3000000000000001' }));
    return live;
  }

  show(place: string): unknown {
    const node = at(this.root, place);
    return node?.kind === 'attribute' ? node.show?.() : undefined;
  }

  async store(place: string, text: string): Promise<number | undefined> {
    const node = at(this.root, place);
    return node?.kind === 'attribute' ? node.store?.(text) : undefined;
  }

  names(place: string): string[] {
    const node = at(this.root, place);
    return node?.kind === 'directory' ? [...node.children()].map(([name]) => name).sort() : [];
  }
}

test('a deleted device is found again by a scan of its host, and all is as it was', async (t) => {
  const live = await Live.start(t);
  const lines = (): string[] =>
    listing(live.root).filter((line) => !/ISKSEQ|diskseq|mpath_numa_nodes/.test(line));
  const before = lines();
  t.deepEqual(live.names(`${HEAD}/multipath`), ['sda:0', 'sda:1']);
  const state = at(live.root, `${SDEV}/state`);
  t.is(await live.store(`${SDEV}/delete`, '1\n'), 0);
  t.deepEqual(live.names(`${HEAD}/multipath`), ['sda:1']);
  t.deepEqual(live.names('sys/class/scsi_device'), ['1:0:0:0']);
  t.true(state?.kind === 'attribute' && state.removed);
  t.deepEqual(live.names('sys/class/scsi_host'), ['host0', 'host1']);
  t.is(await live.store('sys/devices/platform/host0/scsi_host/host0/scan', '- - -\n'), 0);
  t.deepEqual(lines(), before);
});

test('an offline device takes no I/O until it runs again', async (t) => {
  const live = await Live.start(t);
  const head = live.topology.scsiDevices[0]?.disk.head;
  const nodes = (): unknown[] =>
    [0, 1].map((p) => {
      const sdev = SDEV.replaceAll('0:0:0', `${p}:0:0`).replace('host0', `host${p}`);
      return live.show(`${sdev}/block/sda:${p}/mpath_numa_nodes`);
    });
  t.deepEqual(nodes(), ['0-1\n', '\n']);
  t.is(await live.store(`${SDEV}/state`, 'offline\n'), 0);
  t.is(live.show(`${SDEV}/state`), 'offline\n');
  t.is(nodes()[0], '\n');
  t.is(await live.store(`${SDEV}/state`, 'running\n'), 0);
  t.is(live.show(`${SDEV}/state`), 'running\n');
  t.true(head?.live);
});

test('a grown device grows the head when it is rescanned', async (t) => {
  const live = await Live.start(t);
  for (const device of live.devices) truncateSync(device, 2 << 20);
  const size = at(live.root, `${HEAD}/size`)?.ino ?? 0;
  t.is(await live.store(`${SDEV}/rescan`, '1'), 0);
  t.is(live.show(`${HEAD}/size`), '4096\n');
  t.true(live.notified.includes(size));
});

test('a new access state is seen, and heard', async (t) => {
  const live = await Live.start(t);
  const { ino = 0 } = at(live.root, `${SDEV}/access_state`) ?? {};
  live.topology.disks[0]!.paths[0]!.path.accessState = AccessState.INACCESSIBLE;
  t.is(live.show(`${SDEV}/access_state`), 'standby\n');
  t.true(live.notified.includes(ino));
});

test("iopolicy is the head's, and heard", async (t) => {
  const live = await Live.start(t);
  const place = 'sys/devices/virtual/scsi_mpath_device/scsi_mpath_device0/iopolicy';
  const { ino = 0 } = at(live.root, place) ?? {};
  t.is(await live.store(place, 'queue-depth\n'), 0);
  t.is(live.topology.scsiDevices[0]?.disk.head.iopolicy, 2);
  t.true(live.notified.includes(ino));
  t.is(live.show(`${SDEV}/block/sda:0/mpath_queue_depth`), '0\n');
});

test('with its last path the disk goes, and leaves nothing but its hosts', async (t) => {
  const live = await Live.start(t);
  const second = SDEV.replaceAll('0:0:0', '1:0:0').replace('host0', 'host1');
  t.is(await live.store(`${second}/delete`, '1'), 0);
  t.is(await live.store(`${SDEV}/delete`, '1'), 0);
  t.deepEqual(live.names('dev'), []);
  t.deepEqual(live.names('sys/block'), []);
  t.deepEqual(live.names('sys/dev/block'), []);
  for (const name of ['scsi_device', 'scsi_disk', 'scsi_mpath_device', 'scsi_mpath_disk']) {
    t.deepEqual(live.names(`sys/class/${name}`), [], name);
  }
  t.deepEqual(live.names('sys/class/scsi_host'), ['host0', 'host1']);
});
