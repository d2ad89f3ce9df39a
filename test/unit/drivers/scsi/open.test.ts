import test from 'ava';
import { SCSI_TEMPLATE } from '../../../../src/drivers/scsi/template.js';
import { AccessState, ControllerState } from '../../../../src/multipath/names.js';
import type { FakePort } from './fake-unit.js';
import { check, GOOD, systemError } from './fake-unit.js';
import { bytes, INQUIRY, pages, WWID } from './lio.js';
import { quiet, Rig, RTPG, testFile } from './rig.js';

const INQUIRY_OPCODE = 0x12;
const LIO = pages().get(0x83) ?? new Uint8Array();

test('the template', (t) => {
  const { LIVE, RESETTING, CONNECTING, DELETING } = ControllerState;
  t.deepEqual(SCSI_TEMPLATE, {
    usable: (1 << LIVE) | (1 << DELETING),
    optimized: 1 << LIVE,
    available: (1 << LIVE) | (1 << RESETTING) | (1 << CONNECTING),
  });
});

test('a unit of LIO says who it is', async (t) => {
  const rig = new Rig();
  const port = rig.port(2, 1);
  const file = testFile();
  const opened = await rig.open(port, file);
  t.deepEqual(opened.identity, {
    kind: 'scsi',
    wwid: WWID,
    vendor: 'LIO-ORG',
    model: 'RAMDISK-MCP',
    revision: '4.0',
    serial: 'e3e3e3e3-0000-0000-0000-000000000001',
    address: '2:0:0:0',
    numaNode: 1,
    inquiry: INQUIRY,
    vpd: new Map([...port.pages].filter(([code]) => code !== 0x86 && code !== 0xb3)),
    portGroup: 1,
    relativePort: 2,
  });
  t.is(opened.accessState, AccessState.OPTIMIZED);
  t.is(opened.aluaState, 0);
  t.like(opened, { fd: 7, capacity: 1 << 27, blockSize: 512, direct: true, block: true });
  t.deepEqual(opened.devt, { major: 8, minor: 16 });
  t.is(opened.size(), 1 << 27);
  quiet(t, rig, opened);
  t.is(file.closed, 1);
});

test('the system knows the id better', async (t) => {
  const rig = new Rig();
  const port = rig.port(1, 1);
  port.wwid = 'naa.5000000000000001';
  const opened = await rig.open(port);
  t.like(opened.identity, { wwid: 'naa.5000000000000001' });
  port.pages.delete(0x00);
  t.like((await rig.open(port)).identity, { wwid: 'naa.5000000000000001', serial: '' });
});

test('the state at first is that of the group', async (t) => {
  const rig = new Rig();
  rig.setState(2, 2);
  const opened = await rig.open(rig.port(2, 2));
  t.is(opened.accessState, AccessState.INACCESSIBLE);
  t.is(opened.aluaState, 2);
});

test('without TPGS, or without a port group, the path is always optimized', async (t) => {
  const rig = new Rig();
  rig.setState(1, 2);
  const without = rig.port(1, 1);
  without.pages.set(0x83, bytes('0083000c 01030008 5123456789abcdef'));
  const paths = [await rig.path(1, 1, without)];
  rig.unit.inquiry[5] = 0;
  paths.push(await rig.path(1, 1));
  for (const path of paths) {
    t.is(path.accessState, AccessState.OPTIMIZED);
    t.is(path.aluaState, undefined);
    t.is(await path.driver.check(path.path), 0);
    t.is(path.target.count(RTPG), 0);
    t.deepEqual(path.core, { accessState: AccessState.OPTIMIZED, preferred: false });
    // Nothing says that it could be the access state.
    t.is(await path.driver.diagnose(path.path, 5), 0);
  }
  t.like(paths[1]?.identity, { portGroup: undefined, relativePort: undefined });
});

test('a page that is longer than the room for it is asked for again', async (t) => {
  const rig = new Rig();
  const port = rig.port(1, 1);
  const filler = `02010070${'41'.repeat(112)}`;
  const body = `${filler}${filler}${filler}61950004${'00000001'}0103001060014055${'00'.repeat(12)}`;
  const length = (body.length / 2).toString(16).padStart(4, '0');
  port.pages.set(0x83, bytes(`0083${length}${body}`));
  const opened = await rig.open(port);
  t.like(opened.identity, { wwid: `naa.60014055${'00'.repeat(12)}`, portGroup: 1 });
  const asked = port.sent.filter(({ cdb }) => cdb[2] === 0x83).map(({ data }) => data?.length);
  t.deepEqual(asked, [252, body.length / 2 + 4]);
});

test('unit attentions and sense data that must be fetched do not stop it', async (t) => {
  const rig = new Rig();
  const port = rig.port(1, 1);
  port.script(INQUIRY_OPCODE, check(6, 0x29, 0), { ...GOOD, status: 2 });
  port.script(0x03, { ...GOOD, status: 8 });
  t.like((await rig.open(port)).identity, { wwid: WWID });
  t.is(port.count(0x03), 1);
});

test('a device without a unique id says so, and shares its port groups with no other', async (t) => {
  const spoils: ((port: FakePort) => void)[] = [
    (port) => port.pages.delete(0x83),
    (port) => port.pages.set(0x83, bytes('00830000')),
    (port) => port.pages.set(0x83, INQUIRY),
    (port) => port.pages.set(0x83, LIO.subarray(0, 100)),
    (port) => port.pages.set(0x00, bytes('00ff')),
  ];
  for (const spoil of spoils) {
    const rig = new Rig();
    const port = rig.port(1, 1);
    spoil(port);
    t.like((await rig.open(port)).identity, { wwid: '', address: '2:0:0:0' });
  }
});

test('a device that does not say what it is is refused, and its file left alone', async (t) => {
  const refusals: [string, (port: FakePort) => void][] = [
    ['MPATHFS_SCSI_IDENTITY', (port) => (port.unit.inquiry = INQUIRY.slice(0, 20))],
    ['MPATHFS_SCSI_IDENTITY', (port) => (port.unit.inquiry[0] = 0x7f)],
    // More bytes are missing than were asked for.
    ['MPATHFS_SCSI_IDENTITY', (port) => port.script(INQUIRY_OPCODE, { ...GOOD, residual: 50 })],
    ['EIO', (port) => port.script(INQUIRY_OPCODE, check(5, 0x25, 0))],
    ['ENODEV', (port) => port.script(INQUIRY_OPCODE, systemError('ENODEV', 19))],
    ['EIO', (port) => port.script(INQUIRY_OPCODE, new Error('what?'))],
  ];
  for (const [code, spoil] of refusals) {
    const rig = new Rig();
    const port = rig.port(1, 1);
    spoil(port);
    const file = testFile();
    const error = await t.throwsAsync(rig.open(port, file), { code });
    t.regex(error?.message ?? '', /2:0:0:0/);
    t.is(file.closed, 0);
    t.is(rig.clock.pending, 0);
  }
});

test('a device that hangs while it is opened is given up', async (t) => {
  const rig = new Rig();
  const port = rig.port(1, 1);
  port.script(INQUIRY_OPCODE, 'hang');
  const opening = t.throwsAsync(rig.open(port), { code: 'ETIMEDOUT' });
  await rig.clock.advance(10_000);
  await opening;
});

test('a path whose groups are not known is taken for optimized, like the kernel does', async (t) => {
  const rig = new Rig();
  const port = rig.port(1, 1);
  port.script(RTPG, check(4, 0x44, 0));
  const opened = await rig.open(port);
  t.is(opened.aluaState, 0);
  t.deepEqual(rig.lines, ['target port groups are not known']);
});

test('limits: of a block device its own, of a software port what the unit says', async (t) => {
  const rig = new Rig();
  const port = rig.port(1, 1);
  const file = testFile(false);
  t.is((await rig.open(port)).limits.optimalIoSize, 0);
  const opened = await rig.open(port, file);
  t.deepEqual(opened.limits, {
    ...file.limits,
    physicalBlockSize: 4096,
    minimumIoSize: 4096,
    optimalIoSize: 0xfffffff8 * 512,
    rotational: false,
    // LBPME, but the provisioning page has no UNMAP.
    discardGranularity: 0,
    maxDiscardBytes: 0,
  });
  port.pages.set(
    0xb0,
    bytes(`00b0003c 00000000 00000000 00000000 00000000 00000800 00000001
    00000010 ${'00'.repeat(32)}`),
  );
  port.pages.set(0xb1, bytes(`00b1003c 1c20 ${'00'.repeat(58)}`));
  port.pages.set(0xb2, bytes('00b20004 00800200'));
  t.like((await rig.open(port, testFile(false))).limits, {
    optimalIoSize: 0,
    discardGranularity: 8192,
    maxDiscardBytes: 0x800 * 512,
    rotational: true,
  });
  port.script(0x9e, check(5, 0x20, 0));
  t.deepEqual((await rig.open(port, testFile(false))).limits, file.limits);
});
