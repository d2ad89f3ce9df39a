/** No bytes that a device can send make a decoder throw, or read what is not there. */
import { fc, testProp } from '@fast-check/ava';
import { decodeCapacity } from '../../../../src/drivers/scsi/capacity.js';
import {
  decodeDesignators,
  lunId,
  targetPort,
} from '../../../../src/drivers/scsi/device-identification.js';
import { disposition } from '../../../../src/drivers/scsi/disposition.js';
import { decodeInquiry } from '../../../../src/drivers/scsi/inquiry.js';
import { decodePortGroups, portGroupsLength } from '../../../../src/drivers/scsi/port-groups.js';
import { isRefusal } from '../../../../src/drivers/scsi/refusal.js';
import { decodeSense } from '../../../../src/drivers/scsi/sense.js';
import { unitLimits } from '../../../../src/drivers/scsi/unit-limits.js';
import {
  decodeBlockCharacteristics,
  decodeBlockLimits,
  decodeProvisioning,
  decodeSerialNumber,
  decodeSupportedPages,
  vpdLength,
} from '../../../../src/drivers/scsi/vpd.js';
import { FakeUnit, GOOD } from './fake-unit.js';
import { INQUIRY, pages } from './lio.js';

type Decode = (bytes: Uint8Array) => unknown;
const lio = (code: number): Uint8Array => pages().get(code) ?? new Uint8Array();

/** Each decoder, and bytes that it takes. */
const DECODERS: readonly (readonly [string, Decode, Uint8Array])[] = [
  ['INQUIRY', decodeInquiry, INQUIRY],
  ['VPD length', (bytes) => vpdLength(bytes, 0x83), lio(0x83)],
  ['VPD 00', decodeSupportedPages, lio(0x00)],
  ['VPD 80', decodeSerialNumber, lio(0x80)],
  ['VPD 83', identification, lio(0x83)],
  ['VPD b0', decodeBlockLimits, lio(0xb0)],
  ['VPD b1', decodeBlockCharacteristics, lio(0xb1)],
  ['VPD b2', decodeProvisioning, lio(0xb2)],
  [
    'READ CAPACITY (16)',
    decodeCapacity,
    Uint8Array.of(...new Array<number>(10).fill(0), 2, 0, 0, 3, 0x80, 0),
  ],
  ['port groups length', portGroupsLength, new FakeUnit().portGroups(true)],
  ['port groups', decodePortGroups, new FakeUnit().portGroups(false)],
  ['port groups, extended header', decodePortGroups, new FakeUnit().portGroups(true)],
  ['sense, fixed', decodeSense, Uint8Array.of(0x70, 0, 6, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0x2a, 6)],
  ['sense, descriptors', decodeSense, Uint8Array.of(0x72, 6, 0x2a, 6, 0, 0, 0, 0)],
];

function identification(bytes: Uint8Array): unknown {
  const designators = decodeDesignators(bytes);
  if (isRefusal(designators)) return designators;
  return { designators, id: lunId(designators), port: targetPort(designators) };
}

/** The same bytes in a larger buffer full of `filler`. */
function within(bytes: Uint8Array, filler: number): Uint8Array {
  const buffer = new Uint8Array(bytes.length + 600).fill(filler);
  buffer.set(bytes, 300);
  return buffer.subarray(300, 300 + bytes.length);
}

for (const [name, decode, good] of DECODERS) {
  const mutated = fc
    .tuple(
      fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 4 }),
      fc.nat(good.length),
    )
    .map(([changes, length]) => {
      const bytes = good.slice();
      for (const [at, value] of changes) bytes[at] = value;
      return bytes.slice(0, length);
    });
  const any = fc.oneof(fc.uint8Array({ maxLength: 600 }), mutated);

  testProp(`${name}: any bytes`, [any], (t, bytes) => {
    const decoded = decode(bytes);
    // What is around them makes no difference: nothing of it was read.
    t.deepEqual(decode(within(bytes, 0)), decoded);
    t.deepEqual(decode(within(bytes, 0xff)), decoded);
    if (typeof decoded === 'object' && decoded !== null && isRefusal(decoded)) {
      t.regex(decoded.error, /\w/);
    }
  });
}

testProp(
  'a reply that is cut off anywhere is refused',
  [fc.boolean(), fc.nat(31)],
  (t, extended, length) => {
    const unit = new FakeUnit();
    unit.ports = 2;
    const whole = unit.portGroups(extended);
    t.false(isRefusal(decodePortGroups(whole)));
    t.true(isRefusal(decodePortGroups(whole.subarray(0, Math.min(length, whole.length - 1)))));
  },
);

testProp(
  'port groups come back as they were',
  [
    fc.boolean(),
    fc.nat(255),
    fc.array(
      fc.record({
        id: fc.nat(0xffff),
        state: fc.nat(15),
        preferred: fc.boolean(),
        supported: fc.nat(255),
      }),
      { maxLength: 20 },
    ),
    fc.nat(5),
  ],
  (t, extended, secs, groups, ports) => {
    const unit = new FakeUnit();
    Object.assign(unit, { groups, ports, transitionSecs: secs });
    const list = Array.from({ length: ports }, (_, port) => port + 1);
    t.deepEqual(decodePortGroups(unit.portGroups(extended)), {
      transitionSecs: extended && secs > 0 ? secs : undefined,
      groups: groups.map((group) => ({ ...group, ports: list })),
    });
  },
);

testProp(
  'every result has a disposition, and one that ends the command has an errno',
  [
    fc.nat(255),
    fc.nat(255),
    fc.uint8Array({ maxLength: 20 }),
    fc.boolean(),
    fc.boolean(),
    fc.nat(255),
  ],
  (t, status, hostStatus, sense, online, mayRetry, opcode) => {
    const result = { ...GOOD, status, hostStatus, sense };
    const { action, errno } = disposition(result, { opcode, online, mayRetry, removable: false });
    t.is(action === 'fail', errno !== 0);
  },
);

const FILE_LIMITS = {
  logicalBlockSize: 512,
  physicalBlockSize: 512,
  minimumIoSize: 512,
  optimalIoSize: 0,
  discardGranularity: 512,
  maxDiscardBytes: 2 ** 30,
  maxWriteZeroesBytes: 0,
  rotational: false,
};

testProp(
  'limits are whole numbers, whatever the pages say',
  [
    fc.uint8Array({ minLength: 4, maxLength: 64 }),
    fc.uint8Array({ minLength: 4, maxLength: 64 }),
    fc.nat(15),
  ],
  (t, b0, b2, exponent) => {
    const capacity = {
      blockLength: 512,
      blocks: 1n,
      physicalBlockLength: 512 * 2 ** exponent,
      provisioned: true,
    };
    for (const page of [b0, b2]) new DataView(page.buffer).setUint16(2, page.length - 4);
    b0[1] = 0xb0;
    b2[1] = 0xb2;
    const limits = unitLimits(
      FILE_LIMITS,
      capacity,
      new Map([
        [0xb0, b0],
        [0xb2, b2],
      ]),
    );
    for (const value of Object.values(limits)) {
      t.true(typeof value === 'boolean' || (Number.isSafeInteger(value) && value >= 0));
    }
  },
);
