import type { NativeRing } from '../native/binding.js';
import { native } from '../native/binding.js';

/** io_uring opcodes (include/uapi/linux/io_uring.h). */
export const Op = {
  NOP: 0,
  FSYNC: 3,
  POLL_ADD: 6,
  TIMEOUT: 11,
  FALLOCATE: 17,
  READ: 22,
  WRITE: 23,
  URING_CMD: 46,
} as const;

/** Set in an opcode: carried out at once by Ring.enter, on a plain descriptor. */
export const INLINE = 0x80;

/** Bits of io_uring_sqe.flags. */
export const SqeFlag = { FIXED_FILE: 1, IO_LINK: 4, ASYNC: 16 } as const;

/** Indices of SubmissionQueue.operand. */
export const Operand = { OFFSET: 0, ADDRESS: 1 } as const;

const FSYNC_DATASYNC = 1;
const POLLIN = 1;
const TIMEOUT_ETIME_SUCCESS = 32;
const SQE_WORDS = 32;
const CQE_WORDS = 4;
const TWO_32 = 4294967296;

/** Words of io_uring_sqe. */
const Sqe = {
  OPCODE: 0,
  FD: 1,
  OFF: 2,
  ADDR: 4,
  LEN: 6,
  RW_FLAGS: 7,
  USER_DATA: 8,
  BUF_INDEX: 10,
  FILE_INDEX: 11,
  CMD: 12,
} as const;

/**
 * A ring's submission and completion arrays. What is pushed is submitted by the next enter;
 * records are the kernel's io_uring_sqe, written in place.
 *
 * `tag` is 32 bits of the submitter's choice; it comes back as the completion's.
 *
 * 64-bit operands are not arguments but stand in `operand` when a push is called, and time is read
 * from `clock`: V8 puts a double on the heap at every call that it doesn't inline.
 */
export class SubmissionQueue {
  readonly #ring: NativeRing;
  readonly #sqes: Int32Array;
  readonly #cqes: Int32Array;
  /** Microseconds as of the last enter, at [0]. */
  readonly clock = new Float64Array(1);
  /** File offset and memory address of the next push: see Operand. */
  readonly operand = new Float64Array(2);
  readonly #limit: number;
  #count = 0;

  /** `operations`: how many the caller can have in flight at once. */
  constructor(operations: number) {
    // One turn of the loop ends and restarts each of them at most once, a delayed one as two.
    this.#limit = operations * 4;
    this.#sqes = new Int32Array(this.#limit * SQE_WORDS);
    this.#cqes = new Int32Array(operations * 4 * CQE_WORDS);
    this.#ring = new native.Ring(operations, this.#sqes, this.#cqes, this.clock);
  }

  get ring(): NativeRing {
    return this.#ring;
  }

  /** Submits what was pushed; see NativeRing.enter. */
  enter(wait: number, polls: number): number {
    const count = this.#count;
    this.#count = 0;
    return this.#ring.enter(count, wait, polls);
  }

  /** Tag of completion `i` of the last enter. */
  tag(i: number): number {
    return this.#cqes[i * CQE_WORDS]!;
  }

  /** Result of completion `i`: a count or a negative errno. */
  result(i: number): number {
    return this.#cqes[i * CQE_WORDS + 2]!;
  }

  /** READ, WRITE or the like at the operands. `fd` is a slot if flags say FIXED_FILE. */
  rw(opcode: number, flags: number, fd: number, length: number, tag: number): void {
    const at = this.#next();
    const sqes = this.#sqes;
    const offset = this.operand[Operand.OFFSET]!;
    const address = this.operand[Operand.ADDRESS]!;
    sqes[at + Sqe.OPCODE] = opcode | (flags << 8);
    sqes[at + Sqe.FD] = fd;
    sqes[at + Sqe.OFF] = offset | 0;
    sqes[at + Sqe.OFF + 1] = (offset / TWO_32) | 0;
    sqes[at + Sqe.ADDR] = address | 0;
    sqes[at + Sqe.ADDR + 1] = (address / TWO_32) | 0;
    sqes[at + Sqe.LEN] = length;
    sqes[at + Sqe.RW_FLAGS] = 0;
    this.#finish(at, tag);
  }

  fdatasync(flags: number, fd: number, tag: number): void {
    this.#plain(Op.FSYNC, flags, fd, tag, FSYNC_DATASYNC);
  }

  /** From the operand OFFSET on; the length in bytes stands in the operand ADDRESS. */
  fallocate(flags: number, fd: number, mode: number, tag: number): void {
    this.rw(Op.FALLOCATE, flags, fd, mode, tag);
  }

  /** Completes once, when the descriptor is readable. */
  pollIn(flags: number, fd: number, tag: number): void {
    this.#plain(Op.POLL_ADD, flags, fd, tag, POLLIN);
  }

  /** Does nothing, by the ring's worker if flags say ASYNC. */
  nop(flags: number, tag: number): void {
    this.#plain(Op.NOP, flags, -1, tag, 0);
  }

  /**
   * Completes after a time; with IO_LINK in `flags` the next pushed operation starts then. The
   * operand ADDRESS is a timespec's.
   */
  delay(flags: number, tag: number): void {
    this.operand[Operand.OFFSET] = 0;
    this.rw(Op.TIMEOUT, flags, -1, 1, tag);
    this.#sqes[(this.#count - 1) * SQE_WORDS + Sqe.RW_FLAGS] = TIMEOUT_ETIME_SUCCESS;
  }

  /**
   * A FUSE ring command with the operand ADDRESS; `commitLow` and `commitHigh` are the request's
   * commit_id.
   */
  fuseCommand(
    command: number,
    fd: number,
    length: number,
    commitLow: number,
    commitHigh: number,
    queue: number,
    tag: number,
  ): void {
    const at = this.#next();
    const sqes = this.#sqes;
    const address = this.operand[Operand.ADDRESS]!;
    sqes[at + Sqe.OPCODE] = Op.URING_CMD | (SqeFlag.FIXED_FILE << 8);
    sqes[at + Sqe.FD] = fd;
    sqes[at + Sqe.OFF] = command;
    sqes[at + Sqe.OFF + 1] = 0;
    sqes[at + Sqe.ADDR] = address | 0;
    sqes[at + Sqe.ADDR + 1] = (address / TWO_32) | 0;
    sqes[at + Sqe.LEN] = length;
    sqes[at + Sqe.RW_FLAGS] = 0;
    this.#finish(at, tag);
    sqes[at + Sqe.CMD + 2] = commitLow;
    sqes[at + Sqe.CMD + 3] = commitHigh;
    sqes[at + Sqe.CMD + 4] = queue;
    sqes[at + Sqe.CMD + 5] = 0;
  }

  /** An operation with neither offset, address nor length. */
  #plain(opcode: number, flags: number, fd: number, tag: number, opFlags: number): void {
    this.operand[Operand.OFFSET] = 0;
    this.operand[Operand.ADDRESS] = 0;
    this.rw(opcode, flags, fd, 0, tag);
    this.#sqes[(this.#count - 1) * SQE_WORDS + Sqe.RW_FLAGS] = opFlags;
  }

  /** A free record's first word. */
  #next(): number {
    if (this.#count === this.#limit) throw new RangeError('more submissions than operations');
    const at = this.#count * SQE_WORDS;
    this.#count += 1;
    return at;
  }

  #finish(at: number, tag: number): void {
    const sqes = this.#sqes;
    sqes[at + Sqe.USER_DATA] = tag;
    sqes[at + Sqe.USER_DATA + 1] = 0;
    sqes[at + Sqe.BUF_INDEX] = 0;
    sqes[at + Sqe.FILE_INDEX] = 0;
    sqes[at + Sqe.CMD] = 0;
    sqes[at + Sqe.CMD + 1] = 0;
    sqes[at + Sqe.CMD + 2] = 0;
    sqes[at + Sqe.CMD + 3] = 0;
  }
}
