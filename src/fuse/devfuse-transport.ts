import { native } from '../native/binding.js';
import { PAYLOAD, PAYLOAD_SIZE, type Arena } from '../reactor/arena.js';
import { INLINE, Op, Operand, SqeFlag, type SubmissionQueue } from '../reactor/submission-queue.js';
import { Errno } from '../shared/errno.js';
import { FuseTag, TAG_INDEX, type Requests, type Transport } from './transport.js';
import { InHeader, OutHeader, WriteIn } from './wire.js';

/** A request is read so that the data of a WRITE lands page-aligned at the payload. */
export const HEADER = PAYLOAD - InHeader.SIZE - WriteIn.SIZE;
const ARGUMENTS = HEADER + InHeader.SIZE;
const READ_SIZE = InHeader.SIZE + WriteIn.SIZE + PAYLOAD_SIZE;
/** The reply's header goes right before the body, so that one write sends both. */
const REPLY = PAYLOAD - OutHeader.SIZE;
/** Reads in one turn of the loop: beyond this they only delay the first answer. */
const MAX_READERS = 16;
/** How long a reactor that was woken in vain leaves the requests to the others. */
const PAUSE_NS = 1_000_000;

/**
 * Requests read from, and answers written to, a /dev/fuse descriptor: any kernel with io_uring.
 * Serves the arena's entries [first, first + count).
 *
 * A read that waits in the ring would be woken by every request, so there are none: one poll
 * waits, and what it announces is read at once, by as many reads in a turn of the loop as last
 * found something, and one more. A read that finds nothing ends; with the last of them the poll
 * is armed again, which looks whether something came meanwhile.
 *
 * A request wakes the polls of all reactors, and one of them gets it. A reactor that was woken in
 * vain waits for a moment before it polls again: with requests one at a time it would otherwise
 * only take the CPU from the one that answers. With more of them it finds some when it is back.
 */
export class DevfuseTransport implements Transport {
  readonly #arena: Arena;
  readonly #queue: SubmissionQueue;
  readonly #fd: number;
  readonly #slot: number;
  readonly #first: number;
  readonly #requests: Requests;
  readonly #free: Int32Array;
  #freeCount: number;
  /** Reads that go on: in the ring, or held up because no entry is free. */
  #readers = 0;
  #heldUp = 0;
  /** Something was read since the poll. */
  #found = false;
  /** A struct __kernel_timespec of PAUSE_NS; shared memory does not move. */
  readonly #pauseTime = new Int32Array(new SharedArrayBuffer(16));
  readonly #pauseAddress: number;
  connected = true;

  /** `fd`: a clone of its own for each reactor; `slot` is its place among the fixed files. */
  constructor(
    arena: Arena,
    queue: SubmissionQueue,
    fd: number,
    slot: number,
    first: number,
    count: number,
    requests: Requests,
  ) {
    this.#arena = arena;
    this.#queue = queue;
    this.#fd = fd;
    this.#slot = slot;
    this.#first = first;
    this.#requests = requests;
    this.#free = Int32Array.from({ length: count }, (_, i) => first + i);
    this.#freeCount = count;
    this.#pauseTime[2] = PAUSE_NS;
    this.#pauseAddress = Number(native.addressOf(this.#pauseTime));
  }

  start(): void {
    this.#poll();
  }

  completed(tag: number, result: number): void {
    const entry = tag & TAG_INDEX;
    const kind = tag & ~TAG_INDEX;
    if (kind === FuseTag.POLL) {
      this.#found = false;
      this.#addReader();
    } else if (kind === FuseTag.PAUSE) {
      this.#poll();
    } else if (kind === FuseTag.WRITE) {
      // ENOENT: nobody waits for the answer any more.
      if (result === -Errno.ENODEV) this.connected = false;
      this.release(entry);
    } else if (result >= 0) {
      this.#found = true;
      if (this.#readers < MAX_READERS) this.#addReader();
      this.#read();
      this.#requests.request(entry);
    } else {
      this.#readEnded(entry, result);
    }
  }

  header(entry: number): number {
    return this.#arena.entry(entry) + HEADER;
  }

  arguments(entry: number): number {
    return this.#arena.entry(entry) + ARGUMENTS;
  }

  reply(entry: number, error: number, length: number): void {
    const words = this.#arena.words;
    const at = this.#arena.entry(entry);
    const request = (at + HEADER + InHeader.UNIQUE) >> 2;
    const low = words[request]!;
    const high = words[request + 1]!;
    const reply = (at + REPLY) >> 2;
    words[reply + OutHeader.LEN / 4] = OutHeader.SIZE + length;
    words[reply + OutHeader.ERROR / 4] = error;
    words[reply + OutHeader.UNIQUE / 4] = low;
    words[reply + OutHeader.UNIQUE / 4 + 1] = high;
    this.#at(at + REPLY);
    const size = OutHeader.SIZE + length;
    this.#queue.rw(Op.WRITE, SqeFlag.FIXED_FILE, this.#slot, size, FuseTag.WRITE | entry);
  }

  release(entry: number): void {
    this.#free[this.#freeCount++] = entry;
    if (this.#heldUp === 0) return;
    this.#heldUp -= 1;
    this.#read();
  }

  /** Nothing to read (EAGAIN), a request that was given up (ENOENT), a signal, or the end. */
  #readEnded(entry: number, result: number): void {
    this.#free[this.#freeCount++] = entry;
    if (result === -Errno.ENODEV) {
      this.connected = false;
    } else if (result === -Errno.EAGAIN) {
      // Readers that wait for a free entry have nothing to read either: the poll brings them back.
      this.#readers -= 1 + this.#heldUp;
      this.#heldUp = 0;
      if (this.#readers > 0) return;
      if (this.#found) this.#poll();
      else this.#pause();
    } else {
      this.#read();
    }
  }

  #addReader(): void {
    this.#readers += 1;
    this.#read();
  }

  /** The next read of a reader, carried out when the ring is entered. */
  #read(): void {
    if (this.#freeCount === 0) {
      this.#heldUp += 1;
      return;
    }
    const entry = this.#free[--this.#freeCount]!;
    this.#at(this.#arena.entry(entry) + HEADER);
    this.#queue.rw(Op.READ | INLINE, 0, this.#fd, READ_SIZE, FuseTag.READ | entry);
  }

  /** The next operation is on the memory at this offset of the arena. */
  #at(offset: number): void {
    const { operand } = this.#queue;
    operand[Operand.OFFSET] = 0;
    operand[Operand.ADDRESS] = this.#arena.address + offset;
  }

  #pause(): void {
    this.#queue.operand[Operand.ADDRESS] = this.#pauseAddress;
    this.#queue.delay(0, FuseTag.PAUSE | this.#first);
  }

  #poll(): void {
    this.#queue.pollIn(SqeFlag.FIXED_FILE, this.#slot, FuseTag.POLL | this.#first);
  }
}
