import { writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { ReactorControl } from '../multipath/control.js';
import { native } from '../native/binding.js';
import { Arena } from '../reactor/arena.js';
import type { ReactorMessage } from '../reactor/frontend.js';
import { Mail, post } from '../reactor/mailbox.js';
import { Reactor as Word, REACTOR_STRIDE } from '../shared/layout.js';
import type { Tables } from '../shared/tables.js';
import { EntryRequest } from './entry-request.js';
import type { Request } from './request.js';
import { TRANSPORTS, type TransportName, type WorkerData } from './worker-data.js';
import { InterruptIn, Opcode } from './wire.js';

/** Path checks that one reactor runs at once; further ones wait for their turn. */
const CHECKS = 64;
const ONE = Buffer.from(new BigUint64Array([1n]).buffer);

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
  /** A write went behind the end of the head's disk. */
  wrotePastEnd(head: number): void;
  /** A reactor died of an error; the others still run. */
  failed(reactor: number, message: string): void;
}

/** One Worker, and what only the main thread needs of it. */
interface Member {
  readonly worker: Worker;
  readonly arena: Arena;
  readonly eventFd: number;
  /** The ring transport's control entry; -1 if this reactor has none. */
  readonly control: number;
  /** Path checks under way, and those that wait for one to end. */
  checks: number;
  readonly waitingChecks: number[];
}

/** The main thread's side of all reactors: starts them, talks to them, and sees them end. */
export class Reactors implements ReactorControl {
  readonly #t: Tables;
  readonly #events: ReactorEvents;
  readonly #members: Member[] = [];
  readonly #checks = new Map<number, (errno: number) => void>();
  /** The reports of one round of HEAP, shared by all who ask meanwhile. */
  #heap: { readonly used: number[]; readonly done: Promise<number[]>; end(): void } | undefined;
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
    this.#members.forEach((_, index) => {
      this.#post(index, Mail.START, TRANSPORTS.indexOf(transport), fuseFds[index]);
    });
  }

  wake(): void {
    for (const member of this.#members) writeSync(member.eventFd, ONE);
  }

  poll(retry: () => void): void {
    setTimeout(retry, 1);
  }

  async installPath(path: number): Promise<void> {
    await this.#all(Mail.INSTALL, path);
  }

  async uninstallPath(path: number): Promise<void> {
    await this.#all(Mail.UNINSTALL, path);
  }

  /** Reads the path's first page; 0 or an errno. One check of a path at a time. */
  check(path: number): Promise<number> {
    return new Promise((resolve) => {
      this.#checks.set(path, resolve);
      const reactor = path % this.#members.length;
      this.#members[reactor]!.waitingChecks.push(path);
      this.#postChecks(reactor);
    });
  }

  /** Bytes of heap in use, by reactor. */
  heapUsed(): Promise<number[]> {
    if (this.#heap === undefined) {
      const used: number[] = [];
      let end = (): void => undefined;
      const done = new Promise<number[]>((resolve) => (end = () => resolve(used)));
      this.#heap = { used, done, end };
      this.#members.forEach((_, index) => this.#post(index, Mail.HEAP));
    }
    return this.#heap.done;
  }

  /** Asks every reactor to finish what is in flight and return; see `finished`. */
  stop(): void {
    this.#members.forEach((_, index) => this.#post(index, Mail.STOP));
  }

  #start(place: ReactorPlace, index: number, depth: number): Promise<void> {
    const control = index === 0 ? place.queues.length * depth : -1;
    const shape = { entries: place.queues.length * depth + (index === 0 ? 1 : 0), checks: CHECKS };
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
    this.#members.push({ worker, arena, eventFd, control, checks: 0, waitingChecks: [] });
    worker.on('message', (message: ReactorMessage) => this.#message(index, message));
    return new Promise((resolve) => {
      worker.on('error', (error) => this.#events.failed(index, error.message));
      worker.on('exit', () => resolve());
    });
  }

  #message(reactor: number, message: ReactorMessage): void {
    switch (message.kind) {
      case 'request':
        this.#request(reactor, message.entry);
        break;
      case 'pathFailed':
        this.#events.pathFailed(message.path, message.errno);
        break;
      case 'wrotePastEnd':
        this.#events.wrotePastEnd(message.head);
        break;
      case 'checked': {
        const done = this.#checks.get(message.path);
        this.#checks.delete(message.path);
        this.#members[reactor]!.checks -= 1;
        this.#postChecks(reactor);
        done?.(message.errno);
        break;
      }
      case 'heap':
        this.#heapReport(reactor, message.used);
        break;
      case 'failed':
        this.#events.failed(reactor, message.message);
        break;
    }
  }

  #request(reactor: number, entry: number): void {
    const member = this.#members[reactor]!;
    const layout = entry === member.control ? 'devfuse' : this.#transport;
    const request = new EntryRequest(member.arena, entry, layout, (error, length) =>
      this.#post(reactor, Mail.REPLY, entry, error, length),
    );
    switch (request.opcode) {
      case Opcode.INTERRUPT: {
        const unique = request.arguments + InterruptIn.UNIQUE;
        const low = request.view.getInt32(unique, true);
        const high = request.view.getInt32(unique + 4, true);
        this.#members.forEach((_, index) => this.#post(index, Mail.INTERRUPT, low, high));
        this.#post(reactor, Mail.RELEASE, entry);
        break;
      }
      case Opcode.FORGET:
      case Opcode.BATCH_FORGET:
        this.#events.request(request);
        this.#post(reactor, Mail.RELEASE, entry);
        break;
      default:
        this.#events.request(request);
    }
  }

  /** As many of the waiting checks as the reactor has room for. */
  #postChecks(reactor: number): void {
    const member = this.#members[reactor]!;
    while (member.checks < CHECKS) {
      const path = member.waitingChecks.shift();
      if (path === undefined) return;
      member.checks += 1;
      this.#post(reactor, Mail.CHECK, path);
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
    const tails = this.#members.map((_, index) => {
      this.#post(index, what, a);
      return Atomics.load(this.#t.reactor, index * REACTOR_STRIDE + Word.MAIL_TAIL);
    });
    const acted = (): boolean =>
      tails.every((tail, index) => {
        const head = Atomics.load(this.#t.reactor, index * REACTOR_STRIDE + Word.MAIL_HEAD);
        return ((head - tail) | 0) >= 0 || this.#members[index]!.worker.threadId < 0;
      });
    while (!acted()) await new Promise<void>((resolve) => this.poll(resolve));
  }

  #post(reactor: number, what: number, a = 0, b = 0, c = 0): void {
    if (!post(this.#t, reactor, what, a, b, c)) {
      this.#events.failed(reactor, 'the mailbox is full: the reactor does not answer');
      return;
    }
    writeSync(this.#members[reactor]!.eventFd, ONE);
  }
}
