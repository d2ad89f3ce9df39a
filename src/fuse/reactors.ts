import { Worker } from 'node:worker_threads';
import type { ReactorControl } from '../multipath/control.js';
import type { Head } from '../multipath/head.js';
import { Waits } from '../multipath/waits.js';
import { native } from '../native/binding.js';
import { Arena } from '../reactor/arena.js';
import type { ReactorMessage } from '../reactor/frontend.js';
import { Mail } from '../reactor/mailbox.js';
import { Reactor as Word, REACTOR_STRIDE } from '../shared/layout.js';
import type { Tables } from '../shared/tables.js';
import { EagerLoop } from './eager-loop.js';
import { EntryRequest } from './entry-request.js';
import { MailSender } from './mail-sender.js';
import { PageReader, PAGES } from './page-reader.js';
import { CHECKS, PathChecks } from './path-checks.js';
import type { Request } from './request.js';
import { TRANSPORTS, type TransportName, type WorkerData } from './worker-data.js';
import { InterruptIn, Opcode } from './wire.js';

/** Looks that follow each other at once, then by the millisecond; most waits are over by then. */
const EAGER_POLLS = 20;
const FAST_POLLS = 1000;
const SLOW_POLL_MS = 10;

/** Where one reactor runs and what it serves. */
export interface ReactorPlace {
  /** -1 for any CPU. */
  readonly cpu: number;
  /** Its NUMA node for the policies. */
  readonly node: number;
  /** Queues of the ring transport. */
  readonly queues: readonly number[];
}

/** What the reactors report, on the main thread. */
export interface ReactorEvents {
  request(request: Request): void;
  pathFailed(path: number, errno: number): void;
  /** A write went behind the end of the block device. */
  wrotePastEnd(bdev: number): void;
  /** From now on poll() wakes nobody on this mount: I/O through io_uring came first. */
  pollRefused(): void;
  /** FUSE_INTERRUPT of the request with this `unique`; the reactors know already. */
  interrupted(unique: bigint): void;
  /** A reactor died of an error; the others still run. */
  failed(reactor: number, message: string): void;
}

/** One Worker, and what only the main thread needs of it. */
interface Member {
  readonly worker: Worker;
  readonly arena: Arena;
  /** The ring transport's control entry; -1 if this reactor has none. */
  readonly control: number;
  readonly mail: MailSender;
  readonly checks: PathChecks;
  readonly pages: PageReader;
}

/** The main thread's side of all reactors: starts them, talks to them, and sees them end. */
export class Reactors implements ReactorControl {
  readonly #t: Tables;
  readonly #events: ReactorEvents;
  readonly #members: Member[] = [];
  readonly #waits = new Waits((look, vain) => this.poll(look, vain));
  /** The reports of one round of HEAP, shared by all who ask meanwhile. */
  #heap: { readonly used: number[]; readonly done: Promise<number[]>; end(): void } | undefined;
  readonly #eager = new EagerLoop();
  #transport: TransportName = 'ring';
  /** Resolves when every reactor has returned. */
  readonly finished: Promise<void>;

  constructor(t: Tables, places: readonly ReactorPlace[], depth: number, events: ReactorEvents) {
    this.#t = t;
    this.#events = events;
    const ends = places.map((place, index) => this.#start(place, index, depth));
    this.finished = Promise.all(ends).then(() => undefined);
  }

  /** Has every reactor take requests from its descriptor of the connection. */
  serve(transport: TransportName, fuseFds: readonly number[]): void {
    this.#transport = transport;
    this.#members.forEach(({ mail }, index) => {
      mail.post(Mail.START, TRANSPORTS.indexOf(transport), fuseFds[index]);
    });
  }

  /** Has poll() work whoever comes first; see FuseFrontend. */
  servePoll(): void {
    for (let reactor = 0; reactor < this.#members.length; reactor++) {
      Atomics.store(this.#t.reactor, reactor * REACTOR_STRIDE + Word.POLLED, 1);
    }
  }

  wake(): void {
    for (const { mail } of this.#members) mail.wake();
  }

  poll(look: () => void, vain: number): void {
    if (vain < EAGER_POLLS) setImmediate(look);
    else setTimeout(look, vain < FAST_POLLS ? 1 : SLOW_POLL_MS);
  }

  async installPath(path: number): Promise<void> {
    await this.#all(Mail.INSTALL, path);
  }

  async uninstallPath(path: number): Promise<void> {
    await this.#all(Mail.UNINSTALL, path);
  }

  /** Reads the path's first page; 0 or an errno. Who asks meanwhile gets the same answer. */
  check(path: number): Promise<number> {
    return this.#members[path % this.#members.length]!.checks.check(path);
  }

  /**
   * Reads a page of the head's disk, `offset` being a multiple of 4096, as any I/O: over a path
   * that the policy chooses, over another if that fails, and waiting for one if one may come. The
   * page is short if the disk ends in it, empty behind the end. Rejects with a ReadError.
   */
  readPage(head: Head, offset: number): Promise<Uint8Array> {
    return this.#members[head.number % this.#members.length]!.pages.read(head, offset);
  }

  /** Bytes of heap in use, by reactor. */
  heapUsed(): Promise<number[]> {
    if (this.#heap === undefined) {
      const used: number[] = [];
      let end = (): void => undefined;
      const done = new Promise<number[]>((resolve) => (end = () => resolve(used)));
      this.#heap = { used, done, end };
      for (const { mail } of this.#members) mail.post(Mail.HEAP);
    }
    return this.#heap.done;
  }

  /** Asks every reactor to finish what is in flight and return; see `finished`. */
  stop(): void {
    for (const { mail } of this.#members) mail.post(Mail.STOP);
  }

  #start(place: ReactorPlace, index: number, depth: number): Promise<void> {
    const control = index === 0 ? place.queues.length * depth : -1;
    const entries = place.queues.length * depth + (index === 0 ? 1 : 0);
    const shape = { entries, pages: PAGES, checks: CHECKS };
    const arena = new Arena(shape);
    const eventFd = native.eventfd();
    const workerData: WorkerData = {
      tables: this.#t.buffer,
      sizes: this.#t.sizes,
      arena: arena.buffer,
      arenaShape: shape,
      index,
      cpu: place.cpu,
      node: place.node,
      queues: place.queues,
      depth,
      eventFd,
    };
    const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData });
    const alive = (): boolean => worker.threadId >= 0;
    const mail = new MailSender(this.#t, index, eventFd, this.#waits, alive);
    const pages = new PageReader(arena, mail);
    this.#members.push({ worker, arena, control, mail, checks: new PathChecks(mail), pages });
    worker.on('message', (message: ReactorMessage) => this.#message(index, message));
    return new Promise((resolve) => {
      worker.on('error', (error) => this.#events.failed(index, error.message));
      worker.on('exit', () => {
        pages.end();
        resolve();
      });
    });
  }

  #message(reactor: number, message: ReactorMessage): void {
    const member = this.#members[reactor]!;
    switch (message.kind) {
      case 'requests':
        this.#eager.touch();
        for (const entry of message.entries) this.#request(member, entry);
        break;
      case 'pathFailed':
        this.#events.pathFailed(message.path, message.errno);
        break;
      case 'wrotePastEnd':
        this.#events.wrotePastEnd(message.bdev);
        break;
      case 'pollRefused':
        this.#events.pollRefused();
        break;
      case 'checked':
        member.checks.answered(message.answers);
        break;
      case 'page':
        member.pages.done(message.bio, message.errno, message.length);
        break;
      case 'heap':
        this.#heapReport(reactor, message.used);
        break;
      case 'failed':
        this.#events.failed(reactor, message.message);
        break;
    }
  }

  #request(member: Member, entry: number): void {
    const layout = entry === member.control ? 'devfuse' : this.#transport;
    const request = new EntryRequest(member.arena, entry, layout, (what, error, length) =>
      member.mail.post(what, entry, error, length),
    );
    switch (request.opcode) {
      case Opcode.INTERRUPT: {
        const unique = request.arguments + InterruptIn.UNIQUE;
        const low = request.view.getInt32(unique, true);
        const high = request.view.getInt32(unique + 4, true);
        for (const { mail } of this.#members) mail.post(Mail.INTERRUPT, low, high);
        this.#events.interrupted(request.view.getBigUint64(unique, true));
        member.mail.post(Mail.RELEASE, entry);
        break;
      }
      case Opcode.FORGET:
      case Opcode.BATCH_FORGET:
        this.#events.request(request);
        member.mail.post(Mail.RELEASE, entry);
        break;
      default:
        this.#events.request(request);
    }
  }

  #heapReport(reactor: number, used: number): void {
    const heap = this.#heap!;
    heap.used[reactor] = used;
    if (Object.keys(heap.used).length < this.#members.length) return;
    this.#heap = undefined;
    heap.end();
  }

  /** Posts to every reactor and resolves when all have acted on it (or have ended). */
  async #all(what: number, a: number): Promise<void> {
    for (const { mail } of this.#members) mail.post(what, a);
    await Promise.all(this.#members.map(({ mail }) => mail.acted()));
  }
}
