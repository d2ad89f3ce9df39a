import type { Send } from '../../../src/fuse/notifier.js';
import {
  NotifyCode,
  NotifyInvalEntryOut,
  NotifyInvalInodeOut,
  NotifyPollWakeupOut,
  OutHeader,
} from '../../../src/fuse/wire.js';
import { turn } from './rig.js';

export type Message =
  | { readonly code: typeof NotifyCode.POLL; readonly poller: number }
  | { readonly code: typeof NotifyCode.INVAL_INODE; readonly ino: number; readonly off: bigint }
  | {
      readonly code: typeof NotifyCode.INVAL_ENTRY;
      readonly parent: number;
      readonly name: string;
    };

/** The other end of the connection: takes notifications when the test says so. */
export class FakeKernel {
  readonly messages: Message[] = [];
  readonly fds = new Set<number>();
  /** What the next message is answered with. */
  errors: (string | undefined)[] = [];
  #pending: (() => void) | undefined;

  readonly send: Send = (fd, message, done) => {
    if (this.#pending !== undefined) throw new Error('one message at a time');
    this.fds.add(fd);
    this.#pending = () => {
      this.messages.push(parse(message));
      const code = this.errors.shift();
      done(code === undefined ? null : Object.assign(new Error(code), { code }));
    };
  };

  get waiting(): boolean {
    return this.#pending !== undefined;
  }

  /** Takes one message that was sent. */
  takeOne(): void {
    const pending = this.#pending;
    this.#pending = undefined;
    pending?.();
  }

  take(): void {
    while (this.waiting) this.takeOne();
  }

  /** The same, with what is sent soon. */
  async taken(): Promise<void> {
    await turn();
    this.take();
    await turn();
  }
}

function parse(message: Uint8Array): Message {
  const view = new DataView(message.buffer, message.byteOffset, message.length);
  if (view.getUint32(OutHeader.LEN, true) !== message.length) throw new Error('wrong length');
  if (view.getBigUint64(OutHeader.UNIQUE, true) !== 0n) throw new Error('not a notification');
  const u64 = (at: number): bigint => view.getBigUint64(OutHeader.SIZE + at, true);
  const code = view.getInt32(OutHeader.ERROR, true);
  switch (code) {
    case NotifyCode.POLL:
      return { code, poller: Number(u64(NotifyPollWakeupOut.KH)) };
    case NotifyCode.INVAL_INODE:
      return {
        code,
        ino: Number(u64(NotifyInvalInodeOut.INO)),
        off: view.getBigInt64(OutHeader.SIZE + NotifyInvalInodeOut.OFF, true),
      };
    case NotifyCode.INVAL_ENTRY: {
      const at = OutHeader.SIZE + NotifyInvalEntryOut.SIZE;
      const length = view.getUint32(OutHeader.SIZE + NotifyInvalEntryOut.NAMELEN, true);
      if (message.length !== at + length + 1 || message.at(-1) !== 0) throw new Error('no name');
      return {
        code,
        parent: Number(u64(NotifyInvalEntryOut.PARENT)),
        name: Buffer.from(message.subarray(at, at + length)).toString(),
      };
    }
    default:
      throw new Error(`unknown code ${code}`);
  }
}
