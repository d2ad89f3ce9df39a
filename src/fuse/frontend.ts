import { BioOp, type BioTable } from '../multipath/bio.js';
import type { Submitter } from '../multipath/submitter.js';
import { accountEnd, accountStart } from '../reactor/accounting.js';
import { PAYLOAD, PAYLOAD_SIZE, type Arena } from '../reactor/arena.js';
import type { Frontend } from '../reactor/frontend.js';
import { Mail } from '../reactor/mailbox.js';
import type { SubmissionQueue } from '../reactor/submission-queue.js';
import { Errno } from '../shared/errno.js';
import { Head, Reactor, REACTOR_STRIDE, STAT_STRIDE } from '../shared/layout.js';
import type { Tables } from '../shared/tables.js';
import type { Requests, Transport } from './transport.js';
import { TRANSPORTS, type TransportName } from './worker-data.js';
import {
  DEFAULT_POLLMASK,
  DISK_FH_WRITABLE,
  DISK_INO_BASE,
  FallocateIn,
  FlushIn,
  InHeader,
  Opcode,
  PollOut,
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
  /** A write went, or began, behind the end of the block device: the kernel's idea of the size is wrong. */
  readonly wrotePastEnd: (bdev: number) => void;
  /** The kernel was told that nothing on this mount can be polled. */
  readonly pollRefused: () => void;
  /** Makes the transport once the connection is there. */
  readonly openTransport: (name: TransportName, fuseFd: number, requests: Requests) => Transport;
}

/**
 * FUSE requests of one reactor. Reads, writes, flushes and discards of disk files become bios,
 * numbered like their entries; everything else goes to the main thread.
 *
 * A request names a block device, a whole disk or a partition. Its bio is the head's: the offset
 * is moved by the partition's start.
 */
export class FuseFrontend implements Frontend, Requests {
  readonly #p: FrontendParts;
  readonly #t: Tables;
  readonly #words: Int32Array;
  /** When each entry's bio was submitted, microseconds of the ring's clock. */
  readonly #startUs: Float64Array;
  /** Block device of each entry's request. */
  readonly #bdev: Int32Array;
  /** 1 while the entry's bio is with the core. */
  readonly #submitted: Uint8Array;
  /** See #place; a double that is an argument or a result goes to the heap. */
  readonly #end = new Float64Array(1);
  #transport!: Transport;
  #submitter!: Submitter;
  #started = false;
  /** The directory that was listed last, and the offset of its end: low and high words. */
  readonly #listing = new Int32Array(4);

  constructor(parts: FrontendParts) {
    this.#p = parts;
    this.#t = parts.tables;
    this.#words = parts.arena.words;
    this.#startUs = new Float64Array(parts.bios.count);
    this.#bdev = new Int32Array(parts.bios.count);
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
    // A disk's nodeid has the top bit of the low word set and its bdev's number below it.
    const opcode = words[header + InHeader.OPCODE / 4]!;
    if (low >= 0) {
      if (opcode === Opcode.POLL) this.#treePolled();
      if (this.#isBehindListing(entry, opcode)) this.#transport.reply(entry, 0, 0);
      else this.#p.askMain(entry);
      return;
    }
    const bdev = low & ~DISK_INO_BASE;
    // Of what was removed since the file was opened, its number may be in use again.
    const stale =
      Atomics.load(this.#t.generation, bdev) !== words[header + InHeader.NODEID / 4 + 1]!;
    if (stale && isIo(opcode)) {
      this.#transport.reply(entry, -Errno.EIO, 0);
      return;
    }
    const args = this.#transport.arguments(entry) >> 2;
    switch (opcode) {
      case Opcode.READ:
        this.#read(entry, bdev, args);
        break;
      case Opcode.WRITE:
        this.#write(entry, bdev, args);
        break;
      case Opcode.FALLOCATE:
        this.#fallocate(entry, bdev, args);
        break;
      case Opcode.FSYNC:
        this.#flush(entry, bdev);
        break;
      case Opcode.FLUSH:
        // A descriptor that could not write has nothing to flush.
        if (stale || (words[args + FlushIn.FH / 4]! & DISK_FH_WRITABLE) === 0) {
          this.#transport.reply(entry, 0, 0);
        } else {
          this.#flush(entry, bdev);
        }
        break;
      case Opcode.POLL:
        this.#poll(entry);
        break;
      default:
        this.#p.askMain(entry);
    }
  }

  end(bio: number, error: number): void {
    const { bios } = this.#p;
    const op = bios.op[bio]!;
    const length = bios.length[bio]!;
    const sectors = error === 0 ? (length / 512) | 0 : 0;
    this.#submitted[bio] = 0;
    this.#accountEnd(bios.head[bio]!, bio, op, sectors);
    if (this.#bdev[bio] !== bios.head[bio]) this.#accountEnd(this.#bdev[bio]!, bio, op, sectors);
    if (error !== 0) this.#transport.reply(bio, -error, 0);
    else if (op === BioOp.READ) this.#transport.reply(bio, 0, length | 0);
    else if (op === BioOp.WRITE) this.#written(bio, length | 0);
    else this.#transport.reply(bio, 0, 0);
  }

  mail(what: number, a: number, b: number, c: number): void {
    if (what === Mail.LISTED) this.#listed(a);
    if (what === Mail.REPLY || what === Mail.LISTED) this.#transport.reply(a, b, c);
    else if (what === Mail.RELEASE) this.#transport.release(a);
    else if (what === Mail.INTERRUPT) this.#interrupt(a, b);
    else this.#start(a, b);
  }

  /** Remembers where a directory ended. */
  #listed(entry: number): void {
    const words = this.#words;
    const node = (this.#transport.header(entry) + InHeader.NODEID) >> 2;
    const offset = (this.#transport.arguments(entry) + ReadIn.OFFSET) >> 2;
    this.#listing[0] = words[node]!;
    this.#listing[1] = words[node + 1]!;
    this.#listing[2] = words[offset]!;
    this.#listing[3] = words[offset + 1]!;
  }

  /**
   * Whether a listing asks what is behind the end of the directory that was listed last: nothing,
   * or what has come since, which a listing that began before need not show (readdir(3)).
   */
  #isBehindListing(entry: number, opcode: number): boolean {
    if (opcode !== Opcode.READDIR && opcode !== Opcode.READDIRPLUS) return false;
    const words = this.#words;
    const end = this.#listing;
    const node = (this.#transport.header(entry) + InHeader.NODEID) >> 2;
    const offset = (this.#transport.arguments(entry) + ReadIn.OFFSET) >> 2;
    if (
      words[node] !== end[0] ||
      words[node + 1] !== end[1] ||
      words[offset] !== end[2] ||
      words[offset + 1] !== end[3]
    ) {
      return false;
    }
    // Once; who asks again gets to see what is new. No nodeid has 0 in its low word.
    end[0] = 0;
    return true;
  }

  #start(transport: number, fuseFd: number): void {
    this.#transport = this.#p.openTransport(TRANSPORTS[transport]!, fuseFd, this);
    this.#started = true;
    this.#transport.start();
  }

  #read(entry: number, bdev: number, args: number): void {
    const wanted = this.#words[args + ReadIn.LENGTH / 4]!;
    const left = this.#place(entry, bdev, args + ReadIn.OFFSET / 4);
    if (this.#misplaced(bdev, args + ReadIn.OFFSET / 4, wanted)) {
      this.#transport.reply(entry, -Errno.EINVAL, 0);
    } else if (left === 0 || wanted === 0) {
      this.#transport.reply(entry, 0, 0);
    } else {
      this.#p.bios.length[entry] = left < wanted ? left : wanted;
      this.#submit(entry, bdev, BioOp.READ);
    }
  }

  #write(entry: number, bdev: number, args: number): void {
    const wanted = this.#words[args + WriteIn.LENGTH / 4]!;
    const left = this.#place(entry, bdev, args + WriteIn.OFFSET / 4);
    if (left < wanted) this.#p.wrotePastEnd(bdev);
    if (this.#misplaced(bdev, args + WriteIn.OFFSET / 4, wanted)) {
      this.#transport.reply(entry, -Errno.EINVAL, 0);
    } else if (wanted === 0) {
      this.#written(entry, 0);
    } else if (left === 0) {
      this.#transport.reply(entry, -Errno.ENOSPC, 0);
    } else {
      this.#p.bios.length[entry] = left < wanted ? left : wanted;
      this.#submit(entry, bdev, BioOp.WRITE);
    }
  }

  #flush(entry: number, bdev: number): void {
    this.#p.bios.offset[entry] = 0;
    this.#p.bios.length[entry] = 0;
    this.#submit(entry, bdev, BioOp.FLUSH);
  }

  /** As block/fops.c: blkdev_fallocate. */
  #fallocate(entry: number, bdev: number, args: number): void {
    const { bios } = this.#p;
    const left = this.#place(entry, bdev, args + FallocateIn.OFFSET / 4);
    const wanted = this.#number(args + FallocateIn.LENGTH / 4);
    const rest = this.#end[0]! - bios.offset[entry]!;
    const length = rest < wanted ? rest : wanted;
    const mode = this.#words[args + FallocateIn.MODE / 4]!;
    if (mode !== PUNCH_HOLE && mode !== ZERO_RANGE && mode !== ZERO_RANGE_KEEP) {
      this.#transport.reply(entry, -Errno.EOPNOTSUPP, 0);
    } else if (left === 0) {
      this.#transport.reply(entry, -Errno.ENXIO, 0);
    } else if (
      this.#misaligned(bdev, args + FallocateIn.OFFSET / 4, length | 0) ||
      (mode === ZERO_RANGE && length < wanted)
    ) {
      this.#transport.reply(entry, -Errno.EINVAL, 0);
    } else {
      bios.length[entry] = length;
      bios.mode[entry] = mode === PUNCH_HOLE ? PUNCH_HOLE : ZERO_RANGE_KEEP;
      this.#submit(entry, bdev, BioOp.DISCARD);
    }
  }

  /** The bio's offset and length are set. */
  #submit(entry: number, bdev: number, op: number): void {
    const { bios, arena } = this.#p;
    const head = this.#t.bdevHead[bdev]!;
    bios.op[entry] = op;
    bios.head[entry] = head;
    bios.data[entry] = arena.entry(entry) + PAYLOAD;
    this.#bdev[entry] = bdev;
    this.#submitted[entry] = 1;
    this.#accountStart(head, entry, op);
    if (bdev !== head) this.#accountStart(bdev, entry, op);
    this.#submitter.submit(entry);
  }

  #accountStart(bdev: number, entry: number, op: number): void {
    const { queue, index } = this.#p;
    const t = this.#t;
    const at = (index * t.bdevs + bdev) * STAT_STRIDE;
    accountStart(t.bdevStat, at, op, queue.clock, this.#startUs, entry);
  }

  #accountEnd(bdev: number, entry: number, op: number, sectors: number): void {
    const { queue, index } = this.#p;
    const t = this.#t;
    const at = (index * t.bdevs + bdev) * STAT_STRIDE;
    accountEnd(t.bdevStat, at, op, queue.clock, this.#startUs, entry, sectors);
  }

  /**
   * A disk is always ready. io_uring asks that before every read and write of a descriptor
   * without O_NONBLOCK (io_uring/rw.c: io_file_supports_nowait), and waits for the answer: that
   * halves what it gets, or worse. ENOSYS has the kernel never ask again, but for no file of the
   * mount (fs/fuse/file.c: fuse_file_poll). So who polls the tree before anybody does I/O through
   * io_uring will be woken, at the cost of such I/O; else such I/O is fast and poll is not served,
   * unless the mount option `poll` has set POLLED from the start.
   */
  #poll(entry: number): void {
    const t = this.#t;
    if (Atomics.load(t.reactor, this.#p.index * REACTOR_STRIDE + Reactor.POLLED) === 0) {
      this.#transport.reply(entry, -Errno.ENOSYS, 0);
      this.#p.pollRefused();
      return;
    }
    const body = (this.#p.arena.entry(entry) + PAYLOAD) >> 2;
    this.#words[body + PollOut.REVENTS / 4] = DEFAULT_POLLMASK;
    this.#words[body + 1] = 0;
    this.#transport.reply(entry, 0, PollOut.SIZE);
  }

  #treePolled(): void {
    const t = this.#t;
    for (let reactor = 0; reactor < t.sizes.reactors; reactor++) {
      Atomics.store(t.reactor, reactor * REACTOR_STRIDE + Reactor.POLLED, 1);
    }
  }

  #written(entry: number, length: number): void {
    const body = (this.#p.arena.entry(entry) + PAYLOAD) >> 2;
    this.#words[body + WriteOut.LENGTH / 4] = length;
    this.#words[body + 1] = 0;
    this.#transport.reply(entry, 0, WriteOut.SIZE);
  }

  /**
   * Takes the offset at this word into the bio, as one on the head, and leaves where the block
   * device ends there in `#end`. Returns the bytes from the one to the other, at most a
   * payload's; 0 behind the end. A partition goes no further than its disk, which may have
   * shrunk.
   */
  #place(entry: number, bdev: number, offsetWord: number): number {
    const words = this.#words;
    const t = this.#t;
    const start = t.start[bdev]!;
    const offset = start + (words[offsetWord]! >>> 0) + (words[offsetWord + 1]! >>> 0) * TWO_32;
    this.#p.bios.offset[entry] = offset;
    const end = start + t.capacity[bdev]!;
    const diskEnd = t.capacity[t.bdevHead[bdev]!]!;
    this.#end[0] = end < diskEnd ? end : diskEnd;
    const left = this.#end[0] - offset;
    if (left <= 0) return 0;
    return left < PAYLOAD_SIZE ? left | 0 : PAYLOAD_SIZE;
  }

  #misplaced(bdev: number, offsetWord: number, length: number): boolean {
    return length < 0 || length > PAYLOAD_SIZE || this.#misaligned(bdev, offsetWord, length);
  }

  /**
   * Direct I/O has to fit the logical block size, as on a block device. `offsetWord` is the index
   * of the offset's low word; blocks are far smaller than 2^32, and partitions whole blocks.
   */
  #misaligned(bdev: number, offsetWord: number, length: number): boolean {
    const t = this.#t;
    const block = 1 << t.head[t.bdevHead[bdev]! * t.headStride + Head.BLOCK_SHIFT]!;
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

/** What needs the disk; FLUSH does, too, but of a disk that is gone there is nothing to flush. */
function isIo(opcode: number): boolean {
  return (
    opcode === Opcode.READ ||
    opcode === Opcode.WRITE ||
    opcode === Opcode.FALLOCATE ||
    opcode === Opcode.FSYNC
  );
}
