import { fc, testProp } from '@fast-check/ava';
import test from 'ava';
import { decodeAsyncEvent, isAnaChange } from '../../../../src/drivers/nvme/async-event.js';
import {
  decodeStatus,
  isAnaError,
  statusErrno,
  statusText,
} from '../../../../src/drivers/nvme/status.js';
import { isPathError } from '../../../../src/multipath/blk-status.js';
import { Errno } from '../../../../src/shared/errno.js';

test("the kernel's errno for each status", (t) => {
  const errnos: Record<string, readonly number[]> = {
    ENOSPC: [0x081],
    EREMOTEIO: [0x080, 0x021, 0x082],
    EOPNOTSUPP: [0x180, 0x183, 0x001, 0x002, 0x00b],
    ENODATA: [0x280, 0x281, 0x287, 0x286, 0x182, 0x285],
    EILSEQ: [0x282, 0x283, 0x284, 0x181],
    EBADE: [0x083],
    ENOLINK: [0x370],
    EIO: [0x006, 0x300, 0x301, 0x302, 0x303, 0x360, 0x371, 0x7c0],
  };
  for (const [name, codes] of Object.entries(errnos)) {
    for (const code of codes) {
      t.is(statusErrno(code), Errno[name as keyof typeof Errno], code.toString(16));
    }
  }
  t.is(statusErrno(0x1bd), 75);
  t.is(statusErrno(0x1be), 109);
  t.is(statusErrno(0), 0);
});

test('what the medium, the target or a reservation says is no path error', (t) => {
  for (const code of [0x281, 0x182, 0x083, 0x080, 0x002]) t.false(isPathError(statusErrno(code)));
  for (const code of [0x302, 0x370, 0x006]) t.true(isPathError(statusErrno(code)));
});

test('an ANA error as nvmet gives it, with MORE', (t) => {
  t.deepEqual(decodeStatus(0x2302), { sct: 3, sc: 2, crd: 0, more: true, dnr: false });
  t.is(statusText(0x2302), 'status 0x2302 (asymmetric access inaccessible)');
  t.is(statusText(0x7c0), 'status 0x07c0');
  t.deepEqual([0x2300, 0x2301, 0x2303, 0x2304].map(isAnaError), [false, true, true, false]);
});

testProp(
  'any status: the parts come back, and flags do not matter',
  [fc.nat(0x7fff)],
  (t, status) => {
    const { sct, sc, crd, more, dnr } = decodeStatus(status);
    t.is(sc | (sct << 8) | (crd << 11) | (Number(more) << 13) | (Number(dnr) << 14), status);
    t.is(statusErrno(status), statusErrno(status & 0x7ff));
    t.is(statusErrno(status) === 0, (status & 0x7ff) === 0);
  },
);

test('the asynchronous event of an ANA change', (t) => {
  t.deepEqual(decodeAsyncEvent(0x0c0302), { type: 2, information: 3, logPage: 0x0c });
  t.true(isAnaChange(0x0c0302));
  // Namespace attributes changed; an error; a vendor's event.
  t.deepEqual([0x040002, 0x010300, 0x0c0307].map(isAnaChange), [false, false, false]);
});
