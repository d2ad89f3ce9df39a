import { BioTable, type BioEnd, type FailureReport, type PathIo } from '../../src/multipath/bio.js';
import type { BlockDevice } from '../../src/multipath/block-device.js';
import { enter, quiesce } from '../../src/multipath/rcu.js';
import { Submitter } from '../../src/multipath/submitter.js';
import { isPathError } from '../../src/multipath/blk-status.js';
import { Errno } from '../../src/shared/errno.js';
import { Path, PATH_STRIDE, PathFlag, Stat, STAT_STRIDE } from '../../src/shared/layout.js';
import type { Tables } from '../../src/shared/tables.js';
import { BLOCK_SIZE, type SimDevice, type SimDisk } from './disk.js';
import type { Random } from './random.js';

/** An open file of a whole disk or a partition, which may be removed meanwhile. */
export interface SimFile {
  readonly bdev: BlockDevice;
  readonly disk: SimDisk;
  /** Blocks of the disk that are the file's. */
  readonly first: number;
  readonly blocks: number;
}

/** What a reactor needs from the world around it. */
export interface Surroundings {
  readonly tables: Tables;
  readonly random: Random;
  /** Devices that are installed, by path number. */
  readonly devices: ReadonlyMap<number, SimDevice>;
  /** Files that get I/O now. */
  targets(): readonly SimFile[];
  violated(what: string): void;
}

interface Request {
  readonly head: number;
  readonly bdev: number;
  readonly disk: SimDisk;
  readonly block: number;
  /** What it writes; undefined for a read. */
  readonly value: number | undefined;
  /** On which device it is now. */
  device: SimDevice | undefined;
  /** What the device last said to it, and what it read. */
  errno: number;
  read: number;
}

const BIOS = 8;

/**
 * A reactor of the simulation: the real Submitter on the shared tables, a device queue, and
 * a loop that is cut into steps, so that batches of several reactors and of the main
 * thread's work overlap in any order. It sleeps unless it is woken or has something to do.
 */
export class SimReactor implements PathIo, BioEnd {
  readonly #s: Surroundings;
  readonly #index: number;
  readonly #bios = new BioTable(BIOS);
  readonly submitter: Submitter;
  readonly #requests = new Map<number, Request>();
  #inBatch = false;
  #issuing = false;
  woken = false;
  served = 0;
  failedOver = 0;
  /** Requests to what was removed. */
  stale = 0;
  static #nextValue = 1;

  constructor(s: Surroundings, index: number, node: number, report: FailureReport) {
    this.#s = s;
    this.#index = index;
    this.submitter = new Submitter(s.tables, index, node, this.#bios, this, this, report);
  }

  /** Bios with a device. */
  get inFlight(): number[] {
    return this.#where((request) => request.device !== undefined);
  }

  get active(): number {
    return this.#requests.size;
  }

  /** Heads of bios that are with no device. */
  get waitingHeads(): number[] {
    const waiting = this.#where((request) => request.device === undefined);
    return waiting.map((bio) => this.#requests.get(bio)!.head);
  }

  usesDevice(device: SimDevice): boolean {
    return this.#where((request) => request.device === device).length > 0;
  }

  /** Whether it would run: it is in a batch, was woken, or a device may answer. */
  get runnable(): boolean {
    return this.#inBatch || this.woken || this.inFlight.length > 0;
  }

  /** One step of its loop. `load`: it may take new requests. */
  step(load: boolean): void {
    const { tables, random } = this.#s;
    if (!this.#inBatch) {
      if (!this.runnable && !load) return;
      this.#inBatch = true;
      this.woken = false;
      enter(tables, this.#index);
      return;
    }
    const todo = random.below(load ? 10 : 6);
    if (todo < 4) this.#answer();
    else if (todo < 6) this.#endBatch();
    else if (todo === 6 && random.chance(0.3)) this.#cancel();
    else this.#request();
  }

  issue(bio: number, path: number): void {
    const request = this.#requests.get(bio);
    const device = this.#s.devices.get(path);
    if (this.#issuing) this.#s.violated('issue inside issue');
    if (!this.#inBatch) this.#s.violated('issued outside a batch');
    if (request === undefined) this.#s.violated(`bio ${String(bio)} issued after its end`);
    else if (request.device !== undefined) this.#s.violated(`bio ${String(bio)} in flight twice`);
    else if (device === undefined || device.closed > 0) {
      this.#s.violated(`bio ${String(bio)} issued to path ${String(path)}, not installed`);
    } else if (device.disk !== request.disk) this.#s.violated('issued to another disk');
    else if (this.#bios.offset[bio] !== request.block * BLOCK_SIZE) {
      this.#s.violated('issued to another block');
    } else request.device = device;
  }

  end(bio: number, error: number): void {
    const request = this.#requests.get(bio);
    if (request === undefined) {
      this.#s.violated(`bio ${String(bio)} ended twice`);
      return;
    }
    if (request.device !== undefined) this.#s.violated(`bio ${String(bio)} ended in flight`);
    this.#finish(bio, request, error);
  }

  #finish(bio: number, request: Request, error: number): void {
    const { disk, block, value, errno } = request;
    const possible = disk.possible[block]!;
    const final = error === 0 || !isPathError(error);
    if (final && error !== errno) this.#s.violated(`ended with ${String(error)}, not its errno`);
    if (error === 0) {
      if (value === undefined && !possible.has(request.read))
        this.#s.violated('read a wrong value');
      possible.clear();
      possible.add(value ?? request.read);
      this.served++;
    } else if (value !== undefined) {
      possible.add(value);
    }
    disk.busy.delete(block);
    this.#requests.delete(bio);
    this.#count(request, -1);
  }

  /** In flight on the disk, and on the partition where it is one (see FuseFrontend). */
  #count({ head, bdev }: { readonly head: number; readonly bdev: number }, step: number): void {
    const t = this.#s.tables;
    for (const one of bdev === head ? [head] : [head, bdev]) {
      const at = (this.#index * t.bdevs + one) * STAT_STRIDE + Stat.READS_IN_FLIGHT;
      t.bdevStat[at] = t.bdevStat[at]! + step;
    }
  }

  #request(): void {
    const { random, tables } = this.#s;
    const file = random.pick(this.#s.targets());
    const free = Array.from({ length: BIOS }, (_, bio) => bio).filter(
      (b) => !this.#requests.has(b),
    );
    const bio = random.pick(free);
    if (file === undefined || bio === undefined) return;
    const { disk, first, blocks } = file;
    const bdev = file.bdev.number;
    const place = random.below(blocks);
    const block = first + place;
    if (disk.busy.has(block)) return;
    if (Atomics.load(tables.generation, bdev) !== file.bdev.generation) {
      this.stale++;
      if (file.bdev.size > 0) this.#s.violated('refused by a disk that is there');
      return;
    }
    // Somebody may have moved in between, as on another thread: the order of the frontend.
    disk.busy.add(block);
    const value = random.chance(0.6) ? SimReactor.#nextValue++ : undefined;
    const head = Atomics.load(tables.bdevHead, bdev);
    const request = { head, bdev, disk, block, value, device: undefined, errno: -1, read: -1 };
    this.#requests.set(bio, request);
    this.#count(request, 1);
    this.#bios.head[bio] = head;
    this.#bios.offset[bio] = tables.start[bdev]! + place * BLOCK_SIZE;
    this.#bios.length[bio] = BLOCK_SIZE;
    this.submitter.submit(bio);
  }

  /** One of the devices answers one bio. */
  #answer(): void {
    const { random, tables } = this.#s;
    const bio = random.pick(this.inFlight);
    if (bio === undefined) return;
    const request = this.#requests.get(bio)!;
    const device = request.device!;
    const path = this.#bios.path[bio]!;
    const flags = tables.path[path * PATH_STRIDE + Path.FLAGS]!;
    const { disk, block, value } = request;
    const word = value === undefined ? Path.READ_ERROR : Path.WRITE_ERROR;
    const fault = (flags & PathFlag.FAULTY) === 0 ? 0 : tables.path[path * PATH_STRIDE + word]!;
    const down = !device.serves || fault !== 0 || (flags & PathFlag.MAKE_IT_FAIL) !== 0;
    if (value !== undefined && (!down || random.chance(0.5))) disk.content[block] = value;
    request.read = disk.content[block]!;
    request.device = undefined;
    if (down) request.errno = fault === 0 ? device.fail() : fault;
    else if (random.chance(0.02)) request.errno = Errno.ENODATA;
    else request.errno = 0;
    if (down) this.failedOver++;
    this.submitter.complete(bio, request.errno);
  }

  /** The caller no longer wants it (FUSE_INTERRUPT). */
  #cancel(): void {
    const bio = this.#s.random.pick([...this.#requests.keys()]);
    if (bio === undefined || !this.submitter.cancelParked(bio)) return;
    this.#finish(bio, this.#requests.get(bio)!, Errno.EINTR);
  }

  #endBatch(): void {
    this.submitter.drainRequeue();
    quiesce(this.#s.tables, this.#index);
    this.#inBatch = false;
  }

  #where(found: (request: Request) => boolean): number[] {
    return [...this.#requests].filter(([, request]) => found(request)).map(([bio]) => bio);
  }
}
