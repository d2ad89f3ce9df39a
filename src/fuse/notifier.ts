import { write } from 'node:fs';
import { put64 } from './request-fields.js';
import {
  NotifyCode,
  NotifyInvalEntryOut,
  NotifyInvalInodeOut,
  NotifyPollWakeupOut,
  OutHeader,
} from './wire.js';

/** Sends a message to the kernel and calls `done` when the kernel has acted on it. */
export type Send = (
  fd: number,
  message: Uint8Array,
  done: (error: NodeJS.ErrnoException | null) => void,
) => void;

interface Waiter {
  /** Messages that have to be through. */
  readonly sent: number;
  readonly resolve: () => void;
}

/**
 * Tells the kernel that what it keeps has changed: messages that nobody asked for (FUSE_NOTIFY_*),
 * written to /dev/fuse one after the other.
 *
 * They are written in libuv's thread pool, never on the main thread: the kernel takes the inode
 * lock of the directory in which an entry is invalidated, and who holds that lock may wait for a
 * lookup or a listing that only the main thread can answer.
 */
export class Notifier {
  readonly #failed: (error: Error) => void;
  readonly #send: Send;
  readonly #queue: Uint8Array[] = [];
  #waiters: Waiter[] = [];
  #fd = -1;
  #sending = false;
  #queued = 0;
  #sent = 0;

  /** `failed` hears of messages that the kernel did not take. */
  constructor(
    failed: (error: Error) => void,
    send: Send = (fd, message, done) => write(fd, message, done),
  ) {
    this.#failed = failed;
    this.#send = send;
  }

  /** From now on messages go to this descriptor; before, there was nothing that the kernel knew. */
  connect(fd: number): void {
    this.#fd = fd;
  }

  /** No more messages. Resolves when the descriptor may be closed. */
  async disconnect(): Promise<void> {
    this.#fd = -1;
    this.#sent += this.#queue.splice(0).length;
    await this.idle();
  }

  get connected(): boolean {
    return this.#fd >= 0;
  }

  /** FUSE_NOTIFY_INVAL_ENTRY: the kernel looks up the name anew, and what was below it is gone. */
  entry(parent: number, name: string): void {
    const bytes = Buffer.from(name);
    const message = make(NotifyCode.INVAL_ENTRY, NotifyInvalEntryOut.SIZE + bytes.length + 1);
    put64(message.body, NotifyInvalEntryOut.PARENT, parent);
    message.body.setUint32(NotifyInvalEntryOut.NAMELEN, bytes.length, true);
    message.bytes.set(bytes, OutHeader.SIZE + NotifyInvalEntryOut.SIZE);
    this.#post(message.bytes);
  }

  /** FUSE_NOTIFY_INVAL_INODE: the kernel asks anew for a directory's attributes and listing. */
  inode(ino: number): void {
    const message = make(NotifyCode.INVAL_INODE, NotifyInvalInodeOut.SIZE);
    put64(message.body, NotifyInvalInodeOut.INO, ino);
    this.#post(message.bytes);
  }

  /** FUSE_NOTIFY_POLL: who waits in poll() on the file that the kernel calls `poller` looks again. */
  poll(poller: number): void {
    const message = make(NotifyCode.POLL, NotifyPollWakeupOut.SIZE);
    put64(message.body, NotifyPollWakeupOut.KH, poller);
    this.#post(message.bytes);
  }

  /** Whether the kernel has not yet acted on all messages. */
  get busy(): boolean {
    return this.#sent < this.#queued;
  }

  /** Resolves when the kernel has acted on every message up to now. */
  idle(): Promise<void> {
    if (!this.busy) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiters.push({ sent: this.#queued, resolve });
    });
  }

  #post(message: Uint8Array): void {
    if (!this.connected) return;
    this.#queued++;
    this.#queue.push(message);
    if (!this.#sending) this.#next();
  }

  #next(): void {
    const message = this.#queue.shift();
    this.#sending = message !== undefined;
    if (message === undefined) return;
    this.#send(this.#fd, message, (error) => this.#done(error));
  }

  /** ENOENT: the kernel did not keep it, or does not any more, or the mount is gone. */
  #done(error: NodeJS.ErrnoException | null): void {
    this.#sent++;
    if (error !== null && error.code !== 'ENOENT') this.#failed(error);
    const through = this.#waiters.filter(({ sent }) => sent <= this.#sent);
    this.#waiters = this.#waiters.filter(({ sent }) => sent > this.#sent);
    for (const { resolve } of through) resolve();
    this.#next();
  }
}

function make(code: number, size: number): { bytes: Uint8Array; body: DataView } {
  const bytes = new Uint8Array(OutHeader.SIZE + size);
  const header = new DataView(bytes.buffer);
  header.setUint32(OutHeader.LEN, bytes.length, true);
  header.setUint32(OutHeader.ERROR, code, true);
  return { bytes, body: new DataView(bytes.buffer, OutHeader.SIZE) };
}
