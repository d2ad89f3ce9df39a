import test from 'ava';
import { fc, testProp } from '@fast-check/ava';
import { parseUevent } from '../../../src/discovery/uevent.js';

const bytes = (text: string): Uint8Array => Buffer.from(text);

test('a message of the kernel', (t) => {
  const event = parseUevent(
    bytes(
      'add@/devices/pci0000:00/nvme/nvme0/nvme0n1\0ACTION=add\0DEVPATH=/devices/x\0SUBSYSTEM=block\0' +
        'MAJOR=259\0MINOR=0\0DEVNAME=nvme0n1\0DEVTYPE=disk\0DISKSEQ=9\0EMPTY=\0A=b=c\0SEQNUM=1234\0',
    ),
  );
  t.is(event?.action, 'add');
  t.is(event?.devpath, '/devices/pci0000:00/nvme/nvme0/nvme0n1');
  t.is(event?.variables.get('DISKSEQ'), '9');
  t.is(event?.variables.get('EMPTY'), '');
  t.is(event?.variables.get('A'), 'b=c');
  t.is(event?.variables.size, 11);
});

for (const text of [
  '',
  '\0',
  'add',
  'add@',
  '@/devices/x',
  'add@devices/x',
  'ADD@/devices/x',
  'libudev\0\xfe\xed\xca\xfe',
]) {
  test(`no message of the kernel: ${JSON.stringify(text)}`, (t) => {
    t.is(parseUevent(bytes(text)), undefined);
  });
}

testProp(
  'words without a key are left out',
  [fc.string(), fc.array(fc.string())],
  (t, first, words) => {
    const event = parseUevent(bytes(`add@/${first}\0${words.join('\0')}`));
    t.is(event?.action, 'add');
    for (const key of event?.variables.keys() ?? []) t.false(key === '' || key.includes('='));
  },
);

testProp('any bytes', [fc.uint8Array({ maxLength: 300 })], (t, message) => {
  const event = parseUevent(message);
  t.true(event === undefined || event.devpath.startsWith('/'));
});

testProp('any bytes behind a good start', [fc.uint8Array({ maxLength: 300 })], (t, rest) => {
  const event = parseUevent(Buffer.concat([bytes('remove@/devices/x\0'), rest]));
  t.is(event?.action, 'remove');
});
