import test from 'ava';
import { Errno } from '../../../src/shared/errno.js';
import { settle } from '../../sim/fake-clock.js';
import { BLOCK, BLOCKS, TargetsRig } from './fixture.js';
import { admin, identify, io, log } from './nvme-command.js';

const INVALID_FIELD = 0x6002;
const WRONG_LENGTH = 0x600f;

function text(view: DataView | number, at: number, length: number): string {
  if (typeof view === 'number') return `status ${view}`;
  return Buffer.from(view.buffer, at, length).toString('latin1');
}

/** The groups of an ANA log: [group, state, nsids...]. */
function groups(page: Uint8Array | number): number[][] {
  if (typeof page === 'number') return [[page]];
  const view = new DataView(page.buffer);
  const found: number[][] = [];
  let at = 16;
  for (let left = view.getUint16(8, true); left > 0; left--) {
    const count = view.getUint32(at + 4, true);
    const nsids = Array.from({ length: count }, (_, n) => view.getUint32(at + 32 + 4 * n, true));
    found.push([view.getUint32(at, true), view.getUint8(at + 16), ...nsids]);
    at += 32 + 4 * count;
  }
  return found;
}

test('a controller says what nvmet says of itself', async (t) => {
  const rig = new TargetsRig(t);
  const view = await identify(rig.nvme(2).attachment, 1);
  if (typeof view === 'number') return t.fail(`status ${view}`);
  t.is(text(view, 4, 20), 'E3SERIAL'.padEnd(20));
  t.is(text(view, 24, 40), 'e3-model'.padEnd(40));
  t.is(text(view, 64, 8), '6.12.117');
  t.is(text(view, 768, 19), 'nqn.2026-11.e3:ana\0');
  t.is(view.getUint8(76), 0x0b, 'CMIC');
  t.is(view.getUint16(78, true), 2, 'cntlid');
  t.is(view.getUint8(342), 10, 'ANATT');
  t.is(view.getUint8(343), 31, 'ANACAP');
  t.is(view.getUint32(344, true), 128, 'ANAGRPMAX');
  t.is(view.getUint32(348, true), 128, 'NANAGRPID');
});

test('a namespace says its size, block size, group and ids', async (t) => {
  const rig = new TargetsRig(t);
  const { attachment } = rig.nvme(1, 2);
  const view = await identify(attachment, 0);
  if (typeof view === 'number') return t.fail(`status ${view}`);
  t.deepEqual(
    [0, 8, 16].map((at) => Number(view.getBigUint64(at, true))),
    [BLOCKS, BLOCKS, BLOCKS],
  );
  t.is(view.getUint8(30), 1, 'shared');
  t.is(view.getUint32(92, true), 2);
  t.is(view.getUint8(130), 9);
  const descriptors = await identify(attachment, 3);
  t.is(
    Buffer.from((descriptors as DataView).buffer, 0, 26).toString('hex'),
    '03100000aaaaaaaa000040008000000000000002' + '040100000000',
  );
  const list = (await identify(attachment, 2, 0)) as DataView;
  t.deepEqual(
    [list.getUint32(0, true), list.getUint32(4, true), list.getUint32(8, true)],
    [1, 2, 0],
  );
  t.is(((await identify(attachment, 2, 1)) as DataView).getUint32(0, true), 2);
});

test('a namespace without ids has a UUID that is always the same, one with an NGUID has only that', async (t) => {
  const toml = (ids: string): string => `
    [[nvmet.subsystem]]
    nqn = "nqn.2026-11.e3:ana"
    namespace = [{ nsid = 1, device_path = "a"${ids} }]
    [[nvmet.port]]
    id = 1
    subsystems = ["nqn.2026-11.e3:ana"]`;
  const descriptors = async (ids: string): Promise<string> => {
    const view = (await identify(new TargetsRig(t, toml(ids)).nvme().attachment, 3)) as DataView;
    return Buffer.from(view.buffer, 0, 20).toString('hex');
  };
  const made = await descriptors('');
  t.regex(made, /^03100000/);
  t.is(await descriptors(''), made);
  t.is(
    await descriptors(', nguid = "0123456789abcdef0123456789abcdef"'),
    '021000000123456789abcdef0123456789abcdef',
  );
});

test('what is asked for and not there is an invalid field, never to be retried', async (t) => {
  const { attachment } = new TargetsRig(t).nvme();
  for (const cns of [0x05, 0x08, 0x10, 0xff]) t.is(await identify(attachment, cns), INVALID_FIELD);
  t.is(await identify(attachment, 0, 0xffffffff), 0x600b);
  t.is(await identify(attachment, 3, 7), 0x600b);
  const inactive = (await identify(attachment, 0, 7)) as DataView;
  t.is(inactive.getBigUint64(0, true), 0n);
  for (const lid of [0x00, 0x0d, 0x80]) t.is(await log(attachment, lid), INVALID_FIELD);
  t.is((await admin(attachment, { opcode: 0x80 })).status, 0x6001);
  t.is(
    (await admin(attachment, { opcode: 0x06, cdw: [1] }, new Uint8Array(64))).status,
    WRONG_LENGTH,
  );
});

test('the ANA log has every group of the port, with the namespaces that are in it', async (t) => {
  const rig = new TargetsRig(t);
  const { attachment } = rig.nvme(2);
  rig.targets.nvmet.ports.get(2)?.setAnaState(2, 'inaccessible');
  t.deepEqual(groups(await log(attachment, 0x0c)), [
    [1, 1, 1],
    [2, 3, 2],
  ]);
  t.deepEqual(groups(await log(attachment, 0x0c, { lsp: 1 })), [
    [1, 1],
    [2, 3],
  ]);
  t.deepEqual(groups(await log(rig.nvme(1).attachment, 0x0c)), [
    [1, 1, 1],
    [2, 1, 2],
  ]);
  const whole = (await log(attachment, 0x0c)) as Uint8Array;
  t.is(new DataView(whole.buffer).getBigUint64(0, true), 1n, 'chgcnt');
  const part = (await log(attachment, 0x0c, { offset: 16, length: 36 })) as Uint8Array;
  t.deepEqual(part, whole.slice(16, 52));
  t.is(await log(attachment, 0x0c, { offset: 4096 }), INVALID_FIELD);
});

test('each state has its number in the log and its status for I/O', async (t) => {
  const rig = new TargetsRig(t);
  const { attachment, faults } = rig.nvme();
  const expected = [
    ['optimized', 0x01, 0, 0],
    ['non-optimized', 0x02, 0, 0],
    ['inaccessible', 0x03, 0x2302, Errno.EIO],
    ['persistent-loss', 0x04, 0x2301, Errno.EIO],
    ['change', 0x0f, 0x2303, Errno.EIO],
  ] as const;
  for (const [state, number, status, errno] of expected) {
    rig.targets.nvmet.ports.get(1)?.setAnaState(1, state);
    t.is(groups(await log(attachment, 0x0c))[0]?.[1], number, state);
    const read = await io(attachment, { opcode: 2, nsid: 1 }, new Uint8Array(BLOCK));
    t.is(read.status, status, state);
    t.deepEqual([faults.read, faults.write], [errno, errno], state);
    t.is(typeof (await identify(attachment, 1)), 'object', 'admin commands get through');
  }
});

test('an ANA change is told once, and again when the log was read', async (t) => {
  const rig = new TargetsRig(t);
  const { attachment } = rig.nvme();
  const port = rig.targets.nvmet.ports.get(1);
  const events: number[] = [];
  const stop = attachment.onEvent((result) => events.push(result));
  port?.setAnaState(1, 'inaccessible');
  t.deepEqual(events, [], 'not at once');
  await settle();
  t.deepEqual(events, [0x0c0302]);
  port?.setAnaState(1, 'optimized');
  await log(attachment, 0x0c, { rae: true });
  port?.setAnaState(1, 'change');
  await settle();
  t.is(events.length, 1, 'retained');
  await log(attachment, 0x0c);
  rig.targets.nvmet.ports.get(2)?.setAnaState(1, 'change');
  await settle();
  t.is(events.length, 1, 'another port');
  port?.setAnaState(1, 'optimized');
  await settle();
  t.is(events.length, 2);
  stop();
  await log(attachment, 0x0c);
  port?.setAnaState(1, 'optimized');
  await settle();
  t.is(events.length, 2, 'not any more');
});

test('the host turns events off by a feature, and a reset turns them on again', async (t) => {
  const rig = new TargetsRig(t);
  const { attachment } = rig.nvme();
  const events: number[] = [];
  attachment.onEvent((result) => events.push(result));
  t.is((await admin(attachment, { opcode: 9, cdw: [0x0b, 0x100] })).status, 0);
  t.is((await admin(attachment, { opcode: 0x0a, cdw: [0x0b] })).result, 0x100n);
  t.is((await admin(attachment, { opcode: 9, cdw: [0x0b, 0x10000] })).status, INVALID_FIELD);
  rig.targets.nvmet.ports.get(1)?.setAnaState(1, 'optimized');
  await settle();
  t.deepEqual(events, []);
  await attachment.port.reset();
  t.is(attachment.state(), 'resetting');
  await settle();
  t.is(attachment.state(), 'live');
  rig.targets.nvmet.ports.get(1)?.setAnaState(1, 'optimized');
  await settle();
  t.deepEqual(events, [0x0c0302]);
});

test('a namespace moves to another group: log, events, faults, change count', async (t) => {
  const rig = new TargetsRig(t);
  const { attachment, faults } = rig.nvme();
  const namespace = rig.targets.nvmet.subsystems.get('nqn.2026-11.e3:ana')?.namespaces.get(1);
  const events: number[] = [];
  attachment.onEvent((result) => events.push(result));
  if (namespace !== undefined) namespace.anaGrpid = 9;
  await settle();
  t.deepEqual(events, [0x0c0302]);
  t.deepEqual(groups(await log(attachment, 0x0c)), [
    [1, 1],
    [2, 1, 2],
    [9, 3, 1],
  ]);
  t.is(faults.read, Errno.EIO, 'no port has that group: it is inaccessible');
  t.is(rig.targets.nvmet.chgcnt, 1n);
});

test('a namespace that is disabled is gone, and comes back', async (t) => {
  const rig = new TargetsRig(t);
  const { attachment, faults, file } = rig.nvme();
  const namespace = rig.targets.nvmet.subsystems.get('nqn.2026-11.e3:ana')?.namespaces.get(1);
  const events: number[] = [];
  let changes = 0;
  attachment.onEvent((result) => events.push(result));
  faults.onChange(() => changes++);
  namespace?.disable();
  await settle();
  t.deepEqual(events, [0x040002]);
  t.deepEqual([faults.read, faults.write, changes], [Errno.ENODEV, Errno.ENODEV, 1]);
  t.is(file.size(), 0);
  t.is(((await identify(attachment, 0)) as DataView).getBigUint64(0, true), 0n);
  t.is(await identify(attachment, 3), 0x2300);
  t.is((await io(attachment, { opcode: 0, nsid: 1 })).status, 0x2300);
  t.deepEqual(groups(await log(attachment, 0x0c))[0], [1, 1], 'it is in no group');
  const changed = (await log(attachment, 0x04, { length: 4096 })) as Uint8Array;
  t.deepEqual([...changed.subarray(0, 8)], [1, 0, 0, 0, 0, 0, 0, 0]);
  t.throws(() => rig.nvme(), { code: 'MPATHFS_TARGET_DISABLED', message: /enable/ });
  t.is(namespace?.enable(), 0);
  t.is(namespace?.enable(), 0, 'twice does no harm');
  t.deepEqual([faults.read, changes], [0, 2]);
  t.is(file.size(), BLOCK * BLOCKS);
});

test('a namespace grows when somebody looks', async (t) => {
  const rig = new TargetsRig(t);
  const { attachment } = rig.nvme();
  const namespace = rig.targets.nvmet.subsystems.get('nqn.2026-11.e3:ana')?.namespaces.get(1);
  const events: number[] = [];
  attachment.onEvent((result) => events.push(result));
  rig.resize('a', 2 * BLOCK * BLOCKS);
  await settle();
  t.deepEqual(events, []);
  t.is(namespace?.revalidate(), 0);
  await settle();
  t.deepEqual(events, [0x040002]);
  const view = (await identify(attachment, 0)) as DataView;
  t.is(Number(view.getBigUint64(0, true)), 2 * BLOCKS);
});

test('blocks are written, flushed and read; outside the namespace is refused', async (t) => {
  const rig = new TargetsRig(t);
  const { attachment } = rig.nvme();
  const written = Uint8Array.from({ length: 2 * BLOCK }, (_, i) => i % 251);
  t.is((await io(attachment, { opcode: 1, nsid: 1, cdw: [5, 0, 1] }, written)).status, 0);
  t.is((await io(attachment, { opcode: 0, nsid: 1 })).status, 0);
  const read = new Uint8Array(2 * BLOCK);
  t.is((await io(rig.nvme(2).attachment, { opcode: 2, nsid: 1, cdw: [5, 0, 1] }, read)).status, 0);
  t.deepEqual(read, written);
  const at = (lba: number, high = 0) =>
    io(attachment, { opcode: 2, nsid: 1, cdw: [lba, high] }, new Uint8Array(BLOCK));
  t.is((await at(BLOCKS - 1)).status, 0);
  t.is((await at(BLOCKS)).status, 0x6080);
  t.is((await at(0xffffffff, 0xffffffff)).status, 0x6080);
  t.is((await io(attachment, { opcode: 2, nsid: 1 }, new Uint8Array(7))).status, WRONG_LENGTH);
  t.is((await io(attachment, { opcode: 2, nsid: 3 }, new Uint8Array(BLOCK))).status, 0x600b);
  t.is((await io(attachment, { opcode: 0x7f, nsid: 1 })).status, 0x6001);
});

test('features: queues, host id, write cache', async (t) => {
  const { attachment } = new TargetsRig(t).nvme();
  t.is((await admin(attachment, { opcode: 9, cdw: [7, 0x00030003] })).result, 0x007f007fn);
  t.is((await admin(attachment, { opcode: 9, cdw: [7, 0xffff] })).status, 0x4002);
  t.is((await admin(attachment, { opcode: 0x0a, cdw: [6] })).result, 1n);
  const id = new Uint8Array(16);
  t.is((await admin(attachment, { opcode: 0x0a, cdw: [0x81] }, id)).status, INVALID_FIELD);
  t.is((await admin(attachment, { opcode: 0x0a, cdw: [0x81, 1] }, id)).status, 0);
  t.is(Buffer.from(id).toString('hex'), '0123456789abcdef0123456789abcdef');
  t.is((await admin(attachment, { opcode: 9, cdw: [0x81] })).status, 0x400c);
  t.is((await admin(attachment, { opcode: 0x18 })).status, 0);
});

test('a path that is closed has no controller, no faults to tell of and no file', async (t) => {
  const rig = new TargetsRig(t);
  const before = rig.files.open;
  const { attachment, faults, file } = rig.nvme();
  let told = 0;
  faults.onChange(() => told++);
  attachment.onEvent(() => told++);
  file.close();
  file.close();
  t.is(rig.files.open, before);
  t.is(attachment.state(), undefined);
  await t.throwsAsync(admin(attachment, { opcode: 0x18 }), { code: 'ENODEV' });
  await t.throwsAsync(attachment.port.reset(), { code: 'ENODEV' });
  rig.targets.nvmet.ports.get(1)?.setAnaState(1, 'inaccessible');
  await settle();
  t.is(told, 0);
});

test('commands answer in a later turn', async (t) => {
  const { attachment } = new TargetsRig(t).nvme();
  const data = new Uint8Array(4096);
  const answer = admin(attachment, { opcode: 6, cdw: [1] }, data);
  t.is(data[76], 0);
  await answer;
  t.is(data[76], 0x0b);
});
