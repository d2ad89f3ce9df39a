import { fc, testProp } from '@fast-check/ava';
import test from 'ava';
import {
  blockDeviceCharacteristics,
  blockLimits,
  deviceIdentification,
  logicalBlockProvisioning,
  standardInquiry,
  supportedPages,
  unitSerialNumber,
} from '../../../src/sysfs/attributes/vpd-pages.js';
import { LIMITS, ScsiFixture } from './scsi-fixture.js';

const SDEV = 'sys/devices/platform/host0/target0:0:0/0:0:0:0';
const UNIT = {
  vendor: 'mpathfs',
  model: 'disk',
  revision: '1.0',
  serial: 'S1',
  wwid: 'naa.600140505200a986f0043c9afa1fd077',
};

/** The body of a page, by its own length. */
function body(page: Uint8Array, code: number): Buffer {
  const data = Buffer.from(page);
  const { length } = data;
  if (data[0] !== 0 || data[1] !== code || data.readUInt16BE(2) !== length - 4) {
    throw new Error(`not page ${code}`);
  }
  return data.subarray(4);
}

interface Designator {
  readonly codeSet: number;
  readonly association: number;
  readonly type: number;
  readonly value: Buffer;
}

/** SPC-6 7.7.6.1. */
function designators(page: Uint8Array): Designator[] {
  const found: Designator[] = [];
  let rest = body(page, 0x83);
  while (rest.length > 0) {
    const [head = 0, second = 0, , length = 0] = rest;
    if (rest.length < 4 + length) throw new Error('a designator runs past the page');
    found.push({
      codeSet: head & 15,
      association: (second >> 4) & 3,
      type: second & 15,
      value: rest.subarray(4, 4 + length),
    });
    rest = rest.subarray(4 + length);
  }
  return found;
}

/** What the kernel makes of the designators (drivers/scsi/scsi_lib.c: scsi_vpd_lun_id). */
function lunId(page: Uint8Array): string {
  const [first] = designators(page).filter(({ association }) => association === 0);
  const hex = first?.value.toString('hex') ?? '';
  switch (first?.type) {
    case 1:
      return `t10.${first.value.toString('latin1')}`;
    case 2:
      return `eui.${hex}`;
    case 3:
      return `naa.${hex}`;
    case 10:
      if (!hex.startsWith('1000')) throw new Error('not one UUID');
      return `uuid.${hex.slice(4).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')}`;
    case undefined:
    default:
      return '';
  }
}

test('INQUIRY data decodes to what the attributes show', (t) => {
  const data = Buffer.from(standardInquiry(UNIT));
  t.is(data.length, 36);
  t.is(data[0], 0); // Connected, a disk.
  t.is(data[1], 0); // Not removable.
  t.is((data[3] ?? 0) & 15, 2); // Response data format.
  t.is(data[4], data.length - 5);
  t.is(((data[5] ?? 0) >> 4) & 3, 1); // TPGS: implicit.
  t.is((data[7] ?? 0) & 2, 2); // CMDQUE.
  const fixture = ScsiFixture.withPaths(1);
  for (const [name, from, to] of [
    ['vendor', 8, 16],
    ['model', 16, 32],
    ['rev', 32, 36],
  ] as const) {
    t.is(fixture.show(`${SDEV}/${name}`), `${data.toString('latin1', from, to)}\n`);
  }
  t.is(fixture.show(`${SDEV}/scsi_level`), `${(data[2] ?? 0) + 1}\n`);
});

test('fields that are too long are cut', (t) => {
  const data = Buffer.from(
    standardInquiry({ ...UNIT, vendor: 'ninechars', model: 'm'.repeat(20) }),
  );
  t.is(data.toString('latin1', 8), `ninechar${'m'.repeat(16)}1.0 `);
});

test('the pages that are there are those in page 0, in ascending order', (t) => {
  const fixture = ScsiFixture.withPaths(1);
  const listed = [...body(supportedPages(), 0)];
  t.deepEqual(
    listed,
    [...listed].sort((a, b) => a - b),
  );
  const sdev = fixture.node(SDEV);
  if (sdev?.kind !== 'directory') return t.fail();
  const there = [...sdev.children()].flatMap(([name]) => /^vpd_pg(.*)$/.exec(name)?.[1] ?? []);
  t.deepEqual(
    there.map((code) => Number.parseInt(code, 16)).sort((a, b) => a - b),
    listed,
  );
  for (const code of there) {
    const attribute = fixture.attribute(`${SDEV}/vpd_pg${code}`);
    t.deepEqual([attribute.mode, attribute.size, attribute.store === undefined], [0o444, 0, true]);
    t.notThrows(() => body(fixture.bytes(`${SDEV}/vpd_pg${code}`), Number.parseInt(code, 16)));
  }
  t.is(fixture.attribute(`${SDEV}/inquiry`).size, 0);
  t.deepEqual(fixture.bytes(`${SDEV}/inquiry`), Buffer.from(standardInquiry(UNIT)));
});

test('the serial number', (t) => {
  t.is(body(unitSerialNumber('S1 2'), 0x80).toString('latin1'), 'S1 2');
  t.is(body(unitSerialNumber(''), 0x80).length, 0);
});

const WWIDS = [
  'naa.300140505200a986',
  'naa.600140505200a986f0043c9afa1fd077',
  'eui.0011223344556677',
  'eui.001122334455667788990011',
  'eui.00112233445566778899aabbccddeeff',
  'uuid.01234567-89ab-cdef-0123-456789abcdef',
  't10.mpathfs disk            S1',
];

for (const wwid of WWIDS) {
  test(`the kernel reads ${wwid} back from page 0x83`, (t) => {
    const page = deviceIdentification({ ...UNIT, wwid });
    t.is(lunId(page), wwid);
    const types = designators(page).map(({ type }) => type);
    t.deepEqual(types.slice(1), wwid.startsWith('t10.') ? [] : [1]);
  });
}

test('the T10 vendor ID is the vendor, the model and the serial number', (t) => {
  const [, t10] = designators(deviceIdentification(UNIT));
  t.is(t10?.codeSet, 2);
  t.is(t10?.association, 0);
  t.is(t10?.value.toString('latin1'), 'mpathfs disk            S1');
});

testProp(
  'every id and serial number fits its page',
  [fc.stringMatching(/^[0-9a-f]{32}$/), fc.stringMatching(/^[ -~]{0,20}$/)],
  (t, hex, serial) => {
    const page = deviceIdentification({ ...UNIT, wwid: `naa.${hex}`, serial });
    t.is(lunId(page), `naa.${hex}`);
    t.true(designators(page)[1]?.value.toString('latin1').endsWith(serial));
  },
);

test('block limits are in logical blocks', (t) => {
  const limits = {
    ...LIMITS,
    logicalBlockSize: 4096,
    minimumIoSize: 8192,
    optimalIoSize: 1 << 20,
    discardGranularity: 16_384,
    maxDiscardBytes: 2 ** 32,
    maxWriteZeroesBytes: 2 ** 45,
  };
  const page = Buffer.from(blockLimits(limits));
  t.is(body(page, 0xb0).length, 0x3c);
  t.is(page.readUInt16BE(6), 2);
  t.is(page.readUInt32BE(8), 0); // Not reported.
  t.is(page.readUInt32BE(12), 256);
  t.is(page.readUInt32BE(20), 2 ** 20);
  t.is(page.readUInt32BE(24), 1);
  t.is(page.readUInt32BE(28), 4);
  t.is(page.readBigUInt64BE(36), 2n ** 33n);
  const small = Buffer.from(
    blockLimits({ ...LIMITS, maxDiscardBytes: 2 ** 45, minimumIoSize: 2 ** 30 }),
  );
  t.deepEqual([small.readUInt32BE(20), small.readUInt16BE(6)], [0xffff_ffff, 0xffff]);
});

test('no discard: no UNMAP', (t) => {
  const page = Buffer.from(blockLimits(LIMITS));
  t.deepEqual(
    [20, 24, 28].map((offset) => page.readUInt32BE(offset)),
    [0, 0, 0],
  );
  t.deepEqual([...body(logicalBlockProvisioning(LIMITS), 0xb2)], [0, 0, 0, 0]);
});

test('discard: thin, with UNMAP', (t) => {
  const page = logicalBlockProvisioning({ ...LIMITS, maxDiscardBytes: 1 << 20 });
  t.deepEqual([...body(page, 0xb2)], [0, 0x80, 2, 0]);
});

test('the medium rotates or it does not', (t) => {
  const rate = (rotational: boolean): number =>
    body(blockDeviceCharacteristics({ ...LIMITS, rotational }), 0xb1).readUInt16BE(0);
  t.deepEqual([rate(false), rate(true)], [1, 0]);
});
