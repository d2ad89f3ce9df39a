import { getHeapStatistics } from 'node:v8';
import { BioOp, type BioTable } from '../multipath/bio.js';
import { enter, isInside, quiesce } from '../multipath/rcu.js';
import type { Submitter } from '../multipath/submitter.js';
import { native } from '../native/binding.js';
import { Path, PATH_STRIDE, PathFlag, Reactor as Word, REACTOR_STRIDE } from '../shared/layout.js';
import type { Tables } from '../shared/tables.js';
import { PAGE, type Arena } from './arena.js';
import { Tag, type DiskEnd, type DiskIo } from './disk-io.js';
import type { Frontend, ReactorMessage } from './frontend.js';
import { Mail, mailSlot } from './mailbox.js';
import type { Outbox } from './outbox.js';
import type { PageReads } from './page-reads.js';
import type { RingWorkers } from './ring-workers.js';
import { Op, Operand, type SubmissionQueue } from './submission-queue.js';

const EVENT_TAG = 4 << 24;

/**
 * Empty polls before sleeping while little path I/O is in flight, or when the main thread has just
 * been asked or has answered: a fast device, the main thread, or who asked it, does its part within
 * that time, and waking up takes longer. With more in flight something always comes, and who sends
 * the I/O needs the CPU.
 */
const POLLS = 200;
const POLL_DEPTH = 4;

/** What a reactor is made of; see fuse/worker.ts, where it is put together. */
export interface ReactorParts {
  readonly tables: Tables;
  readonly index: number;
  readonly bios: BioTable;
  readonly arena: Arena;
  readonly queue: SubmissionQueue;
  readonly workers: RingWorkers;
  readonly disk: DiskIo;
  readonly submitter: Submitter;
  readonly frontend: Frontend;
  readonly pageReads: PageReads;
  readonly outbox: Outbox;
  readonly eventFd: number;
  readonly post: (message: ReactorMessage) => void;
}

/**
 * One loop on one thread: it takes the ring's completions, lets the frontend and the core act on
 * them, and submits what came of it. No allocation and no await per I/O.
 *
 * Bios below arena.firstCheck are the core's, from the frontend or page reads; those above are
 * path checks.
 */
export class Reactor implements DiskEnd {
  readonly #p: ReactorParts;
  readonly #words: number;
  /** Where the eventfd's counter is read into; shared memory does not move. */
  readonly #event = new Int32Array(new SharedArrayBuffer(64));
  readonly #eventAddress = Number(native.addressOf(this.#event));
  readonly #freeChecks: number[] = [];
  #stopping = false;

  constructor(parts: ReactorParts) {
    this.#p = parts;
    this.#words = parts.index * REACTOR_STRIDE;
    const { firstCheck, bios } = parts.arena;
    for (let bio = firstCheck; bio < bios; bio++) this.#freeChecks.push(bio);
  }

  /** Runs until STOP, or until the frontend is gone and nothing is in flight. */
  run(): void {
    try {
      this.#loop();
    } finally {
      // A grace period must not wait for a reactor that died in a batch.
      if (isInside(this.#p.tables, this.#p.index)) quiesce(this.#p.tables, this.#p.index);
    }
  }

  #loop(): void {
    const { tables, index, queue, disk, submitter, frontend, outbox } = this.#p;
    this.#armEvent();
    let talking = false;
    for (;;) {
      const soon = talking || disk.inFlight > 0;
      const polls = soon && disk.inFlight <= POLL_DEPTH ? POLLS : 0;
      const count = queue.enter(disk.hasFailed ? 0 : 1, polls);
      if (count < 0) throw new Error(`io_uring_enter failed with errno ${-count}`);
      enter(tables, index);
      for (let i = 0; i < count; i++) this.#completed(queue.tag(i), queue.result(i));
      const mail = this.#readMail();
      if (disk.hasFailed) disk.endFailed(this);
      submitter.drainRequeue();
      quiesce(tables, index);
      talking = outbox.flush() || mail;
      if ((this.#stopping || !frontend.connected) && disk.inFlight === 0 && !disk.hasFailed) return;
    }
  }

  diskEnd(bio: number, error: number): void {
    if (bio < this.#p.arena.firstCheck) this.#p.submitter.complete(bio, error);
    else this.#checked(bio, error);
  }

  #completed(tag: number, result: number): void {
    switch (tag & Tag.KIND) {
      case Tag.DISK:
        this.#p.disk.completed(tag & ~Tag.KIND, result, this);
        break;
      case Tag.DELAY:
        break;
      case EVENT_TAG:
        this.#armEvent();
        break;
      default:
        this.#p.frontend.completed(tag, result);
    }
  }

  #armEvent(): void {
    const { queue, eventFd } = this.#p;
    queue.operand[Operand.OFFSET] = 0;
    queue.operand[Operand.ADDRESS] = this.#eventAddress;
    queue.rw(Op.READ, 0, eventFd, 8, EVENT_TAG);
  }

  /** True if there was any. */
  #readMail(): boolean {
    const t = this.#p.tables;
    const first = t.reactor[this.#words + Word.MAIL_HEAD]!;
    let head = first;
    while (Atomics.load(t.reactor, this.#words + Word.MAIL_TAIL) !== head) {
      const slot = mailSlot(this.#p.index, head);
      this.#act(t.mailbox[slot]!, t.mailbox[slot + 1]!, t.mailbox[slot + 2]!, t.mailbox[slot + 3]!);
      head = (head + 1) | 0;
      Atomics.store(t.reactor, this.#words + Word.MAIL_HEAD, head);
    }
    return head !== first;
  }

  #act(what: number, a: number, b: number, c: number): void {
    switch (what) {
      case Mail.INSTALL:
        this.#install(a);
        break;
      case Mail.UNINSTALL:
        this.#p.queue.ring.updateFile(a, -1);
        break;
      case Mail.CHECK:
        this.#check(a);
        break;
      case Mail.READ_PAGE:
        this.#p.pageReads.read(a, this.#p.submitter);
        break;
      case Mail.HEAP:
        this.#p.post({ kind: 'heap', used: getHeapStatistics().used_heap_size });
        break;
      case Mail.STOP:
        this.#stopping = true;
        break;
      default:
        this.#p.frontend.mail(what, a, b, c);
    }
  }

  #install(path: number): void {
    const { queue, workers, tables } = this.#p;
    const at = path * PATH_STRIDE;
    queue.ring.updateFile(path, tables.path[at + Path.FD]!);
    if ((tables.path[at + Path.FLAGS]! & PathFlag.IN_MEMORY) === 0) workers.allowBlocking();
  }

  /**
   * Reads the first page of a path's device, whatever the state of the path. The read counts as
   * in flight, so that the path's descriptor outlives it. The main thread sends no more checks
   * than there are slots.
   */
  #check(path: number): void {
    const { tables, bios, arena, disk, index } = this.#p;
    const bio = this.#freeChecks.pop()!;
    bios.op[bio] = BioOp.READ;
    bios.path[bio] = path;
    bios.offset[bio] = 0;
    bios.length[bio] = PAGE;
    bios.data[bio] = arena.slot(bio) + PAGE;
    const inflight = index * tables.sizes.paths + path;
    Atomics.add(tables.inflight, inflight, 1);
    disk.issue(bio, path);
  }

  #checked(bio: number, errno: number): void {
    const { tables, bios, index } = this.#p;
    const path = bios.path[bio]!;
    Atomics.sub(tables.inflight, index * tables.sizes.paths + path, 1);
    this.#freeChecks.push(bio);
    this.#p.outbox.checked(path, errno);
  }
}
