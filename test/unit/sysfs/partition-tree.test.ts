import test from 'ava';
import type { BlockDevice } from '../../../src/multipath/block-device.js';
import { PartitionTree } from '../../../src/sysfs/partition-tree.js';
import type { Limits } from '../../../src/shared/limits.js';
import type { HeadDisk, Partition } from '../../../src/topology/disk.js';
import { at, listing, resolve } from './listing.js';
import { LIMITS, NvmeModel } from './nvme-model.js';

const DISK = 'sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1';
const PART = `${DISK}/nvme0n1p2`;

interface Made {
  readonly model: NvmeModel;
  readonly disk: HeadDisk;
  readonly add: (rest?: Partial<Partition>) => Partition;
}

/** A live head whose partitions the test makes. */
function make(limits: Limits = LIMITS): Made {
  const model = new NvmeModel();
  new PartitionTree(model.roots, model.events);
  const disk = model.head();
  disk.limits = limits;
  model.live(disk);
  const add = (rest: Partial<Partition> = {}): Partition => {
    const partition = {
      name: 'nvme0n1p2',
      number: 2,
      disk,
      bdev: bdev(63 * 512, 1000 * 512, disk),
      devt: { major: 259, minor: 7 },
      uuid: '4d526257-f969-437c-a555-a5594e35a8da',
      label: 'root',
      ...rest,
    };
    model.events.emit('partitionAdded', partition);
    return partition;
  };
  return { model, disk, add };
}

function bdev(start: number, size: number, { head }: HeadDisk): BlockDevice {
  const stat = { ...head.bdev.stat, readIos: 3, readSectors: 24, readsInFlight: 1 };
  return {
    number: 9,
    generation: 1,
    head,
    start,
    size,
    stat,
    openers: 0,
  } as unknown as BlockDevice;
}

test('a partition is in its disk, in class/block, in dev/block and in dev', (t) => {
  const { model, add } = make();
  add();
  t.deepEqual(
    listing(at(model.root, DISK) as never).filter((line) => line.startsWith('nvme0n1p2')),
    [
      'nvme0n1p2 D 0755',
      'nvme0n1p2/alignment_offset F 0444 "0\\n"',
      'nvme0n1p2/dev F 0444 "259:7\\n"',
      'nvme0n1p2/discard_alignment F 0444 "0\\n"',
      'nvme0n1p2/holders D 0755',
      'nvme0n1p2/inflight F 0444 "       1        0\\n"',
      'nvme0n1p2/partition F 0444 "2\\n"',
      'nvme0n1p2/ro F 0444 "0\\n"',
      'nvme0n1p2/size F 0444 "1000\\n"',
      'nvme0n1p2/start F 0444 "63\\n"',
      `nvme0n1p2/stat F 0444 ${JSON.stringify(
        `${[3, 0, 24, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0].map((n) => String(n).padStart(8)).join(' ')}\n`,
      )}`,
      'nvme0n1p2/subsystem L -> ../../../../../../class/block',
      'nvme0n1p2/uevent F 0644 "MAJOR=259\\nMINOR=7\\nDEVNAME=nvme0n1p2\\nDEVTYPE=partition\\nDISKSEQ=1\\nPARTN=2\\nPARTNAME=root\\nPARTUUID=4d526257-f969-437c-a555-a5594e35a8da\\n"',
    ],
  );
  const directory = at(model.root, PART);
  for (const link of ['sys/class/block/nvme0n1p2', 'sys/dev/block/259:7']) {
    t.is(resolve(model.root, link), directory, link);
  }
  t.is(at(model.root, 'sys/block/nvme0n1p2'), undefined);
  const file = at(model.root, 'dev/nvme0n1p2');
  t.true(file?.kind === 'disk' && file.bdev === 9 && file.size() === 512000);
});

test('alignment is the way to the next physical block', (t) => {
  const { model, add } = make({ ...LIMITS, physicalBlockSize: 4096, discardGranularity: 65536 });
  add();
  // 63 sectors are 7 blocks of 4096 bytes and 7 sectors.
  t.is(shown(model, 'alignment_offset'), '512\n');
  t.is(shown(model, 'discard_alignment'), `${65 * 512}\n`);
});

test('alignment is 0 at the start of a block, or without discard', (t) => {
  const { model, add, disk } = make({ ...LIMITS, minimumIoSize: 4096, discardGranularity: 0 });
  add({ bdev: bdev(1 << 20, 4096, disk) });
  t.is(shown(model, 'alignment_offset'), '0\n');
  t.is(shown(model, 'discard_alignment'), '0\n');
});

test('an MBR partition has no name, its container no UUID; a name is made printable', (t) => {
  const { model, add } = make();
  add({ label: undefined, uuid: undefined });
  t.regex(shown(model, 'uevent'), /\nPARTN=2\n$/);
  add({ name: 'nvme0n1p3', number: 3, devt: { major: 259, minor: 8 }, label: 'a\t\u0142\u0100b' });
  t.regex(shown(model, 'uevent', 'nvme0n1p3'), /\nPARTNAME=a!B\n/);
});

test('it goes as a whole, and both are told', (t) => {
  const { model, add } = make();
  const before = listing(model.root);
  model.uevents.length = 0;
  const partition = add();
  const file = at(model.root, 'dev/nvme0n1p2');
  const size = at(model.root, `${PART}/size`);
  t.is(model.roots.partitions.size, 1);
  model.events.emit('partitionRemoved', partition);
  t.deepEqual(listing(model.root), before);
  t.true(file?.removed);
  t.true(size?.removed);
  t.is(model.roots.partitions.size, 0);
  const devpath = PART.replace('sys', '');
  t.deepEqual(model.uevents, [`add@${devpath}`, `remove@${devpath}`]);
});

function shown(model: NvmeModel, attribute: string, name = 'nvme0n1p2'): string {
  const node = at(model.root, `${DISK}/${name}/${attribute}`);
  const value = node?.kind === 'attribute' ? node.show?.() : undefined;
  return typeof value === 'string' ? value : '';
}
