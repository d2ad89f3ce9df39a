import test from 'ava';
import { Errno } from '../../../src/shared/errno.js';
import { ALUA_STATES } from '../../../src/target/scsi/alua-state.js';
import { BLOCK, BLOCKS, TargetsRig } from './fixture.js';
import { inquiry, outcome, received, reportPortGroups, send, sent, TUR } from './scsi-command.js';

const READ_CAPACITY_16 = [0x9e, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 32, 0, 0];
const READ_CAPACITY = [0x25, 0, 0, 0, 0, 0, 0, 0, 0, 0];
const REPORT_LUNS = [0xa0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 0, 0];
const REQUEST_SENSE = [0x03, 0, 0, 0, 252, 0];
const READ_10 = [0x28, 0, 0, 0, 0, 0, 0, 0, 1, 0];

/** The unit with its attentions taken, through port `number`. */
async function ready(rig: TargetsRig, number = 1) {
  const device = rig.scsi(number);
  await sent(device.attachment, ...TUR);
  return device;
}

function unitOf(rig: TargetsRig) {
  const unit = rig.targets.core.units.get('e3disk');
  if (unit === undefined) throw new Error('no unit');
  return unit;
}

function groupOf(rig: TargetsRig, name: string) {
  const group = unitOf(rig).groups.get(name);
  if (group === undefined) throw new Error(name);
  return group;
}

test('the VPD pages are those of a captured LIO, as far as they are supported', async (t) => {
  const { attachment } = new TargetsRig(t).scsi();
  t.is(await received(attachment, inquiry(0x00)), '00000006008083b0b1b2');
  t.is(
    await received(attachment, inquiry(0x80)),
    '0080002565336533653365332d303030302d303030302d303030302d30303030303030303030303100',
  );
  t.is(
    await received(attachment, inquiry(0x83)),
    '008300a9010300106001405e3e3e3e300000000000000000020100394c494f2d4f52472052414d4449534b2d4d43503a65336533653365332d303030302d303030302d303030302d30303030303030303030303100619400040000000161950004000000010106000400000000639800206e61612e353030313430353030303030303030312c742c30783030303100000063a800186e61612e3530303134303530303030303030303100000000',
  );
  t.is(await received(attachment, inquiry(0xb0)), '00b00010010000010000400000004000' + '00000000');
  t.is(await received(attachment, inquiry(0xb1)), `00b1003c0001${'00'.repeat(58)}`);
  t.is(await received(attachment, inquiry(0xb2)), '00b2000400000000');
  t.is(await received(attachment, inquiry(0x86)), '5/24/00');
});

test('the standard INQUIRY data is that of a captured LIO, but for 3PC and MULTIP', async (t) => {
  const { attachment } = new TargetsRig(t).scsi();
  t.is(
    await received(attachment, inquiry()),
    '000006025bb01002' +
      '4c494f2d4f52472052414d4449534b2d4d43502020202020342e3020' +
      `${'00'.repeat(22)}00a00c60046004c0${'00'.repeat(30)}`,
  );
  t.is(await received(attachment, [0x12, 0, 0x80, 0, 255, 0]), '5/24/00');
  t.is(await received(attachment, [0x12, 0, 0, 0, 5, 0]), '000006025b', 'allocation length');
});

test('the ports of a unit have one wwid, and ids of their own', async (t) => {
  const rig = new TargetsRig(t);
  const pages = await Promise.all(
    [1, 2, 3, 4].map((port) => received(rig.scsi(port).attachment, inquiry(0x83))),
  );
  t.is(new Set(pages.map((page) => page.slice(8, 48))).size, 1);
  t.is(new Set(pages).size, 4);
  t.is(rig.scsi(3).attachment.address, '2:0:1:0');
  const { naa } = unitOf(rig);
  t.is(naa, '6001405e3e3e3e300000000000000000');
});

test('a configured wwid takes the place of the one that is made', async (t) => {
  const rig = new TargetsRig(
    t,
    `[[target.unit]]
     name = "x"
     file = "c"
     wwid = "naa.5000c500a1b2c3d4"
     port = [{ wwn = "naa.5001405000000001" }]`,
  );
  const page = await received(rig.scsi().attachment, inquiry(0x83));
  t.is(page.slice(8, 32), '010300085000c500a1b2c3d4');
});

test('capacities', async (t) => {
  const { attachment } = await ready(new TargetsRig(t));
  const last = (BLOCKS - 1).toString(16).padStart(8, '0');
  t.is(await received(attachment, READ_CAPACITY), `${last}00000200`);
  t.is(
    await received(attachment, READ_CAPACITY_16),
    `00000000${last}0000020000${'03'}${'00'.repeat(18)}`,
  );
  t.is(await received(attachment, READ_CAPACITY_16, 12), `00000000${last}00000200`);
});

test('a unit attention ends one command, and INQUIRY, REPORT LUNS and REQUEST SENSE not', async (t) => {
  const { attachment } = new TargetsRig(t).scsi();
  t.is((await received(attachment, inquiry())).length, 192);
  t.is(await received(attachment, REPORT_LUNS), '00000008000000000000000000000000');
  t.is(await sent(attachment, ...TUR), '6/29/00');
  t.is(await sent(attachment, ...TUR), 'good');
  t.is(await received(attachment, REQUEST_SENSE), `70000000000000${'0a'}${'00'.repeat(10)}`);
});

test('REQUEST SENSE takes the unit attention', async (t) => {
  const { attachment } = new TargetsRig(t).scsi();
  t.is(
    (await received(attachment, REQUEST_SENSE)).slice(0, 28),
    '70000600000000' + '0a' + '00000000' + '2900',
  );
  t.is(await sent(attachment, ...TUR), 'good');
});

test('a change of the access state is told to every nexus of the group, once', async (t) => {
  const rig = new TargetsRig(t);
  const [one, two, three] = await Promise.all([ready(rig, 1), ready(rig, 2), ready(rig, 3)]);
  await groupOf(rig, 'gp1').changeState(ALUA_STATES['active/non-optimized']);
  for (const { attachment } of [one, two]) {
    t.is(await sent(attachment, ...TUR), '6/2a/06');
    t.is(await sent(attachment, ...TUR), 'good');
  }
  t.is(await sent(three.attachment, ...TUR), 'good');
  await groupOf(rig, 'gp1').changeState(ALUA_STATES['active/non-optimized']);
  t.is(await sent(one.attachment, ...TUR), 'good', 'no other state');
});

test('each access state lets the commands through that LIO lets through', async (t) => {
  const rig = new TargetsRig(t);
  const { attachment, faults } = await ready(rig);
  const commands = [[...TUR], READ_10, READ_CAPACITY, READ_CAPACITY_16, reportPortGroups()];
  const expected = {
    'active/optimized': ['good', 'good', 'good', 'good', 'good'],
    'active/non-optimized': ['good', 'good', 'good', 'good', 'good'],
    standby: ['2/04/0b', '2/04/0b', 'good', 'good', 'good'],
    unavailable: ['2/04/0c', '2/04/0c', '2/04/0c', '2/04/0c', 'good'],
    offline: ['5/24/00', '5/24/00', '5/24/00', '5/24/00', '5/24/00'],
    transitioning: ['2/04/0a', '2/04/0a', '2/04/0a', '2/04/0a', 'good'],
  };
  for (const [name, outcomes] of Object.entries(expected)) {
    await groupOf(rig, 'gp1').changeState(ALUA_STATES[name as keyof typeof expected]);
    await send(attachment, REQUEST_SENSE, new Uint8Array(18));
    // What is refused takes no unit attention along: take it, where it can be.
    await sent(attachment, ...TUR);
    const found: string[] = [];
    for (const cdb of commands) {
      found.push(outcome(await send(attachment, cdb, new Uint8Array(BLOCK))));
    }
    t.deepEqual(found, outcomes, name);
    const errno = name.startsWith('active') ? 0 : Errno.EIO;
    t.deepEqual([faults.read, faults.write], [errno, errno], name);
    const passes = name !== 'offline';
    t.is(outcome(await send(attachment, inquiry(), new Uint8Array(96))) === 'good', passes);
  }
});

test('a port that is offline refuses everything, its transport nothing at all', async (t) => {
  const rig = new TargetsRig(t);
  const { attachment, faults } = await ready(rig);
  const [lun] = unitOf(rig).luns;
  const port = rig.targets.core.ports.get('naa.5001405000000001');
  if (lun === undefined || port === undefined) return t.fail();
  lun.offline = true;
  t.is(faults.read, Errno.EIO);
  for (const cdb of [[...TUR], inquiry(), reportPortGroups()]) {
    t.is(outcome(await send(attachment, cdb, new Uint8Array(96))), '2/04/12');
  }
  lun.offline = false;
  t.is(faults.read, 0);
  port.online = false;
  t.is(faults.write, Errno.EIO);
  t.is(outcome(await send(attachment, inquiry(), new Uint8Array(96))), 'host e');
  port.online = true;
  t.is(await sent(attachment, ...TUR), 'good');
});

test('REPORT TARGET PORT GROUPS with both headers', async (t) => {
  const rig = new TargetsRig(t);
  const { attachment } = await ready(rig);
  const [one, two] = [groupOf(rig, 'gp1'), groupOf(rig, 'gp2')];
  two.preferred = true;
  one.implicitTransSecs = 7;
  await two.changeState(ALUA_STATES.standby);
  const groups = `00cf0001000000020000000100000002` + `82cf0002000200020000000300000004`;
  t.is(await received(attachment, reportPortGroups()), `00000020${groups}`);
  // As from LIO, the last four bytes are there, but do not count.
  const data = new Uint8Array(255);
  const { residual } = await send(attachment, reportPortGroups(true), data);
  t.is(Buffer.from(data.subarray(0, 40)).toString('hex'), `0000002010070000${groups}`);
  t.is(data.length - residual, 36);
});

test('port groups that do not fit are left out, but counted', async (t) => {
  const { attachment } = await ready(new TargetsRig(t));
  t.is(
    await received(attachment, reportPortGroups(false, 24)),
    `0000002000cf000100000002000000010000000200000000`,
  );
  t.is(await received(attachment, reportPortGroups(false, 3)), '5/24/00');
  t.is(await received(attachment, reportPortGroups(true, 7)), '5/24/00');
});

test('a transition takes its time, and is told at both ends', async (t) => {
  const rig = new TargetsRig(t);
  const { attachment } = await ready(rig);
  const group = groupOf(rig, 'gp1');
  group.transDelayMsecs = 500;
  let over = false;
  const change = group.changeState(ALUA_STATES.standby).then(() => (over = true));
  t.is(await sent(attachment, ...TUR), '6/2a/06');
  t.is(await sent(attachment, ...TUR), '2/04/0a');
  await rig.clock.advance(499);
  t.false(over);
  await rig.clock.advance(1);
  await change;
  t.is(await sent(attachment, ...TUR), '6/2a/06');
  t.is(await sent(attachment, ...TUR), '2/04/0b');
});

test('SET TARGET PORT GROUPS, where explicit access is on', async (t) => {
  const rig = new TargetsRig(t);
  const [one, two] = await Promise.all([ready(rig, 1), ready(rig, 2)]);
  const set = async (...descriptor: number[]): Promise<string> => {
    const list = Uint8Array.from([0, 0, 0, 0, ...descriptor]);
    const cdb = [0xa4, 0x0a, 0, 0, 0, 0, 0, 0, 0, list.length, 0, 0];
    return outcome(await send(one.attachment, cdb, list, 'out'));
  };
  const group = groupOf(rig, 'gp1');
  t.is(await set(1, 0, 0, 1), 'good');
  t.deepEqual([group.state, group.status], [1, 1]);
  t.is(await sent(one.attachment, ...TUR), 'good', 'it asked for it');
  t.is(await sent(two.attachment, ...TUR), '6/2a/06');
  t.is(await set(15, 0, 0, 1), '5/26/00', 'transitioning');
  t.is(await set(4, 0, 0, 1), '5/26/00', 'not supported');
  t.is(await set(0, 0, 0, 9), '5/26/00', 'no such group');
  t.is(await set(0), '5/26/00', 'cut off');
  t.is(await set(14, 0, 0, 2), 'good');
  t.is(await sent(two.attachment, ...TUR), '2/04/12');
  group.accessType = 0x10;
  t.is(await set(0, 0, 0, 1), '5/20/00');
});

test('a unit that grew tells every nexus', async (t) => {
  const rig = new TargetsRig(t);
  const { attachment, file } = await ready(rig);
  rig.resize('c', 2 * BLOCK * BLOCKS);
  t.is(await sent(attachment, ...TUR), '6/2a/09');
  t.is(await sent(attachment, ...TUR), 'good');
  t.is((await received(attachment, READ_CAPACITY)).slice(0, 8), '00000fff');
  t.is(file.size(), 2 * BLOCK * BLOCKS);
});

test('blocks are written, synchronized and read; outside the unit is refused', async (t) => {
  const rig = new TargetsRig(t);
  const { attachment } = await ready(rig);
  const other = await ready(rig, 4);
  const written = Uint8Array.from({ length: 2 * BLOCK }, (_, i) => i % 251);
  const write16 = [0x8a, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 2, 0, 0];
  t.is(outcome(await send(attachment, write16, written, 'out')), 'good');
  t.is(await sent(attachment, 0x35, 0, 0, 0, 0, 0, 0, 0, 0, 0), 'good');
  const read = new Uint8Array(2 * BLOCK);
  t.is(outcome(await send(other.attachment, [0x28, 0, 0, 0, 0, 5, 0, 0, 2, 0], read)), 'good');
  t.deepEqual(read, written);
  const past = [0x28, 0, 0, 0, 8, 0, 0, 0, 1, 0];
  t.is(outcome(await send(attachment, past, read)), '5/21/00');
  t.is(outcome(await send(attachment, READ_10, new Uint8Array(7))), '5/24/00');
  t.is(await sent(attachment, 0x5a, 0, 0, 0, 0, 0, 0, 0, 0, 0), '5/20/00');
});

test('a path that is closed has no unit, no faults to tell of and no file', async (t) => {
  const rig = new TargetsRig(t);
  const before = rig.files.open;
  const { attachment, faults, file } = rig.scsi();
  let told = 0;
  faults.onChange(() => told++);
  file.close();
  t.is(rig.files.open, before);
  t.is(attachment.state(), undefined);
  await t.throwsAsync(sent(attachment, ...TUR), { code: 'ENODEV' });
  await groupOf(rig, 'gp1').changeState(ALUA_STATES.standby);
  t.is(told, 0);
  t.is(unitOf(rig).nexuses.size, 0);
});
