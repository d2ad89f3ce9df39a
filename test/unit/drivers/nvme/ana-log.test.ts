import { fc, testProp } from '@fast-check/ava';
import test from 'ava';
import { anaFormat } from '../../../../src/drivers/nvme/ana-format.js';
import { decodeAnaLog } from '../../../../src/drivers/nvme/ana-log.js';
import { isRefusal } from '../../../../src/drivers/nvme/bytes.js';
import { decodeController } from '../../../../src/drivers/nvme/identify-controller.js';
import { anaLogPage, controllerPage, type ControllerFields, type GroupFields } from './pages.js';

const group = fc.record({
  id: fc.integer({ min: 1, max: 128 }),
  state: fc.integer({ min: 1, max: 15 }),
  nsids: fc.array(fc.integer({ min: 1, max: 0xfffffffe }), { maxLength: 5 }),
  changeCount: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
});
const groups = fc.array(group, { maxLength: 8 });

testProp('a log comes back, whatever is behind it', [groups, fc.nat(100)], (t, wrote, more) => {
  const size = anaLogPage(wrote).length;
  const page = anaLogPage(wrote, { changeCount: 99n, bytes: size + more });
  t.deepEqual(decodeAnaLog(page, 128), { changeCount: 99n, groups: wrote });
});

testProp('a log that is cut off is refused', [groups, fc.nat()], (t, wrote, at) => {
  const page = anaLogPage(wrote);
  const log = decodeAnaLog(page.subarray(0, at % page.length), 128);
  t.true(isRefusal(log) && log.error.length > 0);
});

testProp('any bytes are a log or refused', [fc.uint8Array({ maxLength: 400 })], (t, data) => {
  // The count small, so that more than the first group counts.
  if (data.length > 9) data[9] = 0;
  const log = decodeAnaLog(data.subarray(1), 0xffffffff);
  if (isRefusal(log)) {
    t.true(log.error.length > 0);
    return;
  }
  const bytes = log.groups.reduce((sum, { nsids }) => sum + 32 + nsids.length * 4, 16);
  t.true(bytes <= data.length - 1);
});

testProp(
  'a log with one wrong byte is a log or refused',
  [groups, fc.nat(), fc.nat(255)],
  (t, wrote, at, byte) => {
    const page = anaLogPage(wrote);
    page[at % page.length] = byte;
    const log = decodeAnaLog(page, 128);
    t.true(isRefusal(log) || log.groups.every(({ id, state }) => id <= 128 && state <= 15));
  },
);

const good: GroupFields = { id: 1, state: 1, nsids: [1, 2] };
const refuses = (bad: Partial<GroupFields>, why: string): void => {
  test(`refused: ${why}`, (t) => {
    t.deepEqual(decodeAnaLog(anaLogPage([good, { ...good, ...bad }]), 128), {
      error: `ANA group 2 of 2 ${why}`,
    });
  });
};
refuses({ id: 0 }, 'has the ID 0, not 1 to 128');
refuses({ id: 129 }, 'has the ID 129, not 1 to 128');
refuses({ state: 0 }, 'has the state 0');
refuses({ state: 16 }, 'has the state 16');

test('refused: more namespaces or groups than there is room for', (t) => {
  const page = Buffer.from(anaLogPage([good]));
  page.writeUInt32LE(3, 20);
  t.deepEqual(decodeAnaLog(page, 128), {
    error: 'ANA group 1 of 1 has 3 namespaces, past the end of the log',
  });
  page.writeUInt32LE(0xffffffff, 20);
  t.true(isRefusal(decodeAnaLog(page, 128)));
  page.writeUInt32LE(2, 20);
  page.writeUInt16LE(2, 8);
  t.deepEqual(decodeAnaLog(page, 128), { error: 'ANA group 2 of 2 runs past the end of the log' });
  t.deepEqual(decodeAnaLog(page.subarray(0, 15), 128), { error: 'the ANA log has no header' });
});

test('reserved states and groups without namespaces are no error', (t) => {
  const wrote = [5, 14, 15].map((state) => ({ id: 128, state, nsids: [], changeCount: 1n }));
  t.deepEqual(decodeAnaLog(anaLogPage(wrote), 128), { changeCount: 1n, groups: wrote });
});

const format = (fields: ControllerFields): unknown => {
  const controller = decodeController(controllerPage(fields));
  return isRefusal(controller) ? controller : anaFormat(controller);
};

test('the log has room for every group and namespace', (t) => {
  const logBytes = 16 + 128 * 32 + 1024 * 4;
  t.deepEqual(format({}), { logBytes, anagrpmax: 128, transitionSecs: 10 });
  t.is(format({ cmic: 0x2 }), undefined);
  t.like(format({ mnan: 0, nn: 2 }), { logBytes: 16 + 128 * 32 + 8 });
});

test('a log above MDTS, or of more namespaces than there are, disables ANA', (t) => {
  t.like(format({ mdts: 2 }), { logBytes: 8208 });
  t.deepEqual(format({ mdts: 1 }), { error: 'its ANA log of 8208 bytes is above 8192 (MDTS)' });
  t.like(format({ mdts: 1, nanagrpid: 127 }), { logBytes: 8176 });
  t.regex(JSON.stringify(format({ mdts: 255, nanagrpid: 0xffffffff })), /is above 8388608/);
  t.regex(JSON.stringify(format({ mdts: 0, nanagrpid: 0xffffffff })), /is above 8388608/);
  t.deepEqual(format({ mnan: 1025 }), { error: 'it allows 1025 namespaces (MNAN) of 1024 (NN)' });
});
