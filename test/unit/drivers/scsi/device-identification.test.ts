import test from 'ava';
import {
  decodeDesignators,
  lunId,
  targetPort,
} from '../../../../src/drivers/scsi/device-identification.js';
import { isRefusal } from '../../../../src/drivers/scsi/refusal.js';
import { bytes, pages, WWID } from './lio.js';

const LIO = pages(2, 1).get(0x83) ?? new Uint8Array();
/** The id of multipath-tools' tests of VPD page 0x83 (tests/vpd.c), and its vendor. */
const TEST_ID = 'A123456789AbcDefB123456789AbcDefC123456789AbcDefD123456789AbcDef';
const VENDOR = 'Linux   ';

const ascii = (text: string): string => Buffer.from(text).toString('hex');
/** A designator of the logical unit, of `type`, with these bytes in hexadecimal. */
function designator(type: number, hex: string, association = 0): string {
  const length = (hex.length / 2).toString(16).padStart(2, '0');
  return `01${association}${type}00${length}${hex}`;
}

function decode(...designators: string[]) {
  const body = designators.join('');
  const length = (body.length / 2).toString(16).padStart(4, '0');
  const decoded = decodeDesignators(bytes(`0083${length}${body}`));
  if (isRefusal(decoded)) throw new Error(decoded.error);
  return decoded;
}

const T10 = designator(1, ascii(`${VENDOR}${TEST_ID}`));
const EUI8 = designator(2, '0123456789abcdef');
const EUI12 = designator(2, '0123456789abcdef01234567');
const EUI16 = designator(2, '0123456789abcdef0123456789abcdef');
const NAA3 = designator(3, '3123456789abcdef');
const NAA5 = designator(3, '5123456789abcdef');
const NAA6 = designator(3, '6123456789abcdef0123456789abcdef');
const NAME = designator(8, `${ascii('iqn.2001-04.com.example:disk')}0000`);

test('the designators of LIO, its id and its port', (t) => {
  const decoded = decodeDesignators(LIO);
  if (isRefusal(decoded)) return t.fail(decoded.error);
  t.deepEqual(
    decoded.map(({ codeSet, association, type }) => [codeSet, association, type]),
    [
      [1, 0, 3],
      [2, 0, 1],
      [1, 1, 4],
      [1, 1, 5],
      [1, 0, 6],
      [3, 1, 8],
      [3, 2, 8],
    ],
  );
  t.is(lunId(decoded), WWID);
  t.deepEqual(targetPort(decoded), { portGroup: 1, relativePort: 2 });
});

test('each kind of id as the kernel prints it', (t) => {
  t.is(lunId(decode(EUI8)), 'eui.0123456789abcdef');
  t.is(lunId(decode(EUI12)), 'eui.0123456789abcdef01234567');
  t.is(lunId(decode(EUI16)), 'eui.0123456789abcdef0123456789abcdef');
  t.is(lunId(decode(NAA3)), 'naa.3123456789abcdef');
  t.is(lunId(decode(NAA5)), 'naa.5123456789abcdef');
  t.is(lunId(decode(NAA6)), 'naa.6123456789abcdef0123456789abcdef');
  t.is(lunId(decode(NAME)), 'iqn.2001-04.com.example:disk');
  t.is(lunId(decode(T10)), `t10.${VENDOR}${TEST_ID}`);
});

test('the vectors of multipath-tools', (t) => {
  const hexId = TEST_ID.toLowerCase();
  const [naa6, naa5] = [`6${hexId.slice(0, 31)}`, `5${hexId.slice(0, 15)}`];
  t.is(lunId(decode(designator(3, naa6))), `naa.${naa6}`);
  t.is(lunId(decode(designator(3, naa5))), `naa.${naa5}`);
  for (const digits of [16, 24, 32]) {
    t.is(lunId(decode(designator(2, hexId.slice(0, digits)))), `eui.${hexId.slice(0, digits)}`);
  }
  for (const prefix of ['eui.', 'naa.', 'iqn.']) {
    const name = `${prefix}${TEST_ID}`;
    t.is(lunId(decode(designator(8, `${ascii(name)}0000`))), name);
  }
});

test('an unprintable T10 vendor id is escaped as printk does', (t) => {
  const odd = designator(1, `${ascii('LIO-ORG ')}0007090a0b0c0d1b01227f9fa05c`);
  t.is(lunId(decode(odd)), 't10.LIO-ORG \\0\\a\\t\\n\\v\\f\\r\\e\\001"\\177\\237\u00a0\\');
});

/** From the most preferred to the least. drivers/scsi/scsi_lib.c: designator_prio. */
const PREFERENCE = [NAME, NAA6, EUI16, EUI12, NAA5, EUI8, NAA3];

test('of two kinds the preferred counts, in whichever order they come', (t) => {
  for (const [i, better] of PREFERENCE.entries()) {
    for (const worse of PREFERENCE.slice(i + 1)) {
      const id = lunId(decode(better));
      t.is(lunId(decode(better, worse)), id);
      // A name string gives way to what is longer, and comes first.
      t.is(lunId(decode(worse, better)), id, `${worse} ${better}`);
    }
    // Last of all a T10 id, and a local NAA is not preferred to it: the later counts.
    t.is(lunId(decode(better, T10)), lunId(decode(better === NAA3 ? T10 : better)));
  }
  t.is(lunId(decode(T10, NAA6)), lunId(decode(NAA6)));
  t.is(lunId(decode(T10, NAA3)), lunId(decode(NAA3)));
});

test('a name string gives way to a longer designator before it', (t) => {
  t.is(lunId(decode(T10, NAME)), `t10.${VENDOR}${TEST_ID}`);
  t.is(lunId(decode(NAME, T10)), 'iqn.2001-04.com.example:disk');
});

test('of two with the same preference the later counts; a T10 id only if it is not shorter', (t) => {
  const other = designator(3, '6fffffffffffffffffffffffffffffff');
  t.is(lunId(decode(NAA6, other)), 'naa.6fffffffffffffffffffffffffffffff');
  const short = designator(1, ascii('LIO-ORG x'));
  t.is(lunId(decode(T10, short)), lunId(decode(T10)));
  t.is(lunId(decode(short, T10)), lunId(decode(T10)));
});

test('what does not name the logical unit makes no id', (t) => {
  const none = [
    designator(3, '5123456789abcdef', 1), // The port's.
    designator(3, '5123456789abcdef', 2), // The target's.
    designator(3, '2123456789abcdef'), // NAA 2: the kernel does not take it.
    designator(3, '51234567'),
    designator(2, '0123456789'),
    designator(8, '00000000'),
    designator(1, ''),
    designator(0, ascii('vendor specific')),
    designator(4, '00000001'),
    designator(5, '00000001'),
    designator(6, '00000001'),
    designator(7, '0123456789abcdef0123456789abcdef'),
  ];
  for (const each of none) t.is(lunId(decode(each)), undefined, each);
  t.is(lunId([]), undefined);
});

test('the port: the last of each counts, one that is too short does not', (t) => {
  t.deepEqual(targetPort(decode(NAA6)), { portGroup: undefined, relativePort: undefined });
  const ports = [
    designator(4, '0000ffff', 1),
    designator(5, '0000abcd', 1),
    designator(5, '00001234', 1),
    designator(4, '00', 1),
  ];
  t.deepEqual(targetPort(decode(...ports)), { portGroup: 0x1234, relativePort: 0xffff });
});

test('designators end at one that runs past the page', (t) => {
  const [first] = decode(NAA5);
  const cut = NAA6.slice(0, -2);
  t.deepEqual(decode(NAA5, cut), first === undefined ? [] : [first]);
  t.is(decode(NAA5, '0103').length, 1);
  t.deepEqual(decodeDesignators(LIO.subarray(0, 100)), {
    error: 'VPD page 0x83 has 173 bytes, only 100 came',
  });
});
