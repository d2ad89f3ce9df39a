import type { Head } from '../multipath/head.js';
import { PAGE, type Arena } from '../reactor/arena.js';
import { Mail } from '../reactor/mailbox.js';
import { PageRead } from '../reactor/page-reads.js';
import { Errno, errnoName } from '../shared/errno.js';
import type { MailSender } from './mail-sender.js';

/** Page reads that one reactor runs at once; further ones wait for their turn. */
export const PAGES = 4;

const TWO_32 = 4294967296;

/** A head could not be read. */
export class ReadError extends Error {
  /** Positive. */
  readonly errno: number;

  constructor(errno: number) {
    super(`read: ${errnoName(errno)}`);
    this.name = 'ReadError';
    this.errno = errno;
  }
}

interface Read {
  readonly head: Head;
  readonly offset: number;
  readonly resolve: (page: Uint8Array) => void;
  readonly reject: (error: ReadError) => void;
}

/** Reads heads for the main thread, through one reactor. */
export class PageReader {
  readonly #arena: Arena;
  readonly #mail: MailSender;
  readonly #free: number[];
  readonly #waiting: Read[] = [];
  readonly #running = new Map<number, Read>();
  #ended = false;

  constructor(arena: Arena, mail: MailSender) {
    this.#arena = arena;
    this.#mail = mail;
    this.#free = Array.from({ length: PAGES }, (_, i) => arena.shape.entries + i);
  }

  /** See Reactors.readPage. */
  read(head: Head, offset: number): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ head, offset, resolve, reject });
      if (this.#ended) this.end();
      else this.#start();
    });
  }

  /** The reactor's report. */
  done(bio: number, errno: number, length: number): void {
    const read = this.#running.get(bio);
    const data = this.#arena.slot(bio) + PAGE;
    this.#running.delete(bio);
    if (errno === 0) read?.resolve(this.#arena.bytes.slice(data, data + length));
    else read?.reject(new ReadError(errno));
    this.#free.push(bio);
    this.#start();
  }

  /** The reactor has ended: so do all reads. */
  end(): void {
    this.#ended = true;
    for (const { reject } of [...this.#running.values(), ...this.#waiting.splice(0)]) {
      reject(new ReadError(Errno.EIO));
    }
    this.#running.clear();
  }

  #start(): void {
    while (this.#waiting.length > 0) {
      const bio = this.#free.pop();
      if (bio === undefined) return;
      const read = this.#waiting.shift()!;
      const { bdev } = read.head;
      const { words } = this.#arena;
      const at = this.#arena.slot(bio) >> 2;
      words[at + PageRead.BDEV] = bdev.number;
      words[at + PageRead.GENERATION] = bdev.generation;
      words[at + PageRead.OFFSET] = read.offset | 0;
      words[at + PageRead.OFFSET + 1] = (read.offset / TWO_32) | 0;
      this.#running.set(bio, read);
      this.#mail.post(Mail.READ_PAGE, bio);
    }
  }
}
