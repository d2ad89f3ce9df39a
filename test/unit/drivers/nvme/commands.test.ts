import { fc, testProp } from '@fast-check/ava';
import test from 'ava';
import {
  getAnaLog,
  getLogPage,
  identifyController,
  identifyDescriptors,
  identifyNamespace,
} from '../../../../src/drivers/nvme/commands.js';

/** Bytes of a 64-byte entry that are not 0, from offset to value. */
function bytes(sqe: Uint8Array): Record<number, number> {
  if (sqe.length !== 64) throw new Error(`${sqe.length} bytes`);
  return Object.fromEntries([...sqe.entries()].filter(([, byte]) => byte !== 0));
}

test('Identify', (t) => {
  t.deepEqual(bytes(identifyController()), { 0: 6, 40: 1 });
  t.deepEqual(bytes(identifyNamespace(0x01020304)), { 0: 6, 4: 4, 5: 3, 6: 2, 7: 1 });
  t.deepEqual(bytes(identifyDescriptors(1)), { 0: 6, 4: 1, 40: 3 });
});

test('Get Log Page, ANA: of the whole controller, with NSIDs, counted in dwords from 0', (t) => {
  t.deepEqual(bytes(getAnaLog(8208)), {
    ...{ 0: 2, 4: 0xff, 5: 0xff, 6: 0xff, 7: 0xff },
    ...{ 40: 0x0c, 42: 2051 & 0xff, 43: 2051 >> 8 },
  });
});

testProp(
  'Get Log Page: length and offset come through whole',
  [fc.nat(0xff), fc.integer({ min: 1, max: 2 ** 30 }), fc.nat(2 ** 50)],
  (t, page, dwords, offset) => {
    const sqe = Buffer.from(getLogPage(page, 5, offset * 4, dwords * 4));
    t.is(sqe.readUInt8(40), page);
    t.is(sqe.readUInt8(41), 0);
    t.is(sqe.readUInt16LE(44) * 2 ** 16 + sqe.readUInt16LE(42) + 1, dwords);
    t.is(sqe.readBigUInt64LE(48), BigInt(offset) * 4n);
  },
);
