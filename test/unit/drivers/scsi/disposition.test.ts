import test from 'ava';
import { disposition } from '../../../../src/drivers/scsi/disposition.js';
import type { ScsiResult } from '../../../../src/drivers/scsi/port.js';
import { HostStatus, SamStatus } from '../../../../src/drivers/scsi/status.js';
import { isPathError } from '../../../../src/multipath/blk-status.js';
import { Errno } from '../../../../src/shared/errno.js';
import { check, GOOD } from './fake-unit.js';

const READ_10 = 0x28;
const CONTEXT = { opcode: READ_10, online: true, mayRetry: true, removable: false };
const LAST = { ...CONTEXT, mayRetry: false };

/** `fail EIO`, `retry`, `requeue recheck` ... */
function of(result: ScsiResult, context = CONTEXT): string {
  const { action, errno, alua } = disposition(result, context);
  const name = Object.entries(Errno).find(([, number]) => number === errno)?.[0];
  return [action, name, alua].filter((part) => part !== undefined).join(' ');
}

const sense = (code: string): ScsiResult => {
  const [key = 0, asc = 0, ascq = 0] = code.split('/').map((digits) => parseInt(digits, 16));
  return check(key, asc, ascq);
};
const deferred = (key: number): ScsiResult => ({
  ...check(key, 0, 0),
  sense: Uint8Array.of(0x73, key, 0, 0),
});

/** Sense key, additional sense code and qualifier; the disposition; and when no retry is left. */
const SENSE: readonly (readonly [string, string, string])[] = [
  ['0/00/00', 'done', 'done'],
  ['1/17/01', 'done', 'done'],
  // Becoming ready.
  ['2/04/01', 'retry', 'delay'],
  ...['04', '05', '06', '07', '08', '09', '11', '14', '1a', '1b', '1d'].map(
    (ascq) => [`2/04/${ascq}`, 'delay', 'delay'] as const,
  ),
  // ALUA: transition, standby, unavailable.
  ['2/04/0a', 'delay transition', 'delay transition'],
  ['2/04/0b', 'fail EIO', 'fail EIO'],
  ['2/04/0c', 'fail EIO', 'fail EIO'],
  ['2/04/02', 'fail EIO', 'fail EIO'],
  ['2/04/24', 'fail EIO', 'fail EIO'],
  ['2/3a/00', 'fail EIO', 'fail EIO'],
  ['3/11/00', 'fail ENODATA', 'fail ENODATA'],
  ['3/13/00', 'fail ENODATA', 'fail ENODATA'],
  ['3/14/01', 'fail ENODATA', 'fail ENODATA'],
  ['3/0c/00', 'retry', 'fail EIO'],
  ['4/44/00', 'fail EREMOTEIO', 'fail EREMOTEIO'],
  ...['20', '21', '22', '24', '26', '27'].map(
    (asc) => [`5/${asc}/00`, 'fail EREMOTEIO', 'fail EREMOTEIO'] as const,
  ),
  ['5/10/01', 'fail EILSEQ', 'fail EILSEQ'],
  ['5/25/00', 'fail EIO', 'fail EIO'],
  ['6/28/00', 'retry', 'retry'],
  ['6/04/0a', 'delay transition', 'delay transition'],
  ['6/29/00', 'requeue recheck', 'requeue recheck'],
  ['6/2a/06', 'requeue recheck', 'requeue recheck'],
  ['6/2a/07', 'requeue recheck', 'requeue recheck'],
  ['6/29/04', 'requeue', 'requeue'],
  ['6/2a/01', 'requeue', 'requeue'],
  ['6/3f/03', 'requeue', 'requeue'],
  ['6/3f/0e', 'requeue', 'requeue'],
  ['6/2a/09', 'retry', 'retry'],
  ['7/27/07', 'fail ENOSPC', 'fail ENOSPC'],
  ['7/27/00', 'fail EREMOTEIO', 'fail EREMOTEIO'],
  ['8/00/00', 'fail EREMOTEIO', 'fail EREMOTEIO'],
  ['9/80/00', 'fail EIO', 'fail EIO'],
  ['a/00/00', 'fail EREMOTEIO', 'fail EREMOTEIO'],
  ['b/10/01', 'fail EILSEQ', 'fail EILSEQ'],
  ['b/2e/01', 'fail ETIME', 'fail ETIME'],
  ['b/2e/02', 'fail ETIME', 'fail ETIME'],
  ['b/2e/03', 'fail ETIME', 'fail ETIME'],
  ['b/2e/04', 'retry', 'fail EIO'],
  ['b/44/00', 'retry', 'fail EIO'],
  ['d/00/00', 'fail EREMOTEIO', 'fail EREMOTEIO'],
  ['e/1d/00', 'fail EREMOTEIO', 'fail EREMOTEIO'],
  ['f/55/0a', 'fail ETIME', 'fail ETIME'],
  ['f/00/00', 'fail EIO', 'fail EIO'],
];

for (const [code, first, last] of SENSE) {
  test(`sense ${code}: ${first}`, (t) => {
    t.is(of(sense(code)), first);
    t.is(of(sense(code), LAST), last);
  });
}

test('deferred sense is of an earlier command: this one is sent again', (t) => {
  for (const key of [0, 1, 3, 4, 5, 7]) {
    t.is(of(deferred(key)), 'retry');
    t.is(of(deferred(key), LAST), 'fail EIO');
  }
});

test('no sense data, or such as nobody understands', (t) => {
  for (const bytes of [[], [0x70], [0x7f, 0, 5]]) {
    const result = { ...check(5, 0x20, 0), sense: Uint8Array.from(bytes) };
    t.is(of(result), 'retry');
    t.is(of(result, LAST), 'fail EIO');
  }
});

test('a unit attention of a removable medium is a new medium', (t) => {
  t.is(of(sense('6/28/00'), { ...CONTEXT, removable: true }), 'fail EIO');
});

test('TEST UNIT READY tells what it heard; unit attentions are repeated', (t) => {
  const tur = { ...CONTEXT, opcode: 0 };
  for (const code of ['0/00/00', '1/00/00']) t.is(of(sense(code), tur), 'done');
  for (const code of [
    '2/04/01',
    '2/04/04',
    '2/04/0b',
    '3/11/00',
    '4/44/00',
    '5/24/00',
    'b/00/00',
  ]) {
    t.is(of(sense(code), tur), 'fail EIO', code);
  }
  t.is(of(sense('6/28/00'), tur), 'retry');
  t.is(of(sense('6/2a/06'), tur), 'requeue recheck');
  t.is(of(sense('2/04/0a'), tur), 'delay transition');
});

const { OK, ERROR } = HostStatus;
/** Host status; the disposition; and when no retry is left. */
const HOST: readonly (readonly [keyof typeof HostStatus, string, string])[] = [
  ['OK', 'done', 'done'],
  ['NO_CONNECT', 'fail EIO', 'fail EIO'],
  ['BUS_BUSY', 'retry', 'fail EIO'],
  ['TIME_OUT', 'retry', 'fail EIO'],
  ['BAD_TARGET', 'fail EIO', 'fail EIO'],
  ['ABORT', 'fail EIO', 'fail EIO'],
  ['PARITY', 'retry', 'fail EIO'],
  ['ERROR', 'retry', 'fail EIO'],
  ['RESET', 'retry', 'fail EIO'],
  ['PASSTHROUGH', 'done', 'done'],
  ['SOFT_ERROR', 'retry', 'fail EIO'],
  ['IMM_RETRY', 'retry', 'retry'],
  ['REQUEUE', 'requeue', 'requeue'],
  ['TRANSPORT_DISRUPTED', 'retry', 'fail EIO'],
  ['TRANSPORT_FAILFAST', 'fail ENOLINK', 'fail ENOLINK'],
  ['TRANSPORT_MARGINAL', 'fail ENOLINK', 'fail ENOLINK'],
];

for (const [name, first, last] of HOST) {
  test(`host status ${name}: ${first}`, (t) => {
    const result = { ...GOOD, hostStatus: HostStatus[name] };
    t.is(of(result), first);
    t.is(of(result, LAST), last);
  });
}

test('every host status has its row', (t) => {
  t.deepEqual(
    HOST.map(([name]) => name),
    Object.keys(HostStatus) as (keyof typeof HostStatus)[],
  );
  t.is(of({ ...GOOD, hostStatus: 0x30 }), 'retry');
});

test('nobody answers TEST UNIT READY and INQUIRY where nothing is', (t) => {
  for (const opcode of [0x00, 0x12]) {
    t.is(of({ ...GOOD, hostStatus: HostStatus.TIME_OUT }, { ...CONTEXT, opcode }), 'fail EIO');
  }
});

/** SAM status without sense data; the disposition; and when no retry is left. */
const STATUS: readonly (readonly [keyof typeof SamStatus, string, string])[] = [
  ['GOOD', 'done', 'done'],
  ['CHECK_CONDITION', 'retry', 'fail EIO'],
  ['CONDITION_MET', 'done', 'done'],
  ['BUSY', 'requeue', 'requeue'],
  ['INTERMEDIATE', 'done', 'done'],
  ['INTERMEDIATE_CONDITION_MET', 'done', 'done'],
  ['RESERVATION_CONFLICT', 'fail EBADE', 'fail EBADE'],
  ['COMMAND_TERMINATED', 'done', 'done'],
  ['TASK_SET_FULL', 'requeue', 'requeue'],
  ['ACA_ACTIVE', 'fail EIO', 'fail EIO'],
  ['TASK_ABORTED', 'retry', 'fail EIO'],
];

for (const [name, first, last] of STATUS) {
  test(`status ${name}: ${first}`, (t) => {
    const result = { ...GOOD, status: SamStatus[name] };
    t.is(of(result), first);
    t.is(of(result, LAST), last);
  });
}

test('every status has its row', (t) => {
  t.deepEqual(
    STATUS.map(([name]) => name),
    Object.keys(SamStatus) as (keyof typeof SamStatus)[],
  );
  t.is(of({ ...GOOD, status: 0x3f }), 'retry');
});

test('a reservation conflict counts even where the adapter says ERROR', (t) => {
  const status = SamStatus.RESERVATION_CONFLICT;
  t.is(of({ ...GOOD, status, hostStatus: ERROR }), 'fail EBADE');
  t.is(of({ ...GOOD, status, hostStatus: OK }), 'fail EBADE');
});

test('GOOD with sense data: over its duration limit, or merely recovered', (t) => {
  t.is(of({ ...sense('f/55/0a'), status: SamStatus.GOOD }), 'fail ETIME');
  t.is(of({ ...sense('1/17/01'), status: SamStatus.GOOD }), 'done');
  t.is(of({ ...sense('3/11/00'), status: SamStatus.GOOD }), 'done');
});

test('nothing is retried on a device that is offline', (t) => {
  const offline = { ...CONTEXT, online: false };
  t.is(of(sense('6/29/00'), offline), 'fail EIO');
  t.is(of({ ...GOOD, status: SamStatus.BUSY }, offline), 'fail EIO');
  t.is(of({ ...GOOD, hostStatus: HostStatus.REQUEUE }, offline), 'fail EIO');
  t.is(of({ ...GOOD, hostStatus: HostStatus.TRANSPORT_FAILFAST }, offline), 'fail ENOLINK');
  t.is(of(GOOD, offline), 'done');
});

test('what the target itself says is no path error', (t) => {
  const errnoOf = (code: string): number => disposition(sense(code), LAST).errno;
  for (const code of [
    '3/11/00',
    '4/44/00',
    '5/21/00',
    '7/27/00',
    '7/27/07',
    'b/10/01',
    'e/1d/00',
  ]) {
    t.false(isPathError(errnoOf(code)), code);
  }
  for (const code of [
    '2/04/0b',
    '2/04/0c',
    '2/3a/00',
    '3/0c/00',
    '5/25/00',
    'b/44/00',
    'b/2e/01',
  ]) {
    t.true(isPathError(errnoOf(code)), code);
  }
});
