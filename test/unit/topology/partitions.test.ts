import test from 'ava';
import { EventEmitter } from 'eventemitter3';
import { crc32 } from 'node:zlib';
import type { BlockDevice } from '../../../src/multipath/block-device.js';
import { EngineError } from '../../../src/multipath/errors.js';
import type { Head } from '../../../src/multipath/head.js';
import { Errno } from '../../../src/shared/errno.js';
import { BLOCK_EXT_MAJOR, DevtNumbers } from '../../../src/topology/devt-numbers.js';
import type { TopologyEvents } from '../../../src/topology/events.js';
import { PartitionScanner, type ScannedDisk } from '../../../src/topology/partitions.js';
import { TABLE_VECTORS } from './partition-vectors.js';
import { TableImage } from './table-image.js';

const MIB = 1 << 20;

/** A scanner over disks that are images, and an engine that only keeps count. */
class Rig {
  readonly events = new EventEmitter<TopologyEvents>();
  /** `+nvme0n1p1`, `-nvme0n1p1`. */
  readonly told: string[] = [];
  readonly devts = new DevtNumbers(BLOCK_EXT_MAJOR);
  readonly images = new Map<Head, TableImage>();
  /** Partitions that the engine has, and how many it may have. */
  readonly bdevs = new Set<BlockDevice>();
  room = 300;
  /** Reads wait for it. */
  gate: Promise<void> = Promise.resolve();
  scans = 0;
  mostScans = 0;
  readonly scanner = new PartitionScanner({
    engine: {
      addPartition: (head, start, size) => this.#addPartition(head, start, size),
      removePartition: async (bdev) => {
        await new Promise(setImmediate);
        this.bdevs.delete(bdev);
      },
    },
    read: (head, offset) => this.#read(head, offset),
    devts: this.devts,
    events: this.events,
  });

  constructor() {
    this.events.on('partitionAdded', ({ name }) => this.told.push(`+${name}`));
    this.events.on('partitionRemoved', ({ name }) => this.told.push(`-${name}`));
  }

  /** What was told since the last call. */
  news(): string[] {
    return this.told.splice(0);
  }

  disk(name = 'nvme0n1', blockSize = 512): { disk: ScannedDisk; image: TableImage } {
    const head = { capacity: MIB, removed: false } as Head;
    const image = new TableImage(MIB, blockSize);
    this.images.set(head, image);
    const minor = name === 'sdb' ? 16 : this.devts.take().minor;
    const major = name === 'sdb' ? 8 : BLOCK_EXT_MAJOR;
    const rest = { head, blockSize, devt: { major, minor }, partitions: [] };
    return { disk: { name, ...rest } as unknown as ScannedDisk, image };
  }

  #addPartition(head: Head, start: number, size: number): BlockDevice {
    if (this.bdevs.size >= this.room) throw new EngineError('ERR_TABLE_FULL', 'full');
    const bdev = { head, start, size, openers: 0 } as BlockDevice;
    this.bdevs.add(bdev);
    return bdev;
  }

  async #read(head: Head, offset: number): Promise<Uint8Array> {
    this.mostScans = Math.max(this.mostScans, ++this.scans);
    try {
      await this.gate;
      const image = this.images.get(head);
      if (image === undefined) throw Object.assign(new Error('EIO'), { errno: Errno.EIO });
      return await image.read(offset);
    } finally {
      this.scans--;
    }
  }
}

function summary({ partitions }: ScannedDisk): string[] {
  return partitions.map(({ name, bdev, devt: { major, minor }, uuid }) =>
    [name, bdev.start / 512, bdev.size / 512, `${major}:${minor}`, uuid ?? ''].join(' '),
  );
}

test('a scan adds what the table has, the next one changes nothing', async (t) => {
  const rig = new Rig();
  const { disk, image } = rig.disk();
  image.record(0, 0, 0x83, 8, 16);
  image.record(0, 3, 0x83, 32, 16);
  t.is(await rig.scanner.scan(disk), 0);
  t.deepEqual(summary(disk), [
    'nvme0n1p1 8 16 259:1 00000000-01',
    'nvme0n1p4 32 16 259:2 00000000-04',
  ]);
  t.deepEqual(rig.news(), ['+nvme0n1p1', '+nvme0n1p4']);
  const before = [...disk.partitions];
  t.is(await rig.scanner.scan(disk), 0);
  t.deepEqual(rig.news(), []);
  t.true(before.every((partition, i) => partition === disk.partitions[i]));
});

test('what changed goes and comes again, the rest stays', async (t) => {
  const rig = new Rig();
  const { disk, image } = rig.disk();
  for (const slot of [0, 1, 2]) image.record(0, slot, 0x83, 8 + slot * 16, 16);
  await rig.scanner.scan(disk);
  const [first] = disk.partitions;
  rig.news();
  image.record(0, 1, 0x83, 24, 8);
  image.record(0, 2, 0, 0, 0);
  image.record(0, 3, 0x83, 100, 8);
  t.is(await rig.scanner.scan(disk), 0);
  t.deepEqual(rig.news(), ['-nvme0n1p2', '-nvme0n1p3', '+nvme0n1p2', '+nvme0n1p4']);
  t.is(disk.partitions[0], first);
  t.deepEqual(summary(disk), [
    'nvme0n1p1 8 16 259:1 00000000-01',
    'nvme0n1p2 24 8 259:2 00000000-02',
    'nvme0n1p4 100 8 259:3 00000000-04',
  ]);
  t.is(rig.bdevs.size, 3);
});

test('another signature of the disk is another UUID, so another partition', async (t) => {
  const rig = new Rig();
  const { disk, image } = rig.disk();
  image.record(0, 0, 0x83, 8, 16);
  await rig.scanner.scan(disk);
  rig.news();
  image.write(0x1b8, [1]);
  t.is(await rig.scanner.scan(disk), 0);
  t.deepEqual(rig.news(), ['-nvme0n1p1', '+nvme0n1p1']);
  t.deepEqual(summary(disk), ['nvme0n1p1 8 16 259:1 00000001-01']);
});

test('a new name in a GPT is another partition', async (t) => {
  const rig = new Rig();
  const { disk } = rig.disk();
  const [vector] = TABLE_VECTORS;
  if (vector === undefined) throw new Error('no vector');
  const image = TableImage.of(vector);
  (disk.head as { capacity: number }).capacity = image.capacity;
  rig.images.set(disk.head, image);
  await rig.scanner.scan(disk);
  rig.news();
  image.write(1024 + 56, [0x46]);
  const first = await image.read(0);
  const rest = await Promise.all([4096, 8192, 12288, 16384].map((offset) => image.read(offset)));
  const entries = Buffer.concat([first, ...rest]).subarray(1024, 17408);
  image.header(1, (header) => header.setUint32(88, crc32(entries), true));
  t.is(await rig.scanner.scan(disk), 0);
  t.deepEqual(rig.news(), ['-nvme0n1p1', '+nvme0n1p1']);
  t.is(disk.partitions[0]?.label, 'First');
});

test('the list is in the order of the numbers', async (t) => {
  const rig = new Rig();
  const { disk, image } = rig.disk();
  image.record(0, 3, 0x83, 100, 8);
  await rig.scanner.scan(disk);
  image.record(0, 0, 0x83, 8, 8);
  await rig.scanner.scan(disk);
  t.deepEqual(
    disk.partitions.map(({ number }) => number),
    [1, 4],
  );
});

test('nothing changes while a partition that has to go is open', async (t) => {
  const rig = new Rig();
  const { disk, image } = rig.disk();
  image.record(0, 0, 0x83, 8, 16);
  image.record(0, 1, 0x83, 24, 16);
  await rig.scanner.scan(disk);
  const before = summary(disk);
  const [first, second] = disk.partitions;
  rig.news();
  image.record(0, 0, 0x83, 8, 8);
  image.record(0, 1, 0, 0, 0);
  image.record(0, 2, 0x83, 100, 8);
  open(second, 1);
  t.is(await rig.scanner.scan(disk), -Errno.EBUSY);
  t.deepEqual(summary(disk), before);
  t.deepEqual(rig.news(), []);

  // One that stays may be open.
  open(second, -1);
  image.record(0, 0, 0x83, 8, 16);
  open(first, 1);
  t.is(await rig.scanner.scan(disk), 0);
  t.deepEqual(rig.news(), ['-nvme0n1p2', '+nvme0n1p3']);
});

test('an error of a read changes nothing', async (t) => {
  const rig = new Rig();
  const { disk, image } = rig.disk();
  image.record(0, 0, 0x83, 8, 16);
  await rig.scanner.scan(disk);
  rig.images.delete(disk.head);
  t.is(await rig.scanner.scan(disk), -Errno.EIO);
  t.is(disk.partitions.length, 1);
  rig.images.set(disk.head, image);
  image.record(0, 0, 0, 0, 0);
  t.is(await rig.scanner.scan(disk), 0);
  t.is(disk.partitions.length, 0);
});

test('the table of a disk that has grown is of the whole disk', async (t) => {
  const rig = new Rig();
  const { disk, image } = rig.disk();
  image.record(0, 0, 0x83, 8, 4000);
  await rig.scanner.scan(disk);
  t.is(disk.partitions[0]?.bdev.size, MIB - 8 * 512);
  (disk.head as { capacity: number }).capacity = 2 * MIB;
  await rig.scanner.scan(disk);
  t.is(disk.partitions[0]?.bdev.size, 4000 * 512);
});

test('no room: what there is room for', async (t) => {
  const rig = new Rig();
  const { disk, image } = rig.disk();
  image.record(0, 0, 0x83, 8, 16);
  image.record(0, 1, 0x83, 24, 16);
  rig.room = 1;
  t.is(await rig.scanner.scan(disk), -Errno.ENOSPC);
  t.deepEqual(rig.news(), ['+nvme0n1p1']);
  rig.room = 2;
  t.is(await rig.scanner.scan(disk), 0);
  t.deepEqual(rig.news(), ['+nvme0n1p2']);
  t.is(disk.partitions[1]?.devt.minor, 2, 'the refused one took no number');
});

test('a removed disk loses its partitions at once, open ones too', async (t) => {
  const rig = new Rig();
  const { disk, image } = rig.disk();
  image.record(0, 0, 0x83, 8, 16);
  image.record(0, 1, 0x83, 24, 16);
  await rig.scanner.scan(disk);
  open(disk.partitions[0], 1);
  rig.news();
  rig.scanner.drop(disk);
  t.deepEqual(rig.news(), ['-nvme0n1p1', '-nvme0n1p2']);
  t.deepEqual(disk.partitions, []);
  t.is(await rig.scanner.scan(disk), 0);
  t.deepEqual(rig.news(), []);
  await new Promise(setImmediate);
  t.is(rig.bdevs.size, 0);
  t.is(rig.devts.take().minor, 1, 'its numbers are free');
});

for (const fails of [false, true]) {
  test(`a disk that goes while it is read${fails ? ', which fails,' : ''} gets no partitions`, async (t) => {
    const rig = new Rig();
    const { disk, image } = rig.disk();
    image.record(0, 0, 0x83, 8, 16);
    const open = gate(rig);
    const scan = rig.scanner.scan(disk);
    await new Promise(setImmediate);
    rig.scanner.drop(disk);
    if (fails) rig.images.delete(disk.head);
    open();
    t.is(await scan, 0);
    t.deepEqual(rig.news(), []);
  });
}

test('a disk that goes while its old partitions are removed gets no new ones', async (t) => {
  const rig = new Rig();
  const { disk, image } = rig.disk();
  image.record(0, 0, 0x83, 8, 16);
  await rig.scanner.scan(disk);
  image.record(0, 0, 0x83, 8, 8);
  rig.news();
  const removed = new Promise<void>((resolve) => {
    rig.events.once('partitionRemoved', () => resolve());
  });
  const scan = rig.scanner.scan(disk);
  await removed;
  rig.scanner.drop(disk);
  t.is(await scan, 0);
  t.deepEqual(rig.news(), ['-nvme0n1p1']);
});

test('one disk is never scanned twice at a time, and the later scan sees the later table', async (t) => {
  const rig = new Rig();
  const { disk, image } = rig.disk();
  const open = gate(rig);
  const first = rig.scanner.scan(disk);
  await new Promise(setImmediate);
  image.record(0, 0, 0x83, 8, 16);
  const second = rig.scanner.scan(disk);
  const third = rig.scanner.scan(disk);
  t.is(third, second, 'who comes while one waits shares it');
  open();
  t.is(await first, 0);
  t.is(await second, 0);
  t.is(disk.partitions.length, 1);
  t.is(rig.mostScans, 1);
  const fourth = rig.scanner.scan(disk);
  t.not(fourth, second);
  await fourth;
});

test('other disks do not wait', async (t) => {
  const rig = new Rig();
  const a = rig.disk('nvme0n1');
  const b = rig.disk('nvme0n2');
  const open = gate(rig);
  const scans = [rig.scanner.scan(a.disk), rig.scanner.scan(b.disk)];
  await new Promise(setImmediate);
  t.is(rig.scans, 2);
  open();
  t.deepEqual(await Promise.all(scans), [0, 0]);
});

test('sd has minors for fifteen partitions', async (t) => {
  const rig = new Rig();
  const { disk, image } = rig.disk('sdb');
  image.record(0, 0, 0x05, 8, 1000);
  for (let link = 0; link < 20; link++) {
    image.record(8 + link * 4, 0, 0x83, 1, 2);
    image.record(8 + link * 4, 1, 0x05, (link + 1) * 4, 4);
  }
  t.is(await rig.scanner.scan(disk), 0);
  const numbers = disk.partitions.map(
    ({ name, devt: { major, minor } }) => `${name} ${major}:${minor}`,
  );
  t.is(numbers.length, 21);
  t.deepEqual(numbers.slice(0, 2), ['sdb1 8:17', 'sdb5 8:21']);
  t.deepEqual(numbers.slice(11, 14), ['sdb15 8:31', 'sdb16 259:0', 'sdb17 259:1']);
  rig.scanner.drop(disk);
  await new Promise(setImmediate);
  t.is(rig.devts.take().minor, 0);
});

function open(partition: ScannedDisk['partitions'][number] | undefined, count: number): void {
  if (partition === undefined) throw new Error('no partition');
  partition.bdev.openers += count;
}

/** Stops all reads; the result lets them go on. */
function gate(rig: Rig): () => void {
  let open: (() => void) | undefined;
  rig.gate = new Promise((resolve) => {
    open = resolve;
  });
  return () => open?.();
}
