import test from 'ava';
import type { BlockDevice } from '../../../src/multipath/block-device.js';
import { ById } from '../../../src/sysfs/by-id.js';
import { nvmeNames, partLabel, scsiNames } from '../../../src/sysfs/by-id-names.js';
import { PartitionTree } from '../../../src/sysfs/partition-tree.js';
import type { HeadDisk, Partition } from '../../../src/topology/disk.js';
import type { NvmeHead } from '../../../src/topology/nvme.js';
import type { ScsiHead } from '../../../src/topology/scsi.js';
import { at, listing, resolve } from './listing.js';
import { NvmeModel } from './nvme-model.js';

const WWID = 'uuid.aaaaaaaa-0000-4000-8000-000000000002';

function make(): NvmeModel {
  const model = new NvmeModel();
  new PartitionTree(model.roots, model.events);
  new ById(model.roots, model.events);
  return model;
}

function partition(disk: HeadDisk, number: number, rest: Partial<Partition> = {}): Partition {
  return {
    name: `${disk.name}p${number}`,
    number,
    disk,
    bdev: { number: 20 + number, generation: 0 } as BlockDevice,
    devt: { major: 259, minor: 20 + number },
    uuid: undefined,
    label: undefined,
    ...rest,
  };
}

/** `by-id/x -> target`. */
function links(model: NvmeModel): string[] {
  const disk = at(model.root, 'dev/disk');
  if (disk?.kind !== 'directory') return [];
  return listing(disk)
    .filter((line) => line.includes(' L -> '))
    .map((line) => line.replace(' L -> ', ' '));
}

test('a head and its partitions have their names while they are there', (t) => {
  const model = make();
  const head = model.head();
  t.deepEqual(links(model), []);
  model.live(head);
  const names = [`by-id/nvme-mpathfs_S1`, 'by-id/nvme-mpathfs_S1_1', `by-id/nvme-${WWID}`];
  const ofDisk = names.map((name) => `${name} ../../nvme0n1`);
  t.deepEqual(links(model), ofDisk);
  t.is(resolve(model.root, `dev/disk/by-id/nvme-${WWID}`), at(model.root, 'dev/nvme0n1'));

  const first = partition(head, 1, { uuid: 'abcd-01', label: 'EFI system' });
  model.events.emit('partitionAdded', first);
  t.deepEqual(
    links(model),
    [
      ...names.flatMap((name) => [`${name} ../../nvme0n1`, `${name}-part1 ../../nvme0n1p1`]),
      'by-partlabel/EFI\\x20system ../../nvme0n1p1',
      'by-partuuid/abcd-01 ../../nvme0n1p1',
    ].sort((a, b) => (a.split(' ')[0]! < b.split(' ')[0]! ? -1 : 1)),
  );
  model.events.emit('partitionRemoved', first);
  t.deepEqual(links(model), ofDisk);
  model.removeHead(head);
  t.deepEqual(links(model), []);
  t.is(at(model.root, 'dev/disk/by-id')?.kind, 'directory');
});

test('the first has a name, and the next gets it when it goes', (t) => {
  const model = make();
  const heads = [model.head(), model.head(), model.head(), model.head()] as const;
  for (const head of heads) model.live(head);
  const owner = (): string | undefined =>
    links(model)
      .find((line) => line.startsWith('by-id/nvme-mpathfs_S1 '))
      ?.split('/')
      .at(-1);
  t.is(owner(), 'nvme0n1');
  model.removeHead(heads[1]);
  t.is(owner(), 'nvme0n1', 'one that had to wait went');
  model.removeHead(heads[3]);
  model.removeHead(heads[0]);
  t.is(owner(), 'nvme0n3');
  t.true(links(model).includes(`by-id/nvme-${WWID} ../../nvme0n3`));
  model.removeHead(heads[2]);
  t.deepEqual(links(model), []);
});

test('a name that no file can have is left out', (t) => {
  const model = make();
  const head = model.head();
  model.live(head);
  const before = links(model);
  for (const [i, label] of ['..', '.', ' ', 'x'.repeat(256)].entries()) {
    model.events.emit('partitionAdded', partition(head, i + 1, { label }));
  }
  t.deepEqual(
    links(model).filter((line) => !/-part\d/.test(line)),
    before,
  );
});

test('NVMe names: blanks and what is not safe become _', (t) => {
  const named = (model: string, serial: string, nsid = 1): string[] =>
    nvmeNames({ wwid: WWID, nsid, subsystem: { model, serial } } as NvmeHead).slice(1);
  t.deepEqual(named('QEMU NVMe Ctrl          ', 'S0  ', 7), [
    'nvme-QEMU_NVMe_Ctrl_S0',
    'nvme-QEMU_NVMe_Ctrl_S0_7',
  ]);
  t.deepEqual(named('a  b/c', '#+-.:=@_$"é', 2), [
    'nvme-a__b_c_#+-.:=@___é',
    'nvme-a__b_c_#+-.:=@___é_2',
  ]);
  t.deepEqual(named('', 'S0'), []);
  t.deepEqual(named('model', '  '), []);
});

test('SCSI names: by designator, and by serial number', (t) => {
  const named = (wwid: string, rest: Partial<ScsiHead> = {}): string[] =>
    scsiNames({ wwid, vendor: 'MPATHFS', model: 'disk', serial: '1', ...rest } as ScsiHead);
  const serial = 'scsi-SMPATHFS_disk_1';
  t.deepEqual(named('naa.3000000000000001'), [
    'wwn-0x3000000000000001',
    'scsi-33000000000000001',
    serial,
  ]);
  t.deepEqual(named('eui.0123456789abcdef'), ['scsi-20123456789abcdef', serial]);
  t.deepEqual(named('t10.ATA     Disk  X/1 '), ['scsi-1ATA_Disk_X_1', serial]);
  t.deepEqual(named('uuid.01234567-89ab-cdef-0123-456789abcdef'), [serial]);
  t.deepEqual(named('uuid.x', { vendor: 'A  B ', model: ' c', serial: '' }), []);
  t.deepEqual(named('uuid.x', { vendor: ' A  B ', model: ' c', serial: '9 ' }), ['scsi-SA_B_c_9']);
});

test('partition labels are escaped as libblkid does', (t) => {
  t.is(partLabel('Microsoft reserved partition '), 'Microsoft\\x20reserved\\x20partition');
  t.is(partLabel('a/b\\c%\u0001'), 'a\\x2fb\\x5cc\\x25\\x01');
  t.is(partLabel('Größe-日本'), 'Größe-日本');
  t.is(partLabel('\ud800'), '\ufffd');
});
