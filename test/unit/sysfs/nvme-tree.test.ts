import test from 'ava';
import type { TreeWatcher } from '../../../src/fuse/node.js';
import { ControllerState } from '../../../src/multipath/names.js';
import type { Device } from '../../../src/sysfs/device.js';
import { buildTree } from '../../../src/sysfs/tree.js';
import { disk, Fixture, path as pathTo } from '../topology/fixture.js';
import { at, nodes } from './listing.js';
import { INFO, NvmeModel } from './nvme-model.js';

const SUBSYSTEM = '/devices/virtual/nvme-subsystem/nvme-subsys0';
const CTL = '/devices/virtual/nvme-fabrics/ctl';

/** Which entries leave and which attributes change, by path. */
function watch(model: NvmeModel): string[] {
  const told: string[] = [];
  const watcher: TreeWatcher = {
    entryRemoved: ({ ino }, name) => {
      told.push(`-${pathOf(ino)}/${name}`);
    },
    directoryChanged: () => undefined,
    attributeChanged: (ino) => {
      told.push(pathOf(ino));
    },
  };
  const pathOf = (ino: number): string => {
    for (const [path, node] of nodes(model.root)) if (node.ino === ino) return `/${path}`.slice(4);
    return '?';
  };
  model.root.watch(watcher);
  return told;
}

test('devices announce themselves and leave in the order of the kernel', (t) => {
  const model = new NvmeModel();
  const controller = model.controller();
  const head = model.head();
  const path = model.path(head, controller);
  model.live(head);
  model.removePath(path);
  model.removeHead(head);
  model.subsystem.controllers.pop();
  model.events.emit('controllerRemoved', controller);
  model.events.emit('subsystemRemoved', model.subsystem);
  // Hidden disks have no uevents.
  t.deepEqual(model.uevents, [
    `add@${CTL}/nvme0`,
    `add@${SUBSYSTEM}/nvme0n1`,
    `add@${SUBSYSTEM}/ng0n1`,
    `remove@${SUBSYSTEM}/ng0n1`,
    `remove@${SUBSYSTEM}/nvme0n1`,
    `remove@${CTL}/nvme0`,
    `remove@${SUBSYSTEM}`,
  ]);
  t.is(at(model.root, 'dev/nvme0n1'), undefined);
  t.deepEqual(
    [...nodes(model.root)].filter(([place]) => /nvme\d|ng\d/.test(place)),
    [],
  );
});

test('the uevent of a head says what the file uevent says', (t) => {
  const model = new NvmeModel();
  const head = model.head();
  const texts: string[] = [];
  model.roots.uevents.listen((text) => texts.push(text));
  model.live(head);
  t.is(
    texts[0],
    `add@${SUBSYSTEM}/nvme0n1\nACTION=add\nDEVPATH=${SUBSYSTEM}/nvme0n1\nSUBSYSTEM=block\n` +
      'MAJOR=259\nMINOR=0\nDEVNAME=nvme0n1\nDEVTYPE=disk\nDISKSEQ=1\nSEQNUM=2\n\n',
  );
});

test('a head links to its paths, whichever comes first', (t) => {
  const model = new NvmeModel();
  const head = model.head();
  const first = model.path(head, model.controller());
  model.live(head);
  model.path(head, model.controller());
  const links = (): string[] => {
    const multipath = at(model.root, `sys${SUBSYSTEM}/nvme0n1/multipath`);
    return multipath?.kind === 'directory' ? [...multipath.children()].map(([name]) => name) : [];
  };
  t.deepEqual(links(), ['nvme0c0n1', 'nvme0c1n1']);
  model.removePath(first);
  t.deepEqual(links(), ['nvme0c1n1']);
});

test('the link to a path goes before the path, and its last link before its directory', (t) => {
  const model = new NvmeModel();
  const head = model.head();
  const path = model.path(head, model.controller());
  model.live(head);
  const told = watch(model);
  model.removePath(path);
  const gone = told.filter((line) => line.startsWith('-'));
  const place = (name: string): number => gone.findIndex((line) => line.endsWith(name));
  t.true(place('/multipath/nvme0c0n1') >= 0);
  t.true(place('/block/nvme0c0n1') >= 0);
  t.is(place('ctl/nvme0/nvme0c0n1'), gone.length - 1);
});

test('a controller that is live again: change of its heads, then connected', (t) => {
  const model = new NvmeModel();
  const controller = model.controller();
  const head = model.head();
  model.path(head, controller);
  model.live(head);
  const partition = {
    uevent: (action: string) => {
      model.uevents.push(`${action} of the partition`);
    },
  };
  const key = { disk: head } as never;
  (head.partitions as unknown[]).push(key);
  model.roots.partitions.set(key, partition as unknown as Device);
  model.uevents.length = 0;
  const told = watch(model);
  model.state(controller, ControllerState.RESETTING);
  model.state(controller, ControllerState.CONNECTING);
  t.deepEqual(model.uevents, []);
  model.state(controller, ControllerState.LIVE);
  t.deepEqual(model.uevents, [
    `change@${SUBSYSTEM}/nvme0n1`,
    'change of the partition',
    `change@${CTL}/nvme0 NVME_EVENT=connected`,
  ]);
  t.is(told.filter((line) => line === `${CTL}/nvme0/state`).length, 3);
});

test('a head that is not there yet has no uevent when its controller is live', (t) => {
  const model = new NvmeModel();
  const controller = model.controller();
  model.path(model.head(), controller);
  model.uevents.length = 0;
  model.state(controller, ControllerState.LIVE);
  t.deepEqual(model.uevents, [`change@${CTL}/nvme0 NVME_EVENT=connected`]);
});

test('what changes wakes those who poll it', (t) => {
  const model = new NvmeModel();
  const head = model.head();
  const path = model.path(head, model.controller());
  model.live(head);
  const told = watch(model);
  const users = [`${CTL}/nvme0/nvme0c0n1/numa_nodes`, `${CTL}/nvme0/nvme0c0n1/queue_depth`];
  model.subsystem.iopolicy = 1;
  t.deepEqual(told.splice(0), [`${SUBSYSTEM}/iopolicy`, ...users]);
  model.events.emit('accessState', path);
  t.deepEqual(told.splice(0), [`${CTL}/nvme0/nvme0c0n1/ana_state`, ...users]);
  model.uevents.length = 0;
  model.events.emit('resized', head);
  t.deepEqual(told.splice(0), [`${CTL}/nvme0/nvme0c0n1/size`, `${SUBSYSTEM}/nvme0n1/size`]);
  t.deepEqual(model.uevents, [`change@${SUBSYSTEM}/nvme0n1 RESIZE=1`]);
});

test('an open attribute of what is gone is removed', (t) => {
  const model = new NvmeModel();
  const head = model.head();
  const path = model.path(head, model.controller());
  const attribute = at(model.root, `sys${CTL}/nvme0/nvme0c0n1/queue/zoned`);
  t.false(attribute?.removed);
  model.removePath(path);
  t.true(attribute?.removed);
});

test('class and number directories are there before any device', (t) => {
  const { root } = new NvmeModel();
  for (const place of ['class/nvme', 'class/nvme-generic', 'class/block', 'dev/block', 'block']) {
    t.is(at(root, `sys/${place}`)?.kind, 'directory', place);
  }
});

test('the uevents of a real topology: add, reset, resize, delete', async (t) => {
  const fixture = new Fixture();
  t.teardown(() => fixture.end());
  const root = buildTree(fixture.topology, INFO);
  const file = at(root, 'sys/kernel/uevents');
  if (file?.kind !== 'stream') return t.fail();
  const stream = file.open(() => undefined);
  const told = (): string[] => {
    const read = stream.read(1 << 20);
    if (typeof read === 'number') return [];
    const texts = Buffer.from(read).toString().split('\n\n').slice(0, -1);
    return texts.map((text) =>
      text
        .split('\n')
        .filter((line) => /@|^(RESIZE|NVME_EVENT)=/.test(line))
        .join(' '),
    );
  };
  const paths = ['a', 'b'].map((name) => pathTo(fixture.device(name)));
  await fixture.build(disk(paths, { subsysnqn: 'nqn.x' }));
  const added = told();
  t.deepEqual(
    added.filter((text) => text.startsWith('add')).sort(),
    [
      `add@${CTL}/nvme0`,
      `add@${CTL}/nvme1`,
      `add@${SUBSYSTEM}`,
      `add@${SUBSYSTEM}/ng0n1`,
      `add@${SUBSYSTEM}/nvme0n1`,
    ].sort(),
  );
  t.deepEqual(
    added.filter((text) => text.includes('NVME_EVENT')),
    [`change@${CTL}/nvme0 NVME_EVENT=connected`, `change@${CTL}/nvme1 NVME_EVENT=connected`],
  );
  const [first, second] = fixture.topology.subsystems[0]?.controllers ?? [];
  t.is(await first?.reset(), 0);
  t.deepEqual(told(), [`change@${SUBSYSTEM}/nvme0n1`, `change@${CTL}/nvme0 NVME_EVENT=connected`]);
  fixture.device('a', 2 << 20);
  await first?.rescan();
  t.deepEqual(told(), [`change@${SUBSYSTEM}/nvme0n1 RESIZE=1`]);
  await first?.delete();
  t.deepEqual(told(), [`remove@${CTL}/nvme0`]);
  await second?.delete();
  t.deepEqual(told(), [
    `remove@${SUBSYSTEM}/ng0n1`,
    `remove@${SUBSYSTEM}/nvme0n1`,
    `remove@${CTL}/nvme1`,
    `remove@${SUBSYSTEM}`,
  ]);
});
