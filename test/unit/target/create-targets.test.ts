import { rmSync } from 'node:fs';
import test from 'ava';
import { createTargets } from '../../../src/target/create-targets.js';
import { TargetError } from '../../../src/target/target-error.js';
import { EXAMPLE, Files, readTargets, TargetsRig } from './fixture.js';
import { FakeClock } from '../../sim/fake-clock.js';

test('names that are none, and names of nothing, are refused with what there is', (t) => {
  const { targets } = new TargetsRig(t);
  const nqn = 'nqn.2026-11.e3:ana';
  for (const name of ['', 'nvmet', 'nvmet:1', `nvmet:x/${nqn}/1`, 'target:naa.1', 'target:/0']) {
    t.throws(() => targets.open(name), { code: 'MPATHFS_TARGET_NAME', message: /write nvmet:/ });
  }
  const refused = (name: string, message: RegExp): void => {
    t.throws(() => targets.open(name), { code: 'MPATHFS_TARGET_UNKNOWN', message }, name);
  };
  refused('nvmet:1/nqn.other/1', /no subsystem nqn\.other; there is nqn\.2026-11\.e3:ana/);
  refused(`nvmet:3/${nqn}/1`, /no port 3 .* there is 1, 2/);
  refused(`nvmet:1/${nqn}/3`, /no namespace 3; there is 1, 2/);
  refused('target:naa.9/0', /no port naa\.9; there is naa\.5001405000000001, /);
  refused('target:naa.5001405000000001/1', /no LUN 1; there is 0/);
});

test('what is wrong is said without the name of the device, which its opener says', (t) => {
  const { targets } = new TargetsRig(t);
  for (const name of ['nvmet:1', 'nvmet:1/nqn.other/1', 'target:naa.9/0']) {
    const error = t.throws(() => targets.open(name), { instanceOf: TargetError });
    t.false(error.message.includes(name), error.message);
  }
});

test('a namespace without a block is refused: what to do', (t) => {
  const rig = new TargetsRig(t);
  const nqn = 'nqn.2026-11.e3:ana';
  rig.resize('a', 0);
  rig.targets.nvmet.subsystems.get(nqn)?.namespaces.get(1)?.revalidate();
  t.throws(() => rig.targets.open(`nvmet:1/${nqn}/1`), {
    code: 'MPATHFS_TARGET_IMAGE',
    message: /image .*a is empty; give it a size \(truncate -s 1G/,
  });
});

test('units with one id are refused: their images would be taken for one disk', (t) => {
  const rig = new TargetsRig(t);
  const unit = (name: string, serial: string): string =>
    `[[target.unit]]\nname = "${name}"\nfile = "${rig.image('a')}"\nserial = "${serial}"\n`;
  const config = readTargets(`${unit('one', 'lun-1')}${unit('two', 'su1')}`);
  if (Array.isArray(config)) return t.fail();
  const files = new Files();
  const make = () => createTargets(config, { clock: new FakeClock(), openFile: files.openFile });
  t.throws(make, { code: 'MPATHFS_TARGET_SAME_ID', message: /two has the id of unit one, naa\.6/ });
  t.is(files.open, 0);
});

test('an image that can not be one is not to be created', (t) => {
  const config = readTargets(EXAMPLE, '/');
  if (Array.isArray(config)) return t.fail();
  const openFile = (): never => {
    throw Object.assign(new Error('EISDIR'), { code: 'EISDIR', errno: -21 });
  };
  const error = t.throws(() => createTargets(config, { clock: new FakeClock(), openFile }));
  t.regex(error.message, /name another$/);
  t.notRegex(error.message, /create/);
});

test('without targets there is nothing to open', (t) => {
  const { targets } = new TargetsRig(t, '');
  t.throws(() => targets.open('target:naa.1/0'), { message: /none is configured/ });
  t.throws(() => targets.open('nvmet:1/n/1'), { message: /none is configured/ });
});

test('an image that is not there: what to do, and nothing stays open', (t) => {
  for (const table of [EXAMPLE, EXAMPLE.replace('"c"', '"missing"')]) {
    const config = readTargets(table, '/nonexistent');
    if (Array.isArray(config)) return t.fail();
    const files = new Files();
    const make = () => createTargets(config, { clock: new FakeClock(), openFile: files.openFile });
    t.throws(make, { code: 'MPATHFS_TARGET_IMAGE', message: /ENOENT; create it \(truncate/ });
    t.is(files.open, 0);
  }
});

test('of several images one is missing: the others are closed again', (t) => {
  const rig = new TargetsRig(t);
  rmSync(rig.image('b'));
  const files = new Files();
  const config = readTargets(EXAMPLE, rig.directory);
  if (Array.isArray(config)) return t.fail();
  const make = () => createTargets(config, { clock: new FakeClock(), openFile: files.openFile });
  t.throws(make, { message: /namespace 2 of nqn\.2026-11\.e3:ana can't open its image/ });
  t.is(files.open, 0);
});

test('each path has its own descriptor, and all are closed in the end', (t) => {
  const rig = new TargetsRig(t);
  t.is(rig.files.open, 3, 'the images');
  const devices = [rig.nvme(1), rig.nvme(2), rig.scsi(1), rig.scsi(1)];
  t.is(rig.files.open, 7);
  t.is(new Set(devices.map(({ file }) => file.fd)).size, 4);
  for (const { file } of devices) file.close();
  rig.targets.close();
  rig.targets.close();
  t.is(rig.files.open, 0);
});

test('nothing of a path or a command works on images that are closed', async (t) => {
  const rig = new TargetsRig(t);
  const { attachment } = rig.nvme();
  const scsi = rig.scsi();
  rig.targets.close();
  const sqe = new Uint8Array(64);
  sqe[0] = 2;
  sqe[4] = 1;
  const data = new Uint8Array(512);
  t.not((await attachment.port.io({ sqe, data, timeoutMs: 1 })).status, 0);
  const cdb = Uint8Array.of(0x28, 0, 0, 0, 0, 0, 0, 0, 1, 0);
  for (let i = 0; i < 3; i++) {
    const { status } = await scsi.attachment.port.execute({
      ...{ cdb, direction: 'in', data, timeoutMs: 1 },
    });
    t.is(status, 2);
  }
});
