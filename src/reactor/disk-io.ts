import { BioOp, type BioTable, type PathIo } from '../multipath/bio.js';
import { native } from '../native/binding.js';
import { Errno } from '../shared/errno.js';
import { Path, PATH_STRIDE, PathFlag, STAT_STRIDE } from '../shared/layout.js';
import type { Tables } from '../shared/tables.js';
import { accountEnd, accountStart } from './accounting.js';
import { PAYLOAD, TIMESPEC, type Arena } from './arena.js';
import { INLINE, Op, Operand, SqeFlag, type SubmissionQueue } from './submission-queue.js';

/** I/O on memory up to this size is copied at once; above it the ring's workers do it in parallel. */
const INLINE_MAX = 65536;

/** Tags of this reactor's completions: the kind in the top byte, a number in the rest. */
export const Tag = { KIND: 0xff000000 | 0, DISK: 1 << 24, DELAY: 2 << 24 } as const;

const FAILING = PathFlag.MAKE_IT_FAIL | PathFlag.FAULTY;

/** Where a finished path I/O is reported: the core, or a path check. */
export interface DiskEnd {
  /** `error` is 0 or an errno, as the core is to see it. */
  diskEnd(bio: number, error: number): void;
}

/**
 * Bios to the paths' devices, through the reactor's ring. Path p is fixed file p. Path checks
 * are no I/O of the path's users and not in its statistics.
 */
export class DiskIo implements PathIo {
  readonly #t: Tables;
  readonly #reactor: number;
  readonly #bios: BioTable;
  readonly #arena: Arena;
  readonly #queue: SubmissionQueue;
  /** Bytes already moved of a bio that came back short. */
  readonly #moved: Float64Array;
  /** Bios that failed before they were sent (make-it-fail, a fault): ended by endFailed. */
  readonly #failed: Int32Array;
  /** With which errno. */
  readonly #failedWith: Int32Array;
  #failedCount = 0;
  /** I/Os in the ring. */
  inFlight = 0;

  constructor(t: Tables, reactor: number, bios: BioTable, arena: Arena, queue: SubmissionQueue) {
    this.#t = t;
    this.#reactor = reactor;
    this.#bios = bios;
    this.#arena = arena;
    this.#queue = queue;
    this.#moved = new Float64Array(bios.count);
    this.#failed = new Int32Array(bios.count);
    this.#failedWith = new Int32Array(bios.count);
  }

  issue(bio: number, path: number): void {
    const bios = this.#bios;
    this.#moved[bio] = 0;
    if (bio < this.#arena.firstCheck) {
      accountStart(
        this.#t.pathStat,
        this.#stat(path),
        bios.op[bio]!,
        this.#queue.clock,
        bios.startUs,
        bio,
      );
    }
    const flags = Atomics.load(this.#t.path, path * PATH_STRIDE + Path.FLAGS);
    if ((flags & FAILING) !== 0) {
      const error = this.#fault(bio, path, flags);
      if (error !== 0) {
        this.#failedWith[this.#failedCount] = error;
        this.#failed[this.#failedCount++] = bio;
        return;
      }
    }
    this.inFlight += 1;
    this.#send(bio, path, flags);
  }

  /** True while endFailed has something to do: the loop must not sleep. */
  get hasFailed(): boolean {
    return this.#failedCount > 0;
  }

  /** Reports the bios that were not sent; what it calls must not issue new ones. */
  endFailed(end: DiskEnd): void {
    for (let i = 0; i < this.#failedCount; i++) {
      this.#end(this.#failed[i]!, this.#failedWith[i]!, end);
    }
    this.#failedCount = 0;
  }

  /** The ring's completion of a bio: a byte count or a negative errno. */
  completed(bio: number, result: number, end: DiskEnd): void {
    const bios = this.#bios;
    const path = bios.path[bio]!;
    if (result === -Errno.EAGAIN || result === -Errno.EINTR) {
      Atomics.add(this.#t.path, path * PATH_STRIDE + Path.RETRIES, 1);
      this.#send(bio, path, this.#t.path[path * PATH_STRIDE + Path.FLAGS]!);
      return;
    }
    const op = bios.op[bio]!;
    let error = 0;
    if (result < 0) {
      error = this.#deviceError(bio, path, -result);
    } else if (op === BioOp.READ || op === BioOp.WRITE) {
      const moved = this.#moved[bio]! + result;
      this.#moved[bio] = moved;
      if (result === 0) {
        // Inside the disk's size there is always something: a removed device has size 0.
        error = Errno.ENODEV;
      } else if (moved < bios.length[bio]!) {
        this.#send(bio, path, this.#t.path[path * PATH_STRIDE + Path.FLAGS]!);
        return;
      }
    }
    this.inFlight -= 1;
    this.#end(bio, error, end);
  }

  #end(bio: number, error: number, end: DiskEnd): void {
    const bios = this.#bios;
    if (bio < this.#arena.firstCheck) {
      accountEnd(
        this.#t.pathStat,
        this.#stat(bios.path[bio]!),
        bios.op[bio]!,
        this.#queue.clock,
        bios.startUs,
        bio,
        error === 0 ? (bios.length[bio]! / 512) | 0 : 0,
      );
    }
    end.diskEnd(bio, error);
  }

  /**
   * A removed block device has size 0, and a write to it is behind its end: the kernel answers
   * ENOSPC. That is a path error. The device's own ENOSPC (thin provisioning) is the caller's.
   *
   * BLKGETSIZE64 is the very number that the kernel compared with (block/fops.c:
   * blkdev_write_iter), and only goes to 0 once, when the disk is marked dead (block/genhd.c:
   * __blk_mark_disk_dead). It is answered from memory, without a lock and without asking the
   * driver, so that a reactor may ask. An answer of no device at all is 0, too.
   */
  #deviceError(bio: number, path: number, error: number): number {
    if (error !== Errno.ENOSPC) return error;
    const at = path * PATH_STRIDE;
    if ((this.#t.path[at + Path.FLAGS]! & PathFlag.BLOCK_DEVICE) === 0) return error;
    const size = native.deviceSize(this.#t.path[at + Path.FD]!);
    return this.#bios.offset[bio]! + this.#bios.length[bio]! > size ? Errno.ENODEV : error;
  }

  /** The errno that the bio is to end with without being sent, or 0. */
  #fault(bio: number, path: number, flags: number): number {
    if ((flags & PathFlag.MAKE_IT_FAIL) !== 0) return Errno.EIO;
    const word = this.#bios.op[bio] === BioOp.READ ? Path.READ_ERROR : Path.WRITE_ERROR;
    return Atomics.load(this.#t.path, path * PATH_STRIDE + word);
  }

  #send(bio: number, path: number, flags: number): void {
    const bios = this.#bios;
    const queue = this.#queue;
    const tag = Tag.DISK | bio;
    const op = bios.op[bio]!;
    const slow = Atomics.load(this.#t.path, path * PATH_STRIDE + Path.SLOW_US);
    if (slow > 0) this.#delay(bio, slow);
    if (op === BioOp.FLUSH) {
      queue.fdatasync(SqeFlag.FIXED_FILE, path, tag);
      return;
    }
    const operand = queue.operand;
    const moved = this.#moved[bio]!;
    operand[Operand.OFFSET] = bios.offset[bio]! + moved;
    if (op === BioOp.DISCARD) {
      operand[Operand.ADDRESS] = bios.length[bio]!;
      queue.fallocate(SqeFlag.FIXED_FILE, path, bios.mode[bio]!, tag);
      return;
    }
    operand[Operand.ADDRESS] = this.#arena.address + bios.data[bio]! + moved;
    const length = (bios.length[bio]! - moved) | 0;
    const opcode = op === BioOp.READ ? Op.READ : Op.WRITE;
    if ((flags & PathFlag.IN_MEMORY) !== 0 && length <= INLINE_MAX && slow === 0) {
      const fd = this.#t.path[path * PATH_STRIDE + Path.FD]!;
      queue.rw(opcode | INLINE, 0, fd, length, tag);
    } else {
      queue.rw(opcode, SqeFlag.FIXED_FILE, path, length, tag);
    }
  }

  /** make-it-slow: a timeout that the next operation is linked to. */
  #delay(bio: number, microseconds: number): void {
    const at = this.#bios.data[bio]! - PAYLOAD + TIMESPEC;
    const words = this.#arena.words;
    const seconds = (microseconds / 1000000) | 0;
    words[at >> 2] = seconds;
    words[(at >> 2) + 1] = 0;
    words[(at >> 2) + 2] = (microseconds - seconds * 1000000) * 1000;
    words[(at >> 2) + 3] = 0;
    this.#queue.operand[Operand.ADDRESS] = this.#arena.address + at;
    this.#queue.delay(SqeFlag.IO_LINK, Tag.DELAY);
  }

  #stat(path: number): number {
    return (this.#reactor * this.#t.sizes.paths + path) * STAT_STRIDE;
  }
}
