import test from 'ava';
import { wwidOf, type NamespaceIds } from '../../../../src/drivers/nvme/wwid.js';

const none: NamespaceIds = { uuid: undefined, nguid: undefined, eui64: undefined };
const controller = { vid: 0x1b36, sn: 'S0', mn: 'QEMU NVMe Ctrl' };

test('by preference: UUID, NGUID, EUI64', (t) => {
  const uuid = 'aaaaaaaa000040008000000000000001';
  const nguid = '36344730526001000025384500000001';
  const eui64 = '0025385b71b1e2f4';
  const wwid = (ids: Partial<NamespaceIds>): string => wwidOf(controller, 1, { ...none, ...ids });
  // As nvmet in the golden captures.
  t.is(wwid({ uuid, nguid, eui64 }), 'uuid.aaaaaaaa-0000-4000-8000-000000000001');
  t.is(wwid({ nguid, eui64 }), 'eui.36344730526001000025384500000001');
  t.is(wwid({ eui64 }), 'eui.0025385b71b1e2f4');
});

test('else vendor, serial number, model and NSID, as of QEMU', (t) => {
  t.is(wwidOf(controller, 1, none), 'nvme.1b36-5330-51454d55204e564d65204374726c-00000001');
  t.is(wwidOf({ vid: 0, sn: '', mn: '\xff' }, 0xabcdef01, none), 'nvme.0000--ff-abcdef01');
});
