/** What the tree shows of devices that say who they are. */
import test from 'ava';
import type { PathDevice } from '../../../src/topology/disk.js';
import { nvme, scsi } from '../topology/fixture.js';
import { at } from './listing.js';
import { FILE, NvmeModel } from './nvme-model.js';
import { ScsiFixture } from './scsi-fixture.js';

const SDEV = 'sys/devices/platform/host0/target0:0:0/0:0:0:0';
const PATH = 'sys/devices/virtual/nvme-fabrics/ctl/nvme0/nvme0c0n1';

function lun(rest: Partial<PathDevice> = {}, identity = scsi()): ScsiFixture {
  const fixture = new ScsiFixture();
  fixture.topology.emit('scsiDeviceAdded', fixture.device);
  fixture.addPath(0, { ...FILE, identity, ...rest });
  fixture.topology.emit('scsiHeadLive', fixture.device.disk);
  return fixture;
}

test('INQUIRY data and VPD pages are those that the unit sent, and no others', (t) => {
  const inquiry = Buffer.from('0000055b', 'hex');
  const page = Buffer.from('00830004deadbeef', 'hex');
  const fixture = lun({}, scsi({ inquiry, vpd: new Map([[0x83, page]]), vendor: 'V', model: 'M' }));
  t.deepEqual(fixture.bytes(`${SDEV}/inquiry`), inquiry);
  t.deepEqual(fixture.bytes(`${SDEV}/vpd_pg83`), page);
  for (const code of ['0', '80', 'b0', 'b1', 'b2']) {
    t.is(fixture.node(`${SDEV}/vpd_pg${code}`), undefined, code);
  }
  t.is(fixture.show(`${SDEV}/vendor`), 'V       \n');
  t.is(fixture.show(`${SDEV}/model`), 'M               \n');
  t.is(fixture.show(`${SDEV}/rev`), '4.0 \n');
  t.is(fixture.show(`${SDEV}/scsi_level`), '6\n');
});

test('access_state is the ALUA state of the unit, and is not there without ALUA', (t) => {
  for (const [state, shown] of [
    [0, 'active/optimized'],
    [1, 'active/non-optimized'],
    [2, 'standby'],
    [3, 'unavailable'],
    [4, 'lba-dependent'],
    [14, 'offline'],
    [15, 'transitioning'],
    [7, 'unknown'],
  ] as const) {
    const fixture = lun({ aluaState: state });
    t.is(fixture.show(`${SDEV}/access_state`), `${shown}\n`);
    t.is(fixture.attribute(`${SDEV}/access_state`).mode, 0o444);
    t.is(fixture.show(`${SDEV}/preferred_path`), '0\n');
  }
  const fixture = lun();
  t.is(fixture.node(`${SDEV}/access_state`), undefined);
  t.is(fixture.node(`${SDEV}/preferred_path`), undefined);
});

test('a new ALUA state has a uevent of its unit attention, one of a file has none', (t) => {
  const extra = (fixture: ScsiFixture): string[] => {
    fixture.uevents.length = 0;
    const [path] = fixture.device.disk.paths;
    fixture.topology.emit('accessState', path!);
    return fixture.uevents.map((text) => /SDEV_UA=.*|$/.exec(text)?.[0] ?? '');
  };
  t.deepEqual(extra(lun({ aluaState: 2 })), ['SDEV_UA=ASYMMETRIC_ACCESS_STATE_CHANGED']);
  t.deepEqual(extra(lun({ identity: undefined })), []);
});

test('preferred_path and marginal are those of the path', async (t) => {
  const fixture = ScsiFixture.withPaths(1);
  const [{ path }] = fixture.paths as [(typeof fixture.paths)[number]];
  path.preferred = true;
  t.is(fixture.show(`${SDEV}/preferred_path`), '1\n');
  const marginal = `${SDEV}/block/sda:0/marginal`;
  t.is(await fixture.store(marginal, '1\n'), 0);
  t.true(path.marginal);
  t.is(fixture.show(marginal), '1\n');
  const disk = at(fixture.root, `${SDEV}/block/sda:0`);
  if (disk?.kind !== 'directory') return t.fail();
  const heard: number[] = [];
  fixture.root.watch({
    entryRemoved: () => undefined,
    directoryChanged: () => undefined,
    attributeChanged: (ino) => heard.push(ino),
  });
  fixture.topology.emit('marginal', fixture.device.disk.paths[0]!);
  t.true(heard.includes(fixture.attribute(marginal).ino));
});

test('a controller without ANA has neither state nor group', (t) => {
  for (const [anaGrpid, there] of [
    [undefined, false],
    [4, true],
  ] as const) {
    const model = new NvmeModel();
    const head = model.head();
    model.path(head, model.controller(), { opened: { ...FILE, identity: nvme({ anaGrpid }) } });
    t.is(at(model.root, `${PATH}/ana_state`) !== undefined, there);
    const group = at(model.root, `${PATH}/ana_grpid`);
    t.is(group?.kind === 'attribute' ? group.show?.() : undefined, there ? '4\n' : undefined);
  }
});

test('a namespace with several ids shows all of them', (t) => {
  const model = new NvmeModel();
  const ids = {
    uuid: 'aaaaaaaa000040008000000000000001',
    nguid: '0123456789abcdef0123456789abcdef',
    eui64: '0011223344556677',
  };
  model.path(model.head({ ids }), model.controller());
  const show = (name: string): unknown => {
    const node = at(model.root, `${PATH}/${name}`);
    return node?.kind === 'attribute' ? node.show?.() : undefined;
  };
  t.is(show('uuid'), 'aaaaaaaa-0000-4000-8000-000000000001\n');
  t.is(show('nguid'), '01234567-89ab-cdef-0123-456789abcdef\n');
  t.is(show('eui'), '00 11 22 33 44 55 66 77\n');
});
