import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import test, { type ExecutionContext } from 'ava';
import { native } from '../../../src/native/binding.js';
import { requires } from '../../support/requires.js';
import { IoctlServer } from './ioctl-server.js';

/** linux/nvme_ioctl.h, scsi/sg.h. */
const ADMIN_CMD = 0xc0484e41;
const ADMIN64_CMD = 0xc0504e47;
const IO64_CMD = 0xc0504e48;
const RESET = 0x4e44;
const SG_IO = 0x2285;

const ENOTTY = -25;
const ENODEV = -19;

const TUR = new Uint8Array(6);

/** A pending command keeps nothing alive: the test waits with a timer. */
function keepAlive(t: ExecutionContext): void {
  const timer = setInterval(() => undefined, 1000);
  t.teardown(() => clearInterval(timer));
}

async function server(t: ExecutionContext): Promise<{ at: IoctlServer; fd: number }> {
  keepAlive(t);
  const at = await IoctlServer.start();
  t.teardown(() => at.close());
  const handle = await open(at.directory);
  t.teardown(() => handle.close().catch(() => undefined));
  return { at, fd: handle.fd };
}

/** Every field another value. */
function identify(): Uint8Array {
  const sqe = Buffer.alloc(64);
  sqe.writeUInt8(0x06, 0);
  sqe.writeUInt16LE(0xffff, 2);
  sqe.writeUInt32LE(0x11, 4);
  for (const [index, offset] of [8, 12, 40, 44, 48, 52, 56, 60].entries()) {
    sqe.writeUInt32LE(0x1000_0000 + index, offset);
  }
  return sqe;
}

test('what is no such device has its error', async (t) => {
  keepAlive(t);
  const fd = openSync('/dev/null', 'r+');
  const sqe = new Uint8Array(64);
  await t.throwsAsync(native.nvmeCommand(fd, true, sqe, undefined, 1000), {
    code: 'ENOTTY',
    message: /NVME_IOCTL_ADMIN_CMD/,
  });
  await t.throwsAsync(native.nvmeCommand(fd, false, sqe, new Uint8Array(512), 1000), {
    code: 'ENOTTY',
    message: /NVME_IOCTL_IO_CMD/,
  });
  await t.throwsAsync(native.nvmeReset(fd), { code: 'ENOTTY' });
  const error = await t.throwsAsync(native.scsiCommand(fd, TUR, 'none', undefined, 1000));
  t.like(error, { code: 'ENOTTY', errno: ENOTTY, syscall: 'SG_IO' });
  t.is(native.nvmeNamespace(fd), 0);
  closeSync(fd);
  await t.throwsAsync(native.scsiCommand(fd, TUR, 'none', undefined, 1000), { code: 'EBADF' });
});

test('misuse is a TypeError', (t) => {
  const short = new Uint8Array(63);
  const type = { instanceOf: TypeError };
  t.throws(() => void native.nvmeCommand(0, true, short, undefined, 1), type);
  t.throws(() => void native.scsiCommand(0, new Uint8Array(5), 'in', undefined, 1), type);
  t.throws(() => void native.scsiCommand(0, new Uint8Array(33), 'in', undefined, 1), type);
  t.throws(() => void native.scsiCommand(0, TUR, 'in', 'text' as unknown as Uint8Array, 1), type);
});

const withServer = requires('root', 'fuse');

withServer('an NVMe command arrives field by field, its status and result come back', async (t) => {
  const { at, fd } = await server(t);
  const sent = native.nvmeCommand(fd, true, identify(), new Uint8Array(4096), 5678);
  const ioctl = await at.next();
  t.is(ioctl.command, ADMIN64_CMD);
  const { argument } = ioctl;
  t.deepEqual([argument.length, argument[0], argument.readUInt16LE(2)], [80, 0x06, 0]);
  t.is(argument.readUInt32LE(4), 0x11);
  t.deepEqual(
    [8, 12, 40, 44, 48, 52, 56, 60].map((offset) => argument.readUInt32LE(offset) & 0xff),
    [0, 1, 2, 3, 4, 5, 6, 7],
  );
  t.is(argument.readUInt32LE(36), 4096);
  t.is(argument.readUInt32LE(64), 5678);
  t.not(argument.readBigUInt64LE(24), 0n);
  argument.writeBigUInt64LE(0x1234_5678_9abcn, 72);
  ioctl.answer(0x2302, argument);
  t.deepEqual(await sent, { status: 0x2302, result: 0x1234_5678_9abcn });

  const read = native.nvmeCommand(fd, false, identify(), undefined, 1);
  const second = await at.next();
  t.is(second.command, IO64_CMD);
  t.deepEqual([second.argument.readUInt32LE(36), second.argument.readBigUInt64LE(24)], [0, 0n]);
  second.answer(ENODEV);
  await t.throwsAsync(read, { code: 'ENODEV' });
});

withServer('a kernel without the 64-bit commands gets the others', async (t) => {
  const { at, fd } = await server(t);
  const sent = native.nvmeCommand(fd, true, identify(), undefined, 1000);
  (await at.next()).answer(ENOTTY);
  const { command, argument, answer } = await at.next();
  t.deepEqual([command, argument.length, argument.readUInt32LE(60)], [ADMIN_CMD, 72, 0x1000_0007]);
  argument.writeUInt32LE(0xfedc_ba98, 68);
  answer(1, argument);
  t.deepEqual(await sent, { status: 1, result: 0xfedc_ba98n });
});

withServer('a reset and a SCSI command', async (t) => {
  const { at, fd } = await server(t);
  const reset = native.nvmeReset(fd);
  const first = await at.next();
  t.is(first.command, RESET);
  first.answer(0);
  await reset;
  const sent = native.scsiCommand(fd, TUR, 'none', undefined, 1000);
  const second = await at.next();
  t.is(second.command, SG_IO);
  second.answer(0);
  const { sense, ...result } = await sent;
  t.deepEqual(result, { status: 0, hostStatus: 0, driverStatus: 0, residual: 0 });
  t.is(sense.length, 0);
});

withServer('commands that hang keep no other one waiting', async (t) => {
  const { at, fd } = await server(t);
  const hanging = Array.from({ length: 40 }, () =>
    native.scsiCommand(fd, TUR, 'none', undefined, 60_000),
  );
  const device = openSync('/dev/null', 'r');
  t.teardown(() => closeSync(device));
  await t.throwsAsync(native.scsiCommand(device, TUR, 'none', undefined, 1000), {
    code: 'ENOTTY',
  });
  // The threads asked in any order.
  for (let i = 0; i < hanging.length; i++) (await at.next()).answer(0);
  for (const sent of await Promise.all(hanging)) t.is(sent.status, 0);
});

withServer('closing a device does not disturb its commands, and ends when they do', async (t) => {
  keepAlive(t);
  const at = await IoctlServer.start();
  t.teardown(() => at.close());
  const handle = await open(at.directory);
  const sent = native.scsiCommand(handle.fd, TUR, 'none', undefined, 60_000);
  const ioctl = await at.next();
  await handle.close();
  await sleep(50);
  t.is(at.opened, 1);
  ioctl.answer(0);
  t.is((await sent).status, 0);
  await at.until(() => at.opened === 0);
  t.pass();
});

const BINDING = new URL('../../../src/native/binding.js', import.meta.url).href;

/** Sends two commands that hang, and says so. */
const hangingWorker = (directory: string): string => `
  const { openSync } = await import('node:fs');
  const { parentPort } = await import('node:worker_threads');
  const { native } = await import(${JSON.stringify(BINDING)});
  const fd = openSync(${JSON.stringify(directory)});
  const send = () =>
    native.scsiCommand(fd, new Uint8Array(6), 'in', new Uint8Array(512), 60000);
  void Promise.all([send(), send()]);
  setInterval(() => undefined, 1000);
  parentPort.postMessage('sent');`;

withServer('a Worker ends while its commands hang, and their end harms nobody', async (t) => {
  const { at, fd } = await server(t);
  const source = encodeURIComponent(hangingWorker(at.directory));
  const worker = new Worker(new URL(`data:text/javascript,${source}`));
  const ioctls = [await at.next(), await at.next()];
  t.is(await worker.terminate(), 1);
  for (const ioctl of ioctls) ioctl.answer(0);
  const sent = native.scsiCommand(fd, TUR, 'none', undefined, 1000);
  (await at.next()).answer(0);
  t.is((await sent).status, 0);
});

withServer('also where that was the only one with the addon', async (t) => {
  const { at } = await server(t);
  const worker = `data:text/javascript,${encodeURIComponent(hangingWorker(at.directory))}`;
  const source = `
    import { once } from 'node:events';
    import { Worker } from 'node:worker_threads';
    const worker = new Worker(new URL(${JSON.stringify(worker)}));
    await once(worker, 'message');
    await worker.terminate();
    console.log('terminated');
    await once(process.stdin, 'data');
    await new Promise((resolve) => setTimeout(resolve, 200));
    process.exit(7);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', source], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exit = once(child, 'exit');
  await Promise.race([once(child.stdout, 'data'), exit]);
  t.is(child.exitCode, null);
  (await at.next()).answer(0);
  (await at.next()).answer(0);
  child.stdin.write('answered');
  t.deepEqual(await exit, [7, null]);
});
