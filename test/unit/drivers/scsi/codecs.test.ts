import test from 'ava';
import { decodeCapacity } from '../../../../src/drivers/scsi/capacity.js';
import {
  inquiry,
  inquiryVpd,
  readCapacity16,
  reportTargetPortGroups,
  requestSense,
  testUnitReady,
} from '../../../../src/drivers/scsi/commands.js';
import { decodeInquiry } from '../../../../src/drivers/scsi/inquiry.js';
import { decodePortGroups, portGroupsLength } from '../../../../src/drivers/scsi/port-groups.js';
import { isRefusal } from '../../../../src/drivers/scsi/refusal.js';
import { decodeSense, says } from '../../../../src/drivers/scsi/sense.js';
import {
  decodeBlockCharacteristics,
  decodeBlockLimits,
  decodeProvisioning,
  decodeSerialNumber,
  decodeSupportedPages,
} from '../../../../src/drivers/scsi/vpd.js';
import { bytes, INQUIRY, pages } from './lio.js';

const lio = (code: number): Uint8Array => pages().get(code) ?? new Uint8Array();
const hex = (cdb: Uint8Array): string => Buffer.from(cdb).toString('hex');

test('CDBs are as sg3_utils sends them', (t) => {
  t.is(hex(testUnitReady()), '000000000000');
  t.is(hex(inquiry(96)), '120000006000');
  t.is(hex(inquiry(0x104)), '120000010400');
  t.is(hex(inquiryVpd(0x83, 252)), '12018300fc00');
  t.is(hex(requestSense(252)), '03000000fc00');
  t.is(hex(readCapacity16(32)), '9e100000000000000000000000200000');
  t.is(hex(reportTargetPortGroups(128, false)), 'a30a00000000000000800000');
  t.is(hex(reportTargetPortGroups(0x10000, true)), 'a32a00000000000100000000');
});

test('INQUIRY data of LIO', (t) => {
  t.deepEqual(decodeInquiry(INQUIRY), {
    type: 0,
    qualifier: 0,
    removable: false,
    tpgs: 3,
    vendor: 'LIO-ORG',
    model: 'RAMDISK-MCP',
    revision: '4.0',
    length: 96,
  });
});

test('INQUIRY data: qualifier, type, removable, TPGS, NUL padding', (t) => {
  const data = INQUIRY.slice(0, 36);
  data.set([0x65, 0x80, 6, 2, 31, 0x30], 0);
  data.set([0x41, 0, 0x42], 8);
  const decoded = decodeInquiry(data);
  t.like(decoded, { type: 5, qualifier: 3, removable: true, tpgs: 3, vendor: 'A', length: 36 });
  t.deepEqual(decodeInquiry(data.subarray(0, 35)), {
    error: 'INQUIRY data of 35 bytes, 36 is the least',
  });
});

test('VPD pages of LIO', (t) => {
  t.deepEqual(decodeSupportedPages(lio(0x00)), [0x00, 0x80, 0x83, 0x86, 0xb0, 0xb1, 0xb2, 0xb3]);
  t.deepEqual(decodeSerialNumber(lio(0x80)), { serial: 'e3e3e3e3-0000-0000-0000-000000000001' });
  t.deepEqual(decodeBlockLimits(lio(0xb0)), {
    optimalGranularity: 1,
    maxTransfer: 0xfffffff8,
    optimalTransfer: 0xfffffff8,
    maxUnmap: 0,
    unmapGranularity: 0,
  });
  t.deepEqual(decodeBlockCharacteristics(lio(0xb1)), { rotationRate: 1 });
  t.deepEqual(decodeProvisioning(lio(0xb2)), { unmap: false, writeSame16: false, type: 0 });
});

test('block limits and provisioning of a thin disk', (t) => {
  const limits = bytes(`00b0003c 00ff 0008 00000100 00000080 00000000 00002000 00000001
    00000010 80000004 ${'00'.repeat(28)}`);
  t.deepEqual(decodeBlockLimits(limits), {
    optimalGranularity: 8,
    maxTransfer: 256,
    optimalTransfer: 128,
    maxUnmap: 8192,
    unmapGranularity: 16,
  });
  t.deepEqual(decodeProvisioning(bytes('00b20004 00e50200')), {
    unmap: true,
    writeSame16: true,
    type: 2,
  });
});

test('serial numbers are right-aligned or left-aligned', (t) => {
  t.deepEqual(decodeSerialNumber(bytes('00800008 2020202041424344')), { serial: 'ABCD' });
  t.deepEqual(decodeSerialNumber(bytes('00800006 414220200000')), { serial: 'AB' });
  t.deepEqual(decodeSerialNumber(bytes('00800000')), { serial: '' });
});

test('VPD pages that are cut off, another, or too short, are refused', (t) => {
  const refusals = [
    [decodeSerialNumber(lio(0x80).subarray(0, 40)), 'VPD page 0x80 has 41 bytes, only 40 came'],
    [decodeSerialNumber(lio(0x83)), 'VPD page 0x83 instead of 0x80'],
    // A device that does not know EVPD answers with standard INQUIRY data.
    [decodeSupportedPages(bytes('00800602 1f000000')), 'VPD page 0x80 instead of 0x00'],
    [decodeSupportedPages(bytes('0000')), 'VPD page 0x00 of 2 bytes'],
    [decodeBlockLimits(bytes('00b00008 0000000000000000')), 'VPD page 0xb0 of 12 bytes'],
    [decodeBlockCharacteristics(bytes('00b10002 0001')), 'VPD page 0xb1 of 6 bytes'],
    [decodeProvisioning(bytes('00b20002 0080')), 'VPD page 0xb2 of 6 bytes'],
  ] as const;
  for (const [decoded, error] of refusals) {
    t.deepEqual(decoded, { error: error.replace('instead of 0x', 'instead of VPD page 0x') });
  }
});

test('READ CAPACITY (16): last block, physical block, provisioning', (t) => {
  const reply = bytes(`00000001ffffffff 00000200 00 03 c000 ${'00'.repeat(16)}`);
  t.deepEqual(decodeCapacity(reply), {
    blockLength: 512,
    blocks: 0x2_0000_0000n,
    physicalBlockLength: 4096,
    provisioned: true,
  });
  t.like(decodeCapacity(bytes('ffffffffffffffff00001000 00000000')), { blocks: 2n ** 64n });
  t.deepEqual(decodeCapacity(bytes('0000000000000000 00000208 00000000')), {
    error: 'blocks of 520 bytes',
  });
  t.deepEqual(decodeCapacity(reply.subarray(0, 15)), {
    error: 'READ CAPACITY (16) data of 15 bytes',
  });
});

const GROUPS = `80cf0001 00020001 00000001  01cf0002 00020002 00000002 00000103`;

test('target port groups with and without the extended header', (t) => {
  const groups = [
    { id: 1, state: 0, preferred: true, supported: 0xcf, ports: [1] },
    { id: 2, state: 1, preferred: false, supported: 0xcf, ports: [2, 0x103] },
  ];
  t.deepEqual(decodePortGroups(bytes(`0000001c ${GROUPS}`)), { transitionSecs: undefined, groups });
  const extended = bytes(`00000020 100f0000 ${GROUPS}`);
  t.deepEqual(decodePortGroups(extended), { transitionSecs: 15, groups });
  // The implicit transition time 0: the device has none.
  extended[5] = 0;
  t.deepEqual(decodePortGroups(extended), { transitionSecs: undefined, groups });
  t.deepEqual(decodePortGroups(bytes('00000000')), { transitionSecs: undefined, groups: [] });
  // What is in the buffer behind the reply is not of it.
  t.deepEqual(decodePortGroups(bytes(`0000001c ${GROUPS} ffffffff ffffffff`)), {
    transitionSecs: undefined,
    groups,
  });
});

test('LIO counts the extended header as four bytes, and sends as much', (t) => {
  const whole = bytes(`0000001c 10000000 ${GROUPS}`);
  for (const reply of [whole.subarray(0, 32), whole]) {
    const decoded = decodePortGroups(reply);
    if (isRefusal(decoded)) return t.fail(decoded.error);
    t.deepEqual(
      decoded.groups.map(({ id, ports }) => [id, ports]),
      [
        [1, [1]],
        [2, [2]],
      ],
    );
  }
});

test('target port groups that are cut off are refused as a whole', (t) => {
  const whole = bytes(`0000001c ${GROUPS}`);
  t.is(portGroupsLength(whole.subarray(0, 4)), 32);
  t.deepEqual(portGroupsLength(whole.subarray(0, 3)), { error: 'target port groups of 3 bytes' });
  t.deepEqual(portGroupsLength(bytes('ffffffff')), {
    error: 'target port groups of 4294967299 bytes',
  });
  t.deepEqual(decodePortGroups(whole.subarray(0, 31)), {
    error: 'target port groups have 32 bytes, only 31 came',
  });
  t.deepEqual(decodePortGroups(bytes('00000007 00cf0001 000200')), {
    error: 'a target port group that is cut off',
  });
  t.deepEqual(decodePortGroups(bytes('00000002 1000')), {
    error: 'an extended header that is cut off',
  });
});

test('sense data in both formats, current and deferred', (t) => {
  const expected = { key: 2, asc: 4, ascq: 0x0b, deferred: false };
  t.deepEqual(decodeSense(bytes('70 00 02 00000000 0a 00000000 04 0b 00 000000')), expected);
  t.deepEqual(decodeSense(bytes('72 02 04 0b 00000000')), expected);
  t.deepEqual(decodeSense(bytes('71 00 f3 00000000 0a 00000000 11 00')), {
    key: 3,
    asc: 0x11,
    ascq: 0,
    deferred: true,
  });
  t.deepEqual(decodeSense(bytes('73 0b 10 01')), { key: 0xb, asc: 0x10, ascq: 1, deferred: true });
  // The VALID bit of byte 0 belongs to another field.
  t.deepEqual(decodeSense(bytes('f0 00 02 00000000 06 00000000 04 0b')), expected);
});

test('sense data that are cut off say what they can', (t) => {
  const whole = bytes('70 00 06 00000000 0a 00000000 2a 06');
  t.deepEqual(decodeSense(whole.subarray(0, 13)), { key: 6, asc: 0x2a, ascq: 0, deferred: false });
  t.deepEqual(decodeSense(whole.subarray(0, 3)), { key: 6, asc: 0, ascq: 0, deferred: false });
  // ADDITIONAL SENSE LENGTH 4: what follows is left over from an earlier command.
  t.deepEqual(decodeSense(bytes('70 00 06 00000000 04 00000000 2a 06')), {
    key: 6,
    asc: 0,
    ascq: 0,
    deferred: false,
  });
  t.deepEqual(decodeSense(bytes('72 05')), { key: 5, asc: 0, ascq: 0, deferred: false });
  t.deepEqual(decodeSense(bytes('')), { error: 'sense data of 0 bytes' });
  t.deepEqual(decodeSense(bytes('7f00')), { error: 'sense data in format 0x7f' });
  t.deepEqual(decodeSense(bytes('000102')), { error: 'sense data in format 0x0' });
});

test('deferred sense data say nothing of this command', (t) => {
  const sense = { key: 6, asc: 0x2a, ascq: 6, deferred: false };
  t.true(says(sense, 6, 0x2a, 6));
  t.false(says(sense, 6, 0x2a, 7));
  t.false(says({ ...sense, deferred: true }, 6, 0x2a, 6));
  t.false(says(undefined, 6, 0x2a, 6));
});
