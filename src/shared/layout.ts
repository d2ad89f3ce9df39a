/**
 * Field offsets of the tables that the main thread and the reactors share.
 * Every field is one Int32 word; a record is a fixed number of words, so that
 * `table[record * STRIDE + FIELD]` is the whole access.
 */

/** The most paths that one head can have. */
export const MAX_PATHS_PER_HEAD = 32;

/** "No path", "no node" and the like: the NULL of the tables. */
export const NONE = -1;

/** A head disk (`struct mpath_head`). */
export const Head = {
  /** Bits of HeadFlag. */
  FLAGS: 0,
  /** Index into IOPOLICY_NAMES. */
  IOPOLICY: 1,
  /** log2 of the logical block size in bytes. */
  BLOCK_SHIFT: 2,
  /** Which of the two path lists is the current one: 0 or 1. */
  LIST: 3,
  /** Incremented to have every reactor resubmit the head's parked bios. */
  KICK: 4,
  /** io_requeue_no_usable_path_count. */
  REQUEUED: 5,
  /** io_fail_no_available_path_count. */
  FAILED: 6,
  /** Its HeadTemplate: sets of ControllerState, 1 << state. Constant for the head's life. */
  USABLE: 7,
  OPTIMIZED_IN: 8,
  AVAILABLE: 9,
  /** The lowest Path.RANK in the list, of paths that can be used now or not. */
  BEST_RANK: 10,
  /** Two lists, each a count and MAX_PATHS_PER_HEAD path numbers. */
  LISTS: 12,
  /** current_path[node], NONE where it is NULL. */
  CURRENT_PATH: 12 + 2 * (1 + MAX_PATHS_PER_HEAD),
} as const;

/** Words of one path list. */
export const PATH_LIST_STRIDE = 1 + MAX_PATHS_PER_HEAD;

/** Bits of Head.FLAGS (MPATH_HEAD_DISK_LIVE, MPATH_HEAD_QUEUE_IF_NO_PATH). */
export const HeadFlag = {
  LIVE: 1,
  QUEUE_IF_NO_PATH: 2,
} as const;

/** One path to a head (`struct mpath_device`). */
export const Path = {
  /** Bits of PathFlag. */
  FLAGS: 0,
  /** An AccessState. */
  ACCESS_STATE: 1,
  /** NUMA node of the device, NONE = NUMA_NO_NODE. */
  NODE: 2,
  /** Number of the controller record. */
  CONTROLLER: 3,
  /** Number of the head record, NONE when the record is free. */
  HEAD: 4,
  /** Descriptor of the open device; the reactors register it under the path's number. */
  FD: 5,
  /** make-it-slow: microseconds added to every I/O. */
  SLOW_US: 6,
  /** multipath_failover_count. */
  FAILOVERS: 7,
  /** command_error_count. */
  ERRORS: 8,
  /** command_retry_count. */
  RETRIES: 9,
  /** How the path ranks among those of its head, see PathRank. Lower is better. */
  RANK: 10,
  /** FAULTY: an errno for every read, and for every write, discard and flush; 0 = none. */
  READ_ERROR: 11,
  WRITE_ERROR: 12,
} as const;
export const PATH_STRIDE = 16;

/** Path.RANK is the sum of what holds, or NO_IO. Only paths of the lowest rank there is are used. */
export const PathRank = {
  NOT_PREFERRED: 1,
  NONOPTIMIZED: 2,
  MARGINAL: 4,
  /** Its access state carries no I/O. */
  NO_IO: 8,
} as const;

/** Bits of Path.FLAGS. */
export const PathFlag = {
  /** Size and block size fit the head (NVME_NS_READY). */
  READY: 1,
  /** The access state is known to be stale (NVME_NS_ANA_PENDING). */
  ANA_PENDING: 2,
  /** make-it-fail: every I/O on the path fails with a path error. */
  MAKE_IT_FAIL: 4,
  /** The device is memory (tmpfs): small I/O is done at once, without the ring. */
  IN_MEMORY: 8,
  /** A block device: after surprise removal it reads 0 bytes and writes ENOSPC. */
  BLOCK_DEVICE: 16,
  /** Set offline by the administrator (SDEV_OFFLINE). */
  OFFLINE: 32,
  /** READ_ERROR or WRITE_ERROR is set. */
  FAULTY: 64,
} as const;

/** A controller (NVMe) or a SCSI device's host: what connects, and what queue-depth counts on. */
export const Controller = {
  /** A ControllerState. */
  STATE: 0,
  /** Bits of ControllerFlag. */
  FLAGS: 1,
} as const;
export const CONTROLLER_STRIDE = 2;

/** Bits of Controller.FLAGS. */
export const ControllerFlag = {
  /** fast_io_fail_tmo expired: the paths no longer count as available. */
  FAILFAST_EXPIRED: 1,
} as const;

/** A reactor's words, a cache line of its own. */
export const Reactor = {
  /** Odd while the reactor handles a batch, even while it waits (quiescent). */
  EPOCH: 0,
  /** Mailbox: next slot that the main thread fills. */
  MAIL_TAIL: 1,
  /** Mailbox: next slot that the reactor takes; equal to MAIL_TAIL when all was done. */
  MAIL_HEAD: 2,
  /** Bios parked on this reactor's requeue lists. */
  PARKED: 3,
  /** 1 once somebody polled a file of the tree, on whichever reactor: see FuseFrontend. */
  POLLED: 4,
} as const;
export const REACTOR_STRIDE = 32;

/** Slots of a reactor's mailbox (a power of two), each MAIL_STRIDE words. */
export const MAIL_SLOTS = 1024;
export const MAIL_STRIDE = 4;

/**
 * I/O statistics of one path or block device on one reactor, as Float64 (exact to 2^53):
 * the counters of `Documentation/block/stat.rst`. One writer, the reactor.
 */
export const Stat = {
  READ_IOS: 0,
  READ_SECTORS: 1,
  READ_US: 2,
  WRITE_IOS: 3,
  WRITE_SECTORS: 4,
  WRITE_US: 5,
  DISCARD_IOS: 6,
  DISCARD_SECTORS: 7,
  DISCARD_US: 8,
  FLUSH_IOS: 9,
  FLUSH_US: 10,
  /** Microseconds with at least one I/O in flight. */
  BUSY_US: 11,
  /** I/Os in flight now, reads and writes. */
  READS_IN_FLIGHT: 12,
  WRITES_IN_FLIGHT: 13,
  /** When BUSY_US was last brought up to date, in microseconds of the ring's clock. */
  STAMP_US: 14,
} as const;
export const STAT_STRIDE = 16;
