import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { hostIdentity } from '../../../src/daemon/host-identity.js';

const NONE = { hostnqn: undefined, hostid: undefined };
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/;

test('configured, else of nvme-cli, else made from the machine', (t) => {
  const etc = mkdtempSync(join(tmpdir(), 'mpathfs-etc-'));
  t.teardown(() => rmSync(etc, { recursive: true }));
  const nowhere = hostIdentity(NONE, etc);
  t.not(hostIdentity(NONE, etc).hostid, nowhere.hostid);

  writeFileSync(join(etc, 'machine-id'), '0123456789abcdef0123456789abcdef\n');
  const made = hostIdentity(NONE, etc);
  t.regex(made.hostid, UUID);
  t.is(made.hostnqn, `nqn.2014-08.org.nvmexpress:uuid:${made.hostid}`);
  t.deepEqual(hostIdentity(NONE, etc), made);

  mkdirSync(join(etc, 'nvme'));
  writeFileSync(join(etc, 'nvme/hostid'), 'theirs\n');
  writeFileSync(join(etc, 'nvme/hostnqn'), 'nqn.theirs\n');
  t.deepEqual(hostIdentity(NONE, etc), { hostnqn: 'nqn.theirs', hostid: 'theirs' });
  t.deepEqual(hostIdentity({ hostnqn: 'nqn.mine', hostid: undefined }, etc), {
    hostnqn: 'nqn.mine',
    hostid: 'theirs',
  });
});
