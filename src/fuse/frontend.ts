import { BioOp, type BioTable } from '../multipath/bio.js';
import type { Submitter } from '../multipath/submitter.js';
import { accountEnd, accountStart } from '../reactor/accounting.js';
import { PAYLOAD, PAYLOAD_SIZE, type Arena } from '../reactor/arena.js';
import type { Frontend } from '../reactor/frontend.js';
import { Mail } from '../reactor/mailbox.js';
import type { SubmissionQueue } from '../reactor/submission-queue.js';
import { Errno } from '../shared/errno.js';
import { Head, STAT_STRIDE } from '../shared/layout.js';
import type { Tables } from '../shared/tables.js';
import type { Requests, Transport } from './transport.js';
import { TRANSPORTS, type TransportName } from './worker-data.js';
import {
  DISK_FH_WRITABLE,
  DISK_INO_BASE,
  FallocateIn,
  FlushIn,
  InHeader,
  Opcode,
  ReadIn,
  WriteIn,
  WriteOut,
} from './wire.js';

const TWO_32 = 4294967296;
/** fallocate modes that a block device knows: KEEP_SIZE with PUNCH_HOLE or ZERO_RANGE. */
const PUNCH_HOLE = 0x03;
const ZERO_RANGE = 0x10;
const ZERO_RANGE_KEEP = 0x11;

export interface FrontendParts {
  readonly tables: Tables;
  readonly index: number;
  readonly bios: BioTable;
  readonly arena: Arena;
  readonly queue: SubmissionQueue;
  /** Hands an entry to the main thread. */
  readonly askMain: (entry: number) => void;
  /** A write went, or began, behind the end of the disk: the kernel's idea of the size is wrong. */
  readonly wrotePastEnd: (head: number) => void;
  /** Makes the transport once the connection is there. */
  readonly openTransport: (name: TransportName, fuseFd: number, requests: Requests) => Transport;
}

/**
 * FUSE requests of one reactor. Reads, writes, flushes and discards of disk files become bios,
 * numbered like their entries; everything else goes to the main thread.
 */
export class FuseFrontend implements Frontend, Requests {
  readonly #p: FrontendParts;
  readonly #t: Tables;
  readonly #words: Int32Array;
  /** When each entry's bio was submitted, microseconds of the ring's clock. */
  readonly #startUs: Float64Array;
  /** 1 while the entry's bio is with the core. */
  readonly #submitted: Uint8Array;
  #transport!: Transport;
  #submitter!: Submitter;
  #started = false;

  constructor(parts: FrontendParts) {
    this.#p = parts;
    this.#t = parts.tables;
    this.#words = parts.arena.words;
    this.#startUs = new Float64Array(parts.bios.count);
    this.#submitted = new Uint8Array(parts.bios.count);
  }

  /** The submitter refers back to the frontend, so it comes after it. */
  connect(submitter: Submitter): void {
    this.#submitter = submitter;
  }

  completed(tag: number, result: number): void {
    this.#transport.completed(tag, result);
  }

  get connected(): boolean {
    return !this.#started || this.#transport.connected;
  }

  request(entry: number): void {
    const words = this.#words;
    const header = this.#transport.header(entry) >> 2;
    const low = words[header + InHeader.NODEID / 4]!;
    // A disk's nodeid has the top bit of the low word set and its head's number below it.
    if (low >= 0) {
      this.#p.askMain(entry);
      return;
    }
    const head = low & ~DISK_INO_BASE;
    const args = this.#transport.arguments(entry) >> 2;
    switch (words[header + InHeader.OPCODE / 4]!) {
      case Opcode.READ:
        this.#read(entry, head, args);
        break;
      case Opcode.WRITE:
        this.#write(entry, head, args);
        break;
      case Opcode.FALLOCATE:
        this.#fallocate(entry, head, args);
        break;
      case Opcode.FSYNC:
        this.#flush(entry, head);
        break;
      case Opcode.FLUSH:
        // A descriptor that could not write has nothing to flush.
        if ((words[args + FlushIn.FH / 4]! & DISK_FH_WRITABLE) !== 0) this.#flush(entry, head);
        else this.#transport.reply(entry, 0, 0);
        break;
      default:
        this.#p.askMain(entry);
    }
  }

  end(bio: number, error: number): void {
    const { bios, queue, index } = this.#p;
    const op = bios.op[bio]!;
    const length = bios.length[bio]!;
    this.#submitted[bio] = 0;
    accountEnd(
      this.#t.headStat,
      (index * this.#t.sizes.heads + bios.head[bio]!) * STAT_STRIDE,
      op,
      queue.clock,
      this.#startUs,
      bio,
      error === 0 ? (length / 512) | 0 : 0,
    );
    if (error !== 0) this.#transport.reply(bio, -error, 0);
    else if (op === BioOp.READ) this.#transport.reply(bio, 0, length | 0);
    else if (op === BioOp.WRITE) this.#written(bio, length | 0);
    else this.#transport.reply(bio, 0, 0);
  }

  mail(what: number, a: number, b: number, c: number): void {
    if (what === Mail.REPLY) this.#transport.reply(a, b, c);
    else if (what === Mail.RELEASE) this.#transport.release(a);
    else if (what === Mail.INTERRUPT) this.#interrupt(a, b);
    else this.#start(a, b);
  }

  #start(transport: number, fuseFd: number): void {
    this.#transport = this.#p.openTransport(TRANSPORTS[transport]!, fuseFd, this);
    this.#started = true;
    this.#transport.start();
  }

  #read(entry: number, head: number, args: number): void {
    const wanted = this.#words[args + ReadIn.LENGTH / 4]!;
    const left = this.#place(entry, head, args + ReadIn.OFFSET / 4);
    if (this.#misplaced(head, args + ReadIn.OFFSET / 4, wanted)) {
      this.#transport.reply(entry, -Errno.EINVAL, 0);
    } else if (left === 0 || wanted === 0) {
      this.#transport.reply(entry, 0, 0);
    } else {
      this.#p.bios.length[entry] = left < wanted ? left : wanted;
      this.#submit(entry, head, BioOp.READ);
    }
  }

  #write(entry: number, head: number, args: number): void {
    const wanted = this.#words[args + WriteIn.LENGTH / 4]!;
    const left = this.#place(entry, head, args + WriteIn.OFFSET / 4);
    if (left < wanted) this.#p.wrotePastEnd(head);
    if (this.#misplaced(head, args + WriteIn.OFFSET / 4, wanted)) {
      this.#transport.reply(entry, -Errno.EINVAL, 0);
    } else if (wanted === 0) {
      this.#written(entry, 0);
    } else if (left === 0) {
      this.#transport.reply(entry, -Errno.ENOSPC, 0);
    } else {
      this.#p.bios.length[entry] = left < wanted ? left : wanted;
      this.#submit(entry, head, BioOp.WRITE);
    }
  }

  #flush(entry: number, head: number): void {
    this.#p.bios.offset[entry] = 0;
    this.#p.bios.length[entry] = 0;
    this.#submit(entry, head, BioOp.FLUSH);
  }

  /** As block/fops.c: blkdev_fallocate. */
  #fallocate(entry: number, head: number, args: number): void {
    const { bios } = this.#p;
    const left = this.#place(entry, head, args + FallocateIn.OFFSET / 4);
    const wanted = this.#number(args + FallocateIn.LENGTH / 4);
    const rest = this.#t.capacity[head]! - bios.offset[entry]!;
    const length = rest < wanted ? rest : wanted;
    const mode = this.#words[args + FallocateIn.MODE / 4]!;
    if (mode !== PUNCH_HOLE && mode !== ZERO_RANGE && mode !== ZERO_RANGE_KEEP) {
      this.#transport.reply(entry, -Errno.EOPNOTSUPP, 0);
    } else if (left === 0) {
      this.#transport.reply(entry, -Errno.ENXIO, 0);
    } else if (
      this.#misaligned(head, args + FallocateIn.OFFSET / 4, length | 0) ||
      (mode === ZERO_RANGE && length < wanted)
    ) {
      this.#transport.reply(entry, -Errno.EINVAL, 0);
    } else {
      bios.length[entry] = length;
      bios.mode[entry] = mode === PUNCH_HOLE ? PUNCH_HOLE : ZERO_RANGE_KEEP;
      this.#submit(entry, head, BioOp.DISCARD);
    }
  }

  /** The bio's offset and length are set. */
  #submit(entry: number, head: number, op: number): void {
    const { bios, queue, index, arena } = this.#p;
    bios.op[entry] = op;
    bios.head[entry] = head;
    bios.data[entry] = arena.entry(entry) + PAYLOAD;
    this.#submitted[entry] = 1;
    accountStart(
      this.#t.headStat,
      (index * this.#t.sizes.heads + head) * STAT_STRIDE,
      op,
      queue.clock,
      this.#startUs,
      entry,
    );
    this.#submitter.submit(entry);
  }

  #written(entry: number, length: number): void {
    const body = (this.#p.arena.entry(entry) + PAYLOAD) >> 2;
    this.#words[body + WriteOut.LENGTH / 4] = length;
    this.#words[body + 1] = 0;
    this.#transport.reply(entry, 0, WriteOut.SIZE);
  }

  /**
   * Takes the offset at this word into the bio. Returns the bytes from there to the end of the
   * disk, at most a payload's; 0 behind the end.
   */
  #place(entry: number, head: number, offsetWord: number): number {
    const words = this.#words;
    const offset = (words[offsetWord]! >>> 0) + (words[offsetWord + 1]! >>> 0) * TWO_32;
    this.#p.bios.offset[entry] = offset;
    const left = this.#t.capacity[head]! - offset;
    if (left <= 0) return 0;
    return left < PAYLOAD_SIZE ? left | 0 : PAYLOAD_SIZE;
  }

  #misplaced(head: number, offsetWord: number, length: number): boolean {
    return length < 0 || length > PAYLOAD_SIZE || this.#misaligned(head, offsetWord, length);
  }

  /**
   * Direct I/O has to fit the logical block size, as on a block device. `offsetWord` is the index
   * of the offset's low word; blocks are far smaller than 2^32.
   */
  #misaligned(head: number, offsetWord: number, length: number): boolean {
    const block = 1 << this.#t.head[head * this.#t.headStride + Head.BLOCK_SHIFT]!;
    return ((this.#words[offsetWord]! | length) & (block - 1)) !== 0;
  }

  /** A parked bio is given up at once; one in flight ends by itself. */
  #interrupt(low: number, high: number): void {
    const words = this.#words;
    for (let entry = 0; entry < this.#p.arena.shape.entries; entry++) {
      if (this.#submitted[entry] === 0) continue;
      const unique = (this.#transport.header(entry) + InHeader.UNIQUE) >> 2;
      if (words[unique] !== low || words[unique + 1] !== high) continue;
      if (this.#submitter.cancelParked(entry)) this.end(entry, Errno.EINTR);
      return;
    }
  }

  #number(word: number): number {
    return (this.#words[word]! >>> 0) + (this.#words[word + 1]! >>> 0) * TWO_32;
  }
}
