/** The process behind IoctlServer: mounts, tells of what is asked, answers as it is told. */
import { mkdtempSync, readSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { native } from '../../../src/native/binding.js';

/** Bytes are in hexadecimal. */
export type Event =
  | { readonly kind: 'opened'; readonly count: number }
  | {
      readonly kind: 'ioctl';
      readonly id: string;
      readonly command: number;
      readonly argument: string;
    };

export interface Answer {
  readonly id: string;
  readonly result: number;
  readonly argument: string;
}

/** include/uapi/linux/fuse.h: enum fuse_opcode. */
const OPCODE = { FORGET: 2, INIT: 26, OPENDIR: 27, RELEASEDIR: 29, INTERRUPT: 36, IOCTL: 39 };
const HEADER = 40;
const ENOSYS = 38;

const directory = mkdtempSync(join(tmpdir(), 'mpathfs-ioctl-'));
const fd = native.openFuse();
const buffer = Buffer.alloc(1 << 17);
let opened = 0;

const ids = `user_id=${process.getuid!()},group_id=${process.getgid!()}`;
native.mount('ioctl', directory, 'fuse', `fd=${fd},rootmode=40000,${ids}`);
process.on('message', ({ id, result, argument }: Answer) => {
  const out = Buffer.alloc(16);
  out.writeInt32LE(Math.max(result, 0), 0);
  if (result < 0) reply(BigInt(id), result);
  else reply(BigInt(id), 0, out, Buffer.from(argument, 'hex'));
});
// Whoever asked has gone; the end of this process ends what still waits for an answer.
process.on('disconnect', () => {
  void native.unmount(directory, true).then(() => process.exit());
});
process.send!(directory);
serve();

/** Takes what is there, and looks again a moment later. */
function serve(): void {
  try {
    for (;;) request(buffer.subarray(0, readSync(fd, buffer)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') setTimeout(serve, 1);
  }
}

function request(bytes: Buffer): void {
  const unique = bytes.readBigUInt64LE(8);
  switch (bytes.readUInt32LE(4)) {
    case OPCODE.INIT: {
      const out = Buffer.alloc(64);
      out.writeUInt32LE(7, 0);
      out.writeUInt32LE(31, 4);
      out.writeUInt32LE(1 << 16, 20);
      return reply(unique, 0, out);
    }
    case OPCODE.OPENDIR:
      count(1);
      return reply(unique, 0, Buffer.alloc(16));
    case OPCODE.RELEASEDIR:
      count(-1);
      return reply(unique, 0);
    case OPCODE.IOCTL:
      return send({
        kind: 'ioctl',
        id: String(unique),
        command: bytes.readUInt32LE(HEADER + 12),
        argument: bytes.subarray(HEADER + 32).toString('hex'),
      });
    case OPCODE.FORGET:
    case OPCODE.INTERRUPT:
      return;
    default:
      reply(unique, -ENOSYS);
  }
}

function reply(unique: bigint, error: number, ...parts: Uint8Array[]): void {
  const message = Buffer.concat([Buffer.alloc(16), ...parts]);
  message.writeUInt32LE(message.length, 0);
  message.writeInt32LE(error, 4);
  message.writeBigUInt64LE(unique, 8);
  writeSync(fd, message);
}

function count(by: number): void {
  opened += by;
  send({ kind: 'opened', count: opened });
}

function send(event: Event): void {
  // Nobody listens any more once the test is over: an error then is none.
  if (process.connected) process.send!(event, undefined, undefined, () => undefined);
}
