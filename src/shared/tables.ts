import {
  CONTROLLER_STRIDE,
  Head,
  MAIL_SLOTS,
  MAIL_STRIDE,
  PATH_STRIDE,
  REACTOR_STRIDE,
  STAT_STRIDE,
} from './layout.js';

/** How many records each table holds. Fixed for the life of the tables. */
export interface TableSizes {
  readonly heads: number;
  /** Partitions of all heads together: the block devices behind those of the heads. */
  readonly partitions: number;
  readonly paths: number;
  readonly controllers: number;
  /** Possible NUMA nodes. */
  readonly nodes: number;
  readonly reactors: number;
}

const CACHE_LINE = 64;

/**
 * The tables that the main thread and the reactors share: typed-array views on one
 * SharedArrayBuffer. What the kernel guards by SRCU is published here with one
 * Atomics.store and read with Atomics.load; see multipath/rcu.ts for the grace period.
 */
export class Tables {
  readonly buffer: SharedArrayBuffer;
  readonly sizes: TableSizes;
  /** Words of one head record: depends on the number of nodes. */
  readonly headStride: number;
  readonly head: Int32Array;
  readonly path: Int32Array;
  readonly controller: Int32Array;
  readonly reactor: Int32Array;
  readonly mailbox: Int32Array;
  /** node_distance(a, b) at [a * nodes + b]. */
  readonly distance: Int32Array;
  /**
   * nr_active: bios in flight that queue-depth counted, at [reactor * activeStride + controller].
   * The kernel has one atomic for each controller; here each reactor writes cache lines of its
   * own, and who selects a path adds them up.
   */
  readonly active: Int32Array;
  readonly activeStride: number;
  /** I/Os in flight at [reactor * paths + path]. Written by that reactor only. */
  readonly inflight: Int32Array;
  /** Block devices: the whole disk of head h has number h, partitions come behind the heads. */
  readonly bdevs: number;
  /** Head of each block device. */
  readonly bdevHead: Int32Array;
  /** Moves when a block device's number gets free: a request with another generation is stale. */
  readonly generation: Int32Array;
  /** Where each block device starts on its head, bytes; 0 of a whole disk. */
  readonly start: Float64Array;
  /** Size of each block device in bytes, a multiple of its head's block size. */
  readonly capacity: Float64Array;
  /** Statistics of path p at [(reactor * paths + p) * STAT_STRIDE]. */
  readonly pathStat: Float64Array;
  /** Statistics of block device b at [(reactor * bdevs + b) * STAT_STRIDE]. */
  readonly bdevStat: Float64Array;

  /** Makes new tables, all zero, or takes those in `buffer` made with the same sizes. */
  constructor(sizes: TableSizes, buffer?: SharedArrayBuffer) {
    this.sizes = sizes;
    this.headStride = roundUp((Head.CURRENT_PATH + sizes.nodes) * 4, CACHE_LINE) / 4;
    this.activeStride = roundUp(sizes.controllers * 4, CACHE_LINE) / 4;
    this.bdevs = sizes.heads + sizes.partitions;
    const words = {
      head: sizes.heads * this.headStride,
      path: sizes.paths * PATH_STRIDE,
      controller: sizes.controllers * CONTROLLER_STRIDE,
      reactor: sizes.reactors * REACTOR_STRIDE,
      mailbox: sizes.reactors * MAIL_SLOTS * MAIL_STRIDE,
      distance: sizes.nodes * sizes.nodes,
      active: sizes.reactors * this.activeStride,
      inflight: sizes.reactors * sizes.paths,
    };
    const doubles = {
      pathStat: sizes.reactors * sizes.paths * STAT_STRIDE,
      bdevStat: sizes.reactors * this.bdevs * STAT_STRIDE,
    };
    let size = 0;
    const place = (bytes: number): number => {
      const at = size;
      size += roundUp(bytes, CACHE_LINE);
      return at;
    };
    const at = {
      head: place(words.head * 4),
      path: place(words.path * 4),
      controller: place(words.controller * 4),
      reactor: place(words.reactor * 4),
      mailbox: place(words.mailbox * 4),
      distance: place(words.distance * 4),
      active: place(words.active * 4),
      inflight: place(words.inflight * 4),
      bdevHead: place(this.bdevs * 4),
      generation: place(this.bdevs * 4),
      start: place(this.bdevs * 8),
      capacity: place(this.bdevs * 8),
      pathStat: place(doubles.pathStat * 8),
      bdevStat: place(doubles.bdevStat * 8),
    };
    this.buffer = buffer ?? new SharedArrayBuffer(size);
    this.head = new Int32Array(this.buffer, at.head, words.head);
    this.path = new Int32Array(this.buffer, at.path, words.path);
    this.controller = new Int32Array(this.buffer, at.controller, words.controller);
    this.reactor = new Int32Array(this.buffer, at.reactor, words.reactor);
    this.mailbox = new Int32Array(this.buffer, at.mailbox, words.mailbox);
    this.distance = new Int32Array(this.buffer, at.distance, words.distance);
    this.active = new Int32Array(this.buffer, at.active, words.active);
    this.inflight = new Int32Array(this.buffer, at.inflight, words.inflight);
    this.bdevHead = new Int32Array(this.buffer, at.bdevHead, this.bdevs);
    this.generation = new Int32Array(this.buffer, at.generation, this.bdevs);
    this.start = new Float64Array(this.buffer, at.start, this.bdevs);
    this.capacity = new Float64Array(this.buffer, at.capacity, this.bdevs);
    this.pathStat = new Float64Array(this.buffer, at.pathStat, doubles.pathStat);
    this.bdevStat = new Float64Array(this.buffer, at.bdevStat, doubles.bdevStat);
  }
}

function roundUp(n: number, multiple: number): number {
  return Math.ceil(n / multiple) * multiple;
}
