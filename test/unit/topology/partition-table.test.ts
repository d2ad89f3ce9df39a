import { fc, testProp } from '@fast-check/ava';
import test from 'ava';
import { crc32 } from 'node:zlib';
import {
  readPartitionTable,
  type PartitionEntry,
} from '../../../src/topology/partition-table/index.js';
import { TABLE_VECTORS, type TableVector } from './partition-vectors.js';
import { TableImage } from './table-image.js';

const MIB = 1 << 20;

for (const vector of TABLE_VECTORS) {
  test(`${vector.name}: as sfdisk reads it`, async (t) => {
    t.deepEqual(await readPartitionTable(TableImage.of(vector)), expected(vector));
  });
}

/** What `sfdisk --json` said, in bytes; of a container the kernel shows two sectors, without a UUID. */
function expected({ label, id, blockSize, partitions }: TableVector): PartitionEntry[] {
  return partitions.map(({ number, start, size, type, uuid, name }) => {
    const entry = { number, start: start * blockSize, size: size * blockSize, label: name };
    if (label === 'gpt') return { ...entry, uuid: uuid?.toLowerCase() };
    if (type === '5' || type === 'f') {
      return { ...entry, size: Math.max(1024, blockSize), uuid: undefined };
    }
    return { ...entry, uuid: `${id.slice(2)}-${number.toString(16).padStart(2, '0')}` };
  });
}

test('the vectors are of every kind', (t) => {
  const all = TABLE_VECTORS.flatMap(expected);
  t.true(all.some(({ label }) => label === 'Größe / 2'));
  t.true(all.some(({ uuid }) => uuid === 'deadbeef-04'));
  t.true(all.some(({ uuid }) => uuid === '0000abcd-07'));
});

test('a disk without a table has no partitions', async (t) => {
  t.deepEqual(await readPartitionTable(new TableImage(MIB, 512)), []);
  t.deepEqual(await readPartitionTable(new TableImage(0, 512)), []);
  t.deepEqual(await readPartitionTable(new TableImage(512, 512)), []);
});

test('an error of a read is not a missing table', async (t) => {
  const error = Object.assign(new Error('EIO'), { errno: 5 });
  const source = { capacity: MIB, blockSize: 512, read: () => Promise.reject(error) };
  t.is(await t.throwsAsync(readPartitionTable(source)), error);
});

test('what a smaller disk does not have is cut off or left out', async (t) => {
  const vector = named('mbr');
  const sizes = async (capacity: number): Promise<number[]> =>
    (await readPartitionTable(TableImage.of(vector, capacity))).map(({ size }) => size);
  const [first, second, third] = [4096 * 512, 4096 * 512, 4096 * 512];
  t.deepEqual(await sizes(20000 * 512), [first, second, (20000 - 16384) * 512]);
  t.deepEqual(await sizes(16385 * 512), [first, second, 512]);
  t.deepEqual(await sizes(16384 * 512), [first, second]);
  t.deepEqual(await sizes(32768 * 512), [first, second, third]);
  t.deepEqual(await sizes(16385 * 512 + 100), [first, second, 512], 'a block is whole');
});

test('a GPT needs its protective MBR', async (t) => {
  const image = TableImage.of(named('gpt'));
  image.write(0x1be + 4, [0x83]);
  const [first, ...others] = await readPartitionTable(image);
  t.is(first?.start, 512, 'it is an MBR with one partition');
  t.deepEqual(others, []);
  image.write(0x1be + 4, [0xee]);
  t.is((await readPartitionTable(image)).length, 4);
  image.write(0x1be + 8, [2]);
  t.deepEqual(await readPartitionTable(image), [], 'it is neither');
  image.write(0x1be + 8, [1]);
  image.write(510, [0, 0]);
  t.deepEqual(await readPartitionTable(image), []);
});

const LAST = 64 * 2048 - 1;
const DAMAGES: readonly [string, (image: TableImage, lba: number) => void][] = [
  ['signature', (image, lba) => image.write(lba * 512, [0])],
  ['checksum', (image, lba) => image.write(lba * 512 + 16, [1, 2, 3, 4])],
  ['my_lba', (image, lba) => image.header(lba, (h) => h.setBigUint64(24, 7n, true))],
  ['header size', (image, lba) => image.header(lba, (h) => h.setUint32(12, 91, true))],
  ['usable range', (image, lba) => image.header(lba, (h) => h.setBigUint64(48, 131072n, true))],
  ['usable order', (image, lba) => image.header(lba, (h) => h.setBigUint64(48, 33n, true))],
  ['place of the entries', (image, lba) => image.header(lba, (h) => h.setBigUint64(72, ~0n, true))],
  [
    'count of entries',
    (image, lba) => image.header(lba, (h) => h.setBigUint64(80, 128n << 32n, true)),
  ],
  ['checksum of no entries', (image, lba) => noEntries(image, lba)],
  ['larger count of entries', (image, lba) => image.header(lba, (h) => h.setUint32(80, ~0, true))],
  ['entry size', (image, lba) => image.header(lba, (h) => h.setUint32(84, 256, true))],
  ['checksum of the entries', (image, lba) => image.header(lba, (h) => h.setUint32(88, 1, true))],
];

for (const [what, damage] of DAMAGES) {
  test(`a GPT with a bad ${what} is replaced by its backup`, async (t) => {
    const vector = named('gpt');
    const image = TableImage.of(vector);
    damage(image, 1);
    t.deepEqual(await readPartitionTable(image), expected(vector));
    damage(image, LAST);
    t.deepEqual(await readPartitionTable(image), [], 'neither is good, and the MBR is not one');
    const whole = TableImage.of(vector);
    damage(whole, LAST);
    t.deepEqual(await readPartitionTable(whole), expected(vector), 'the backup is not asked');
  });
}

function noEntries(image: TableImage, lba: number): void {
  image.header(lba, (header) => {
    header.setUint32(80, 0, true);
    header.setUint32(88, 0, true);
  });
}

test('a header may fill its block, and no more', async (t) => {
  const image = TableImage.of(named('gpt'));
  noEntries(image, LAST);
  image.header(1, (header) => header.setUint32(12, 512, true));
  t.is((await readPartitionTable(image)).length, 4);
  const header = image.view(512, 512);
  header.setUint32(12, 513, true);
  header.setUint32(16, 0, true);
  header.setUint32(16, crc32(new Uint8Array(header.buffer, header.byteOffset, 512)), true);
  t.deepEqual(await readPartitionTable(image), []);
});

test('a GPT has at most 4 MiB of entries, and 255 of them count', async (t) => {
  const image = TableImage.of(named('gpt'));
  noEntries(image, LAST);
  const entries = new Uint8Array(32769 * 128);
  const at = 40960;
  for (let i = 0; i < 300; i++) {
    entries.fill(1, i * 128, i * 128 + 16);
    const view = new DataView(entries.buffer, i * 128, 128);
    view.setBigUint64(32, 2048n, true);
    view.setBigUint64(40, 2049n, true);
  }
  image.write(at * 512, entries.subarray(0, 300 * 128));
  const count = (n: number): void =>
    image.header(1, (header) => {
      header.setBigUint64(72, BigInt(at), true);
      header.setUint32(80, n, true);
      header.setUint32(88, crc32(entries.subarray(0, n * 128)), true);
    });
  count(32768);
  const found = await readPartitionTable(image);
  t.is(found.length, 255);
  t.is(found.at(-1)?.number, 255);
  count(32769);
  t.deepEqual(await readPartitionTable(image), []);
});

test('a page that is short is the end of the disk', async (t) => {
  const image = TableImage.of(named('mbr'));
  const { capacity, blockSize } = image;
  const read = async (offset: number): Promise<Uint8Array> =>
    (await image.read(offset)).subarray(0, 511);
  t.deepEqual(await readPartitionTable({ capacity, blockSize, read }), []);
});

test('a GPT entry that makes no sense is left out, an empty name is none', async (t) => {
  const image = TableImage.of(named('gpt'));
  const entry = (index: number): DataView => image.view(1024 + index * 128, 128);
  const first = entry(0).getBigUint64(32, true);
  entry(0).setBigUint64(40, first - 1n, true);
  entry(1).setBigUint64(40, 131072n, true);
  image.write(1024 + 4 * 128 + 56, [0, 0]);
  const pages = [0, 4096, 8192, 12288, 16384].map((offset) => image.read(offset));
  const all = Buffer.concat(await Promise.all(pages));
  image.header(1, (header) => header.setUint32(88, crc32(all.subarray(1024, 17408)), true));
  const entries = await readPartitionTable(image);
  t.deepEqual(
    entries.map(({ number, label }) => [number, label]),
    [
      [3, '日本'],
      [5, undefined],
    ],
  );
});

test('an MBR has no other status than 0x00 and 0x80', async (t) => {
  const image = new TableImage(MIB, 512);
  image.record(0, 0, 0x83, 1, 10);
  t.is((await readPartitionTable(image)).length, 1);
  image.write(0x1be + 16, [0x80]);
  t.is((await readPartitionTable(image)).length, 1);
  image.write(0x1be + 16, [0x81]);
  t.deepEqual(await readPartitionTable(image), []);
});

test('the boot sector of a FAT is no table', async (t) => {
  // What is behind the BIOS parameter block is code and text: no status bytes.
  const image = new TableImage(16 * MIB, 512);
  image.write(0, [
    0xeb,
    0x3c,
    0x90,
    ...Buffer.from('mkfs.fat'),
    0,
    2,
    4,
    4,
    0,
    2,
    0,
    2,
    0,
    128,
    0xf8,
  ]);
  for (let at = 62; at < 510; at++) image.write(at, [0x61]);
  image.write(510, [0x55, 0xaa]);
  t.deepEqual(await readPartitionTable(image), []);
});

for (const slots of [1, 2]) {
  test(`a chain of logical partitions that bites its tail ends, ${slots} in each link`, async (t) => {
    const image = new TableImage(MIB, 512);
    image.record(0, 0, 0x05, 100, 1000);
    image.record(100, 0, 0x83, 1, 10);
    if (slots === 2) image.record(100, 2, 0x83, 20, 10);
    image.record(100, 1, 0x85, 0, 1000);
    const entries = await readPartitionTable(image);
    t.is(entries.at(-1)?.number, 255);
    t.is(entries.length, 252);
  });
}

test('a chain without partitions ends', async (t) => {
  const image = new TableImage(MIB, 512);
  image.record(0, 0, 0x05, 100, 1000);
  // From page to page, as the reader keeps one.
  image.record(100, 1, 0x05, 100, 1000);
  image.record(200, 1, 0x85, 0, 1000);
  t.is((await readPartitionTable(image)).length, 1);
  t.true(image.reads > 50 && image.reads < 110);
});

test('a second container goes on with the numbers of the first', async (t) => {
  const image = new TableImage(MIB, 512);
  for (const [slot, type] of [0x05, 0x0f, 0x85].entries()) {
    image.record(0, slot, type, 100 + slot * 100, 100);
    image.record(100 + slot * 100, 0, 0x83, 1, 10);
  }
  const entries = await readPartitionTable(image);
  t.deepEqual(
    entries.map(({ number, start }) => [number, start / 512]),
    [
      [1, 100],
      [2, 200],
      [3, 300],
      [5, 101],
      [6, 201],
      [7, 301],
    ],
  );
});

test('a chain that leaves the disk ends there', async (t) => {
  const image = new TableImage(MIB, 512);
  image.record(0, 0, 0x0f, 100, 1000);
  image.record(100, 0, 0x83, 1, 10);
  image.record(100, 1, 0x85, 0xffffff00, 1000);
  t.deepEqual(
    (await readPartitionTable(image)).map(({ number }) => number),
    [1, 5],
  );
});

test('the third and fourth record of a link count only inside of it', async (t) => {
  const image = new TableImage(MIB, 512);
  image.record(0, 0, 0x05, 100, 200);
  image.record(100, 0, 0x83, 1, 1000);
  image.record(100, 1, 0x05, 50, 20);
  image.record(100, 2, 0x83, 20, 10);
  image.record(100, 3, 0x83, 20, 181);
  // It says that it has 20 blocks, and the one behind it 1000; the container ends at 300.
  image.record(150, 1, 0x05, 100, 1000);
  image.record(150, 2, 0x83, 10, 10);
  image.record(150, 3, 0x83, 10, 11);
  image.record(200, 2, 0x83, 10, 90);
  image.record(200, 3, 0x83, 10, 91);
  const entries = await readPartitionTable(image);
  t.deepEqual(
    entries.map(({ number, start, size }) => [number, start / 512, size / 512]),
    [
      [1, 100, 2],
      [5, 101, 1000],
      [6, 120, 10],
      [7, 160, 10],
      [8, 210, 90],
    ],
  );
});

/** What holds for the answer to any bytes. TableImage sees to it that no read leaves the disk. */
async function sane(image: TableImage): Promise<boolean> {
  const entries = await readPartitionTable(image);
  const numbers = entries.map(({ number }) => number);
  const end = Math.floor(image.capacity / image.blockSize) * image.blockSize;
  return (
    image.reads < 60_000 &&
    new Set(numbers).size === numbers.length &&
    entries.every(
      ({ number, start, size }, i) =>
        number > (numbers[i - 1] ?? 0) &&
        number < 256 &&
        [start, size].every((bytes) => bytes >= 0 && bytes % image.blockSize === 0) &&
        size > 0 &&
        start + size <= end,
    )
  );
}

const anyVector = fc.constantFrom(...TABLE_VECTORS);
/** Where tables are: the front, more often than not, and the backup at the end. */
const change = fc.record({
  at: fc.oneof(fc.nat(600), fc.nat(2048), fc.nat(20000), fc.integer({ min: -20000, max: -1 })),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 8 }),
});

testProp(
  'a table with any bytes changed does no harm',
  [anyVector, fc.array(change, { minLength: 1, maxLength: 12 }), fc.option(fc.nat(64 * MIB))],
  async (t, vector, changes, size) => {
    const image = TableImage.of(vector, Math.min(size ?? vector.capacity, vector.capacity));
    for (const { at, bytes } of changes) {
      const offset = at < 0 ? image.capacity + at : at;
      if (offset >= 0 && offset + bytes.length <= image.capacity) image.write(offset, bytes);
    }
    t.true(await sane(image));
  },
  { numRuns: 300 },
);

/** A field of a header or an entry, of any value, behind right checksums. */
const field = fc.oneof(
  fc.bigInt({ min: 0n, max: 0xffffffffffffffffn }),
  fc.bigInt({ min: 0n, max: 200000n }),
);

testProp(
  'a GPT header that says anything does no harm',
  [
    anyVector,
    fc.array(fc.tuple(fc.constantFrom(24, 32, 40, 48, 72, 80, 84), field), { maxLength: 3 }),
  ],
  async (t, vector, changes) => {
    const image = TableImage.of(vector);
    for (const lba of [1, image.capacity / image.blockSize - 1]) {
      image.header(lba, (header) => {
        for (const [at, value] of changes) header.setBigUint64(at, value, true);
        header.setUint32(12, 92, true);
      });
    }
    t.true(await sane(image));
  },
  { numRuns: 300 },
);

const small = fc.nat(40);
const record = fc.record({
  block: small,
  slot: fc.nat(3),
  type: fc.constantFrom(0x05, 0x0f, 0x85, 0x83, 0x00),
  start: fc.oneof(small, fc.nat(0xffffffff)),
  size: fc.oneof(small, fc.nat(0xffffffff)),
});

testProp(
  'any chain of logical partitions ends',
  [fc.array(record, { minLength: 1, maxLength: 60 }), fc.constantFrom(512, 4096)],
  async (t, records, blockSize) => {
    const image = new TableImage(MIB, blockSize);
    for (const { block, slot, type, start, size } of records) {
      image.record(block, slot, type, start, size);
    }
    t.true(await sane(image));
  },
  { numRuns: 500 },
);

testProp(
  'any bytes do no harm',
  [fc.uint8Array({ minLength: 2048, maxLength: 2048 }), fc.boolean()],
  async (t, bytes, signed) => {
    const image = new TableImage(MIB, 512);
    image.write(0, bytes);
    if (signed) image.write(510, [0x55, 0xaa]);
    for (const slot of signed ? [0, 1, 2, 3] : []) image.write(0x1be + slot * 16, [0]);
    t.true(await sane(image));
  },
);

function named(name: string): TableVector {
  const vector = TABLE_VECTORS.find((one) => one.name === name);
  if (vector === undefined) throw new Error(`no ${name}`);
  return vector;
}
