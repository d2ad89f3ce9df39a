import test from 'ava';
import { fc, testProp } from '@fast-check/ava';
import { AddPathError, diskOf, splitAddPath } from '../../../src/config/add-path.js';

test('words are separated by blanks, quoted ones hold some', (t) => {
  const { device, pairs } = splitAddPath('  "/dev/a b"\tmodel="x y" serial=1"2 3"4  address=a=b\n');
  t.is(device, '/dev/a b');
  t.deepEqual(
    [...pairs],
    [
      ['model', 'x y'],
      ['serial', '12 34'],
      ['address', 'a=b'],
    ],
  );
});

for (const [text, reason] of [
  ['', 'must be DEVICE [key=value ...]'],
  [' \n', 'must be DEVICE [key=value ...]'],
  ['""', 'must be DEVICE [key=value ...]'],
  ['a\n\n', 'has a control character'],
  ['a "b', 'has an unclosed quote'],
  ['a b', 'b: must be key=value'],
  ['a =b', '=b: must be key=value'],
  ['a x=1 x=1', 'x: is given twice'],
  ['a device=b', 'device: is given twice'],
] as const) {
  test(`not to be split: ${JSON.stringify(text)}`, (t) => {
    t.throws(() => splitAddPath(text), { instanceOf: AddPathError, message: reason });
  });
}

test('keys go to the path or its disk, with the types and defaults of the configuration', (t) => {
  const words = splitAddPath(
    '/dev/a numa_node=1 ana_state=change cntlid=7 model=123 ctrl_loss_tmo=off nsid=9 ' +
      'delayed_removal_secs=5 logical_block_size=4096 iopolicy=round-robin marginal_path_failures=9',
  );
  t.deepEqual(diskOf(words, 'nvme'), {
    kind: 'nvme',
    wwid: undefined,
    iopolicy: 'round-robin',
    delayed_removal_secs: 5,
    logical_block_size: 4096,
    subsysnqn: undefined,
    nsid: 9,
    model: '123',
    serial: undefined,
    firmware_rev: undefined,
    reconnect_delay: 1,
    ctrl_loss_tmo: -1,
    fast_io_fail_tmo: 0,
    marginal_path_failures: 9,
    marginal_path_window_secs: 60,
    marginal_path_recovery_secs: 60,
    paths: [
      {
        device: '/dev/a',
        numa_node: 1,
        access_state: 'change',
        transport: undefined,
        address: undefined,
        cntlid: 7,
        ana_grpid: undefined,
      },
    ],
  });
});

for (const [text, kind, reason] of [
  ['numa_node=x', 'nvme', 'numa_node: must be an integer from -1 to 1023'],
  ['numa_node=9999', 'nvme', 'numa_node: must be an integer from -1 to 1023'],
  ['access_state=standby', 'nvme', 'access_state: is not a key that exists here'],
  ['nsid=1', 'scsi', 'nsid: is not a key that exists here'],
  ['path=x', 'nvme', 'path: is not a key that exists here'],
  ['__proto__=x', 'nvme', '__proto__: is not a key that exists here'],
  ['wwid=naa.5000000000000001', 'nvme', /^wwid: must be a string like "uuid/],
  ['model=ä', 'scsi', 'model: must be a string of at most 16 printable ASCII characters'],
] as const) {
  test(`a mistake is named as in the configuration: ${kind} ${text}`, (t) => {
    const words = splitAddPath(`/dev/a ${text}`);
    const error = t.throws(() => diskOf(words, kind), { instanceOf: AddPathError });
    if (typeof reason === 'string') t.is(error.message, reason);
    else t.regex(error.message, reason);
  });
}

testProp(
  'any text is a disk or an AddPathError',
  [fc.array(fc.constantFrom(...' \n"=-1ax', 'wwid=', 'cntlid=', ' kind=', 'nvme', '\0'))],
  (t, parts) => {
    try {
      const words = splitAddPath(parts.join(''));
      t.is(diskOf(words, 'nvme').paths.length, 1);
    } catch (error) {
      t.true(error instanceof AddPathError, String(error));
    }
  },
  { numRuns: 1000 },
);
