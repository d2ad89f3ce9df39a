import { closeSync, constants, fstatSync, openSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { Logger } from 'pino';
import { openFile } from '../../../src/drivers/file/open.js';
import { Drivers, type DriversOptions } from '../../../src/drivers/open.js';
import type { Faults, TargetDevice, Targets } from '../../../src/drivers/target-device.js';
import type { Path } from '../../../src/multipath/path.js';
import { systemClock } from '../../../src/daemon/clock.js';
import { FakeClock } from '../../sim/fake-clock.js';
import { makeMachine, nvmeDisk, scsiDisk, type Tree } from '../../support/fake-machine.js';
import { requires } from '../../support/requires.js';
import { attachLoop, scratch } from '../../support/scratch.js';

function drivers(options: Partial<DriversOptions> = {}): Drivers {
  return new Drivers({ clock: new FakeClock(), readCheck: () => Promise.resolve(5), ...options });
}

function image(t: ExecutionContext): string {
  const file = join(scratch(t), 'image');
  writeFileSync(file, '');
  truncateSync(file, 1 << 20);
  return file;
}

/** Faults as a target's port has them. */
class FakeFaults implements Faults {
  read = 0;
  write = 0;
  readonly listeners = new Set<() => void>();

  onChange(changed: () => void): () => void {
    this.listeners.add(changed);
    return () => this.listeners.delete(changed);
  }

  set(read: number, write: number): void {
    this.read = read;
    this.write = write;
    for (const changed of this.listeners) changed();
  }
}

const nobody = (): Promise<never> =>
  Promise.reject(Object.assign(new Error('nobody'), { code: 'ENODEV' }));

/** One port of an NVMe target without ANA, which answers everything with zeros. */
function target(t: ExecutionContext, answers: boolean): TargetDevice & { faults: FakeFaults } {
  return {
    kind: 'nvme',
    file: openFile(image(t)),
    faults: new FakeFaults(),
    attachment: {
      port: { admin: answers ? identifyOnly : nobody, io: nobody, reset: nobody },
      nsid: 1,
      transport: 'loop',
      address: 'traddr=1',
      numaNode: -1,
      wwid: 'uuid.0',
      subsysnqn: 'nqn.test',
      state: () => 'live',
      onEvent: () => () => undefined,
    },
  };
}

/** Identify answers with a namespace of 2048 blocks of 512 bytes; no other command is known. */
function identifyOnly({ sqe, data }: { sqe: Uint8Array; data: Uint8Array | undefined }) {
  const invalid = { status: 0x4002, result: 0n };
  if (sqe[0] !== 6 || data === undefined) return Promise.resolve(invalid);
  const cns = sqe[40]!;
  if (cns > 1) return Promise.resolve(invalid);
  data.fill(0);
  if (cns === 0) {
    const namespace = new DataView(data.buffer, data.byteOffset, data.byteLength);
    for (const at of [0, 8]) namespace.setBigUint64(at, 2048n, true);
    namespace.setUint8(130, 9);
  }
  return Promise.resolve({ status: 0, result: 0n });
}

function isOpen(fd: number): boolean {
  try {
    fstatSync(fd);
    return true;
  } catch {
    return false;
  }
}

test('a file is a file', async (t) => {
  const opened = await drivers().open(image(t));
  t.is(opened.identity, undefined);
  t.is(await opened.driver.check({} as Path), 5);
  opened.close();
  await t.throwsAsync(drivers().open('/nowhere/image'), { code: 'ENOENT' });
});

test("a target's name is the targets', where there are any", async (t) => {
  await t.throwsAsync(drivers().open('nvmet:1/nqn/1'), { code: 'ENOENT' });
  const asked: string[] = [];
  const device = target(t, true);
  const targets: Targets = {
    open(name) {
      asked.push(name);
      return device;
    },
  };
  const opened = await drivers({ targets }).open('nvmet:1/nqn/1');
  t.deepEqual(asked, ['nvmet:1/nqn/1']);
  t.like(opened.identity, { kind: 'nvme', wwid: 'uuid.0', address: 'traddr=1' });
  opened.close();
});

test("a target's faults are the path's from attach to close", async (t) => {
  const device = target(t, true);
  device.faults.set(0, 121);
  const opened = await drivers({ targets: { open: () => device } }).open('target:naa.1/0');
  const faults: number[][] = [];
  const path = { setFault: (...fault: number[]) => faults.push(fault) } as unknown as Path;
  opened.attach(path);
  t.deepEqual(faults, [[0, 121]]);
  device.faults.set(5, 5);
  t.deepEqual(faults, [
    [0, 121],
    [5, 5],
  ]);
  const { fd } = device.file;
  opened.close();
  device.faults.set(0, 0);
  t.deepEqual([faults.length, device.faults.listeners.size, isOpen(fd)], [2, 0, false]);
});

test('what does not say who it is is closed again', async (t) => {
  const device = target(t, false);
  const { fd } = device.file;
  await t.throwsAsync(drivers({ targets: { open: () => device } }).open('nvmet:1/nqn/1'));
  t.false(isOpen(fd));
});

const withLoop = requires('root', 'loop devices');

/** A loop device, and a sysfs in which it is another kind of device. */
async function disguised(
  t: ExecutionContext,
  as: (devt: string) => Tree,
): Promise<{ device: string; sys: string }> {
  const device = await attachLoop(t, image(t));
  const file = openFile(device);
  const { major, minor } = file.devt!;
  file.close();
  return { device, sys: makeMachine(t, as(`${major}:${minor}`)).sys };
}

withLoop('an NVMe namespace and a SCSI disk are asked who they are', async (t) => {
  // Its timers keep the process alive, which commands under way do not.
  const asNvme = await disguised(t, (devt) => nvmeDisk({ name: 'nvme0n1', devt }));
  await t.throwsAsync(drivers({ sys: asNvme.sys, clock: systemClock }).open(asNvme.device), {
    message: /NVME_IOCTL_ADMIN_CMD/,
  });
  const asScsi = await disguised(t, (devt) => scsiDisk({ name: 'sda', devt }));
  // What a loop device says to SG_IO.
  await t.throwsAsync(drivers({ sys: asScsi.sys, clock: systemClock }).open(asScsi.device), {
    code: 'EINVAL',
    message: /0:0:0:0 does not answer/,
  });
  // Neither claim is left.
  for (const { device } of [asNvme, asScsi]) {
    closeSync(openSync(device, constants.O_RDONLY | constants.O_EXCL));
  }
});

withLoop("the kernel's own multipath head is a plain device, and the log says so", async (t) => {
  const subsystem = { subsystem: { link: '../../../../class/nvme-subsystem' } };
  const { device, sys } = await disguised(t, (devt) =>
    nvmeDisk({ name: 'nvme0n1', devt, parent: subsystem }),
  );
  const warnings: string[] = [];
  const log = { warn: (_: object, message: string) => warnings.push(message) };
  const opened = await drivers({ sys, log: log as unknown as Logger }).open(device);
  t.is(opened.identity, undefined);
  t.regex(warnings.join(), /nvme_core\.multipath=Y/);
  opened.close();
});
