import { fc, testProp } from '@fast-check/ava';
import test from 'ava';
import { isRefusal } from '../../../../src/drivers/nvme/bytes.js';
import { decodeController } from '../../../../src/drivers/nvme/identify-controller.js';
import { decodeNamespace } from '../../../../src/drivers/nvme/identify-namespace.js';
import { decodeDescriptors } from '../../../../src/drivers/nvme/namespace-descriptors.js';
import { controllerPage, descriptorsPage, namespacePage, NVMET } from './pages.js';

/** Bytes that lie inside of others, so that reading over the end reads something. */
const inside = (bytes: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> =>
  bytes.map((data) => {
    const around = new Uint8Array(data.length + 4096).fill(0xff);
    around.set(data, 5);
    return around.subarray(5, 5 + data.length);
  });
const anyPage = inside(fc.uint8Array({ minLength: 4096, maxLength: 4096 }));
const tooShort = inside(fc.uint8Array({ maxLength: 4095 }));
const hex = (bytes: number): fc.Arbitrary<string> =>
  fc
    .uint8Array({ minLength: bytes, maxLength: bytes })
    .filter((data) => data.some((byte) => byte !== 0))
    .map((data) => Buffer.from(data).toString('hex'));

test('Identify Controller of nvmet', (t) => {
  t.deepEqual(decodeController(controllerPage()), {
    ...NVMET,
    oaes: 0x900,
    crdt: [1, 20, 300],
    anacap: 0x1f,
    oncs: 0x8c,
  });
});

test('a controller without a subsystem name has the one that the kernel makes', (t) => {
  const fields = { vid: 0x1b36, ssvid: 0x1af4, sn: 'S0', mn: 'QEMU NVMe Ctrl' };
  const made = `nqn.2014.08.org.nvmexpress:1b361af4${'S0'.padEnd(20)}${'QEMU NVMe Ctrl'.padEnd(40)}`;
  for (const subsysnqn of ['', 'x'.repeat(223), 'x'.repeat(256)]) {
    t.like(decodeController(controllerPage({ ...fields, subsysnqn })), { subsysnqn: made });
  }
  const longest = 'x'.repeat(222);
  t.like(decodeController(controllerPage({ subsysnqn: longest })), { subsysnqn: longest });
  const nuls = controllerPage({ ...fields, subsysnqn: '' });
  nuls.fill(0, 6, 24);
  t.like(decodeController(nuls), { sn: 'S0', subsysnqn: 'nqn.2014.08.org.nvmexpress:1b361af4S0' });
});

testProp('Identify Controller: any page is decoded', [anyPage], (t, page) => {
  const data = decodeController(page);
  if (isRefusal(data)) throw new Error(data.error);
  t.true(data.sn.length <= 20 && data.mn.length <= 40 && data.fr.length <= 8);
  t.true(data.subsysnqn.length > 0 && data.subsysnqn.length < 223);
  t.is(data.vid, Buffer.from(page).readUInt16LE(0));
});

testProp('Identify data that is too short is refused', [tooShort], (t, data) => {
  const error = `${data.length} bytes, not 4096`;
  t.deepEqual(decodeController(data), { error });
  t.deepEqual(decodeNamespace(data), { error });
});

test('Identify Namespace', (t) => {
  const page = namespacePage({
    nsze: 0x1_0000_0000n,
    ncap: 0xf000_0000n,
    nuse: 17n,
    formats: [
      [0, 9],
      [8, 12],
    ],
    flbas: 0x11,
    anagrpid: 7,
    nguid: '36344730526001000025384500000001',
  });
  t.deepEqual(decodeNamespace(page), {
    nsze: 0x1_0000_0000n,
    ncap: 0xf000_0000n,
    nuse: 17n,
    nsfeat: 0,
    blockSize: 4096,
    metadataSize: 8,
    extended: true,
    dpc: 0,
    dps: 0,
    nmic: 1,
    rescap: 0,
    anagrpid: 7,
    nguid: '36344730526001000025384500000001',
    eui64: undefined,
  });
});

test('an LBA format above 16 has its number in two parts', (t) => {
  const formats = Array.from({ length: 40 }, (_, n) => [n, n === 0x25 ? 12 : 9] as const);
  t.like(decodeNamespace(namespacePage({ formats, flbas: 0x45 })), {
    blockSize: 4096,
    metadataSize: 0x25,
  });
  // With 16 formats or fewer the upper part is reserved.
  t.like(decodeNamespace(namespacePage({ formats: formats.slice(0, 16), flbas: 0x45 })), {
    metadataSize: 5,
  });
});

test('namespaces that can not be used are refused', (t) => {
  const error = (fields: Parameters<typeof namespacePage>[0]) =>
    decodeNamespace(namespacePage(fields));
  t.deepEqual(error({ ncap: 0n }), { error: 'the namespace is not active' });
  t.deepEqual(decodeNamespace(new Uint8Array(4096)), { error: 'the namespace is not active' });
  t.deepEqual(error({ flbas: 1 }), { error: 'its LBA format is 1 of 1' });
  t.deepEqual(error({ formats: [[0, 8]] }), { error: 'its blocks have 2^8 bytes' });
  t.deepEqual(error({ formats: [[0, 64]] }), { error: 'its blocks have 2^64 bytes' });
});

testProp('Identify Namespace: any page is decoded or refused', [anyPage], (t, page) => {
  const data = decodeNamespace(page);
  if (isRefusal(data)) {
    t.true(data.error.length > 0);
    return;
  }
  t.true(Number.isInteger(Math.log2(data.blockSize)) && data.blockSize >= 512);
  t.true(data.ncap > 0n);
});

testProp(
  'identifiers come back from Identify Namespace and the descriptor list',
  [hex(16), hex(8), hex(16)],
  (t, nguid, eui64, uuid) => {
    t.like(decodeNamespace(namespacePage({ nguid, eui64 })), { nguid, eui64 });
    const page = descriptorsPage([
      [3, uuid],
      [0x99, 'abcd'],
      [1, eui64],
      [4, '02'],
      [2, nguid],
    ]);
    t.deepEqual(decodeDescriptors(page), { uuid, nguid, eui64, csi: 2, error: undefined });
  },
);

test('a descriptor of the wrong length ends the list, and what is before it counts', (t) => {
  const uuid = 'aaaaaaaa000040008000000000000001';
  const none = { uuid: undefined, nguid: undefined, eui64: undefined, csi: undefined };
  for (const [type, id] of [
    [1, uuid],
    [2, 'aabb'],
    [4, '0102'],
  ] as const) {
    const page = descriptorsPage([
      [3, uuid],
      [type, id],
      [1, '0011223344556677'],
    ]);
    const error = `identifier type ${type} has ${id.length / 2} bytes`;
    t.deepEqual(decodeDescriptors(page), { ...none, uuid, error });
  }
  const cut = descriptorsPage([[3, uuid]]).subarray(0, 12);
  t.deepEqual(decodeDescriptors(cut), {
    ...none,
    error: "identifier type 3 runs past the list's end",
  });
  t.deepEqual(decodeDescriptors(descriptorsPage([[3, '00'.repeat(16)]])), {
    ...none,
    error: undefined,
  });
});

testProp('any descriptor list is read', [inside(fc.uint8Array({ maxLength: 300 }))], (t, data) => {
  const { uuid, nguid, eui64, csi } = decodeDescriptors(data);
  const all = Buffer.from(data).toString('hex');
  for (const id of [uuid, nguid, eui64]) t.true(id === undefined || all.includes(id));
  t.true(csi === undefined || data.includes(csi));
});
