/**
 * The FUSE protocol as in the kernel's include/uapi/linux/fuse.h (7.45, Linux 6.18), with
 * its names. A struct is an object of byte offsets and its SIZE; all fields are
 * little-endian here (host order on the machines that mpathfs runs on).
 */

export const FUSE_KERNEL_VERSION = 7;
export const FUSE_KERNEL_MINOR_VERSION = 45;
export const FUSE_ROOT_ID = 1;

/** enum fuse_opcode. */
export const Opcode = {
  LOOKUP: 1,
  FORGET: 2,
  GETATTR: 3,
  SETATTR: 4,
  READLINK: 5,
  SYMLINK: 6,
  MKNOD: 8,
  MKDIR: 9,
  UNLINK: 10,
  RMDIR: 11,
  RENAME: 12,
  LINK: 13,
  OPEN: 14,
  READ: 15,
  WRITE: 16,
  STATFS: 17,
  RELEASE: 18,
  FSYNC: 20,
  SETXATTR: 21,
  GETXATTR: 22,
  LISTXATTR: 23,
  REMOVEXATTR: 24,
  FLUSH: 25,
  INIT: 26,
  OPENDIR: 27,
  READDIR: 28,
  RELEASEDIR: 29,
  FSYNCDIR: 30,
  GETLK: 31,
  SETLK: 32,
  SETLKW: 33,
  ACCESS: 34,
  CREATE: 35,
  INTERRUPT: 36,
  BMAP: 37,
  DESTROY: 38,
  IOCTL: 39,
  POLL: 40,
  NOTIFY_REPLY: 41,
  BATCH_FORGET: 42,
  FALLOCATE: 43,
  READDIRPLUS: 44,
  RENAME2: 45,
  LSEEK: 46,
  COPY_FILE_RANGE: 47,
  SETUPMAPPING: 48,
  REMOVEMAPPING: 49,
  SYNCFS: 50,
  TMPFILE: 51,
  STATX: 52,
  COPY_FILE_RANGE_64: 53,
} as const;

/** enum fuse_notify_code. */
export const NotifyCode = {
  POLL: 1,
  INVAL_INODE: 2,
  INVAL_ENTRY: 3,
  STORE: 4,
  RETRIEVE: 5,
  DELETE: 6,
  RESEND: 7,
  INC_EPOCH: 8,
  PRUNE: 9,
} as const;

/** FUSE_* flags of INIT, bits 0..30: fuse_init_in.flags and fuse_init_out.flags. */
export const InitFlag = {
  ASYNC_READ: 1 << 0,
  POSIX_LOCKS: 1 << 1,
  FILE_OPS: 1 << 2,
  ATOMIC_O_TRUNC: 1 << 3,
  EXPORT_SUPPORT: 1 << 4,
  BIG_WRITES: 1 << 5,
  DONT_MASK: 1 << 6,
  SPLICE_WRITE: 1 << 7,
  SPLICE_MOVE: 1 << 8,
  SPLICE_READ: 1 << 9,
  FLOCK_LOCKS: 1 << 10,
  HAS_IOCTL_DIR: 1 << 11,
  AUTO_INVAL_DATA: 1 << 12,
  DO_READDIRPLUS: 1 << 13,
  READDIRPLUS_AUTO: 1 << 14,
  ASYNC_DIO: 1 << 15,
  WRITEBACK_CACHE: 1 << 16,
  NO_OPEN_SUPPORT: 1 << 17,
  PARALLEL_DIROPS: 1 << 18,
  HANDLE_KILLPRIV: 1 << 19,
  POSIX_ACL: 1 << 20,
  ABORT_ERROR: 1 << 21,
  MAX_PAGES: 1 << 22,
  CACHE_SYMLINKS: 1 << 23,
  NO_OPENDIR_SUPPORT: 1 << 24,
  EXPLICIT_INVAL_DATA: 1 << 25,
  MAP_ALIGNMENT: 1 << 26,
  SUBMOUNTS: 1 << 27,
  HANDLE_KILLPRIV_V2: 1 << 28,
  SETXATTR_EXT: 1 << 29,
  INIT_EXT: 1 << 30,
} as const;

/** FUSE_* flags of INIT, bits 32..63 shifted down by 32: the flags2 fields. */
export const InitFlag2 = {
  SECURITY_CTX: 1 << 0,
  HAS_INODE_DAX: 1 << 1,
  CREATE_SUPP_GROUP: 1 << 2,
  HAS_EXPIRE_ONLY: 1 << 3,
  DIRECT_IO_ALLOW_MMAP: 1 << 4,
  PASSTHROUGH: 1 << 5,
  NO_EXPORT_SUPPORT: 1 << 6,
  HAS_RESEND: 1 << 7,
  ALLOW_IDMAP: 1 << 8,
  OVER_IO_URING: 1 << 9,
  REQUEST_TIMEOUT: 1 << 10,
} as const;

/** FOPEN_*: fuse_open_out.open_flags. */
export const Fopen = {
  DIRECT_IO: 1 << 0,
  KEEP_CACHE: 1 << 1,
  NONSEEKABLE: 1 << 2,
  CACHE_DIR: 1 << 3,
  STREAM: 1 << 4,
  NOFLUSH: 1 << 5,
  PARALLEL_DIRECT_WRITES: 1 << 6,
  PASSTHROUGH: 1 << 7,
} as const;

/** FATTR_*: fuse_setattr_in.valid. */
export const Fattr = {
  MODE: 1 << 0,
  UID: 1 << 1,
  GID: 1 << 2,
  SIZE: 1 << 3,
  ATIME: 1 << 4,
  MTIME: 1 << 5,
  FH: 1 << 6,
  ATIME_NOW: 1 << 7,
  MTIME_NOW: 1 << 8,
  LOCKOWNER: 1 << 9,
  CTIME: 1 << 10,
  KILL_SUIDGID: 1 << 11,
} as const;

/** FUSE_WRITE_*: fuse_write_in.write_flags. */
export const WriteFlag = { CACHE: 1 << 0, LOCKOWNER: 1 << 1, KILL_SUIDGID: 1 << 2 } as const;

/** FUSE_FSYNC_FDATASYNC: fuse_fsync_in.fsync_flags. */
export const FSYNC_FDATASYNC = 1;

/** struct fuse_in_header. */
export const InHeader = {
  SIZE: 40,
  LEN: 0,
  OPCODE: 4,
  UNIQUE: 8,
  NODEID: 16,
  UID: 24,
  GID: 28,
  PID: 32,
  TOTAL_EXTLEN: 36,
} as const;

/** struct fuse_out_header. */
export const OutHeader = { SIZE: 16, LEN: 0, ERROR: 4, UNIQUE: 8 } as const;

/** struct fuse_init_in. */
export const InitIn = {
  SIZE: 64,
  MAJOR: 0,
  MINOR: 4,
  MAX_READAHEAD: 8,
  FLAGS: 12,
  FLAGS2: 16,
} as const;

/** struct fuse_init_out. */
export const InitOut = {
  SIZE: 64,
  MAJOR: 0,
  MINOR: 4,
  MAX_READAHEAD: 8,
  FLAGS: 12,
  MAX_BACKGROUND: 16,
  CONGESTION_THRESHOLD: 18,
  MAX_WRITE: 20,
  TIME_GRAN: 24,
  MAX_PAGES: 28,
  MAP_ALIGNMENT: 30,
  FLAGS2: 32,
  MAX_STACK_DEPTH: 36,
  REQUEST_TIMEOUT: 40,
} as const;

/** struct fuse_attr. */
export const Attr = {
  SIZE: 88,
  INO: 0,
  /** st_size; the struct's own size is SIZE. */
  FILE_SIZE: 8,
  BLOCKS: 16,
  ATIME: 24,
  MTIME: 32,
  CTIME: 40,
  ATIMENSEC: 48,
  MTIMENSEC: 52,
  CTIMENSEC: 56,
  MODE: 60,
  NLINK: 64,
  UID: 68,
  GID: 72,
  RDEV: 76,
  BLKSIZE: 80,
  FLAGS: 84,
} as const;

/** struct fuse_entry_out. */
export const EntryOut = {
  SIZE: 128,
  NODEID: 0,
  GENERATION: 8,
  ENTRY_VALID: 16,
  ATTR_VALID: 24,
  ENTRY_VALID_NSEC: 32,
  ATTR_VALID_NSEC: 36,
  ATTR: 40,
} as const;

/** struct fuse_attr_out. */
export const AttrOut = { SIZE: 104, ATTR_VALID: 0, ATTR_VALID_NSEC: 8, ATTR: 16 } as const;

/** struct fuse_forget_in. */
export const ForgetIn = { SIZE: 8, NLOOKUP: 0 } as const;
/** struct fuse_batch_forget_in; COUNT records of ForgetOne follow. */
export const BatchForgetIn = { SIZE: 8, COUNT: 0 } as const;
/** struct fuse_forget_one. */
export const ForgetOne = { SIZE: 16, NODEID: 0, NLOOKUP: 8 } as const;

/** struct fuse_getattr_in. */
export const GetattrIn = { SIZE: 16, GETATTR_FLAGS: 0, FH: 8 } as const;

/** struct fuse_setattr_in. */
export const SetattrIn = {
  SIZE: 88,
  VALID: 0,
  FH: 8,
  /** The new st_size; the struct's own size is SIZE. */
  FILE_SIZE: 16,
  LOCK_OWNER: 24,
  ATIME: 32,
  MTIME: 40,
  CTIME: 48,
  ATIMENSEC: 56,
  MTIMENSEC: 60,
  CTIMENSEC: 64,
  MODE: 68,
  UID: 76,
  GID: 80,
} as const;

/** struct fuse_open_in (OPEN, OPENDIR). */
export const OpenIn = { SIZE: 8, FLAGS: 0, OPEN_FLAGS: 4 } as const;
/** struct fuse_open_out. */
export const OpenOut = { SIZE: 16, FH: 0, OPEN_FLAGS: 8 } as const;
/** struct fuse_release_in (RELEASE, RELEASEDIR). */
export const ReleaseIn = {
  SIZE: 24,
  FH: 0,
  FLAGS: 8,
  RELEASE_FLAGS: 12,
  LOCK_OWNER: 16,
} as const;
/** struct fuse_flush_in. */
export const FlushIn = { SIZE: 24, FH: 0, LOCK_OWNER: 16 } as const;
/** struct fuse_read_in (READ, READDIR, READDIRPLUS). */
export const ReadIn = {
  SIZE: 40,
  FH: 0,
  OFFSET: 8,
  /** Bytes wanted; the struct's own size is SIZE. */
  LENGTH: 16,
  READ_FLAGS: 20,
  LOCK_OWNER: 24,
  FLAGS: 32,
} as const;
/** struct fuse_write_in. */
export const WriteIn = {
  SIZE: 40,
  FH: 0,
  OFFSET: 8,
  /** Bytes that follow; the struct's own size is SIZE. */
  LENGTH: 16,
  WRITE_FLAGS: 20,
  LOCK_OWNER: 24,
  FLAGS: 32,
} as const;
/** struct fuse_write_out; LENGTH is its `size`, the bytes taken. */
export const WriteOut = { SIZE: 8, LENGTH: 0 } as const;
/** struct fuse_fsync_in (FSYNC, FSYNCDIR). */
export const FsyncIn = { SIZE: 16, FH: 0, FSYNC_FLAGS: 8 } as const;
/** struct fuse_fallocate_in. */
export const FallocateIn = { SIZE: 32, FH: 0, OFFSET: 8, LENGTH: 16, MODE: 24 } as const;
/** struct fuse_lseek_in. */
export const LseekIn = { SIZE: 24, FH: 0, OFFSET: 8, WHENCE: 16 } as const;
/** struct fuse_lseek_out. */
export const LseekOut = { SIZE: 8, OFFSET: 0 } as const;
/** struct fuse_access_in. */
export const AccessIn = { SIZE: 8, MASK: 0 } as const;
/** struct fuse_rename2_in. */
export const Rename2In = { SIZE: 16, NEWDIR: 0, FLAGS: 8 } as const;
/** struct fuse_getxattr_in (GETXATTR, LISTXATTR); LENGTH is its `size`, 0 to ask for it. */
export const GetxattrIn = { SIZE: 8, LENGTH: 0 } as const;
/** struct fuse_getxattr_out; LENGTH is its `size`. */
export const GetxattrOut = { SIZE: 8, LENGTH: 0 } as const;

/** struct fuse_poll_in. KH is the kernel's name for the open file. */
export const PollIn = { SIZE: 24, FH: 0, KH: 8, FLAGS: 16, EVENTS: 20 } as const;
/** struct fuse_poll_out. */
export const PollOut = { SIZE: 8, REVENTS: 0 } as const;
/** FUSE_POLL_SCHEDULE_NOTIFY: fuse_poll_in.flags. */
export const POLL_SCHEDULE_NOTIFY = 1;
/** EPOLL*, the bits of fuse_poll_out.revents. */
export const PollEvent = {
  IN: 0x001,
  PRI: 0x002,
  OUT: 0x004,
  ERR: 0x008,
  RDNORM: 0x040,
  WRNORM: 0x100,
} as const;
/** linux/poll.h: of a file that is always ready. */
export const DEFAULT_POLLMASK = PollEvent.IN | PollEvent.OUT | PollEvent.RDNORM | PollEvent.WRNORM;

/** struct fuse_notify_poll_wakeup_out. */
export const NotifyPollWakeupOut = { SIZE: 8, KH: 0 } as const;
/** struct fuse_notify_inval_inode_out; OFF -1 is the attributes only, LENGTH 0 to the end. */
export const NotifyInvalInodeOut = { SIZE: 24, INO: 0, OFF: 8, LENGTH: 16 } as const;
/** struct fuse_notify_inval_entry_out; the name and a NUL follow. */
export const NotifyInvalEntryOut = { SIZE: 16, PARENT: 0, NAMELEN: 8, FLAGS: 12 } as const;

/** struct fuse_interrupt_in. */
export const InterruptIn = { SIZE: 8, UNIQUE: 0 } as const;

/** struct fuse_statfs_out (struct fuse_kstatfs). */
export const StatfsOut = {
  SIZE: 80,
  BLOCKS: 0,
  BFREE: 8,
  BAVAIL: 16,
  FILES: 24,
  FFREE: 32,
  BSIZE: 40,
  NAMELEN: 44,
  FRSIZE: 48,
} as const;

/** struct fuse_ioctl_in; IN_SIZE bytes of data follow. */
export const IoctlIn = {
  SIZE: 32,
  FH: 0,
  FLAGS: 8,
  CMD: 12,
  ARG: 16,
  IN_SIZE: 24,
  OUT_SIZE: 28,
} as const;
/** struct fuse_ioctl_out; the data for the caller follows. */
export const IoctlOut = { SIZE: 16, RESULT: 0, FLAGS: 4, IN_IOVS: 8, OUT_IOVS: 12 } as const;

/** struct fuse_dirent; the name starts at SIZE, the record is padded to 8 bytes. */
export const Dirent = { SIZE: 24, INO: 0, OFF: 8, NAMELEN: 16, TYPE: 20 } as const;
/** struct fuse_direntplus: an EntryOut and a Dirent. */
export const Direntplus = { SIZE: 152, ENTRY_OUT: 0, DIRENT: 128 } as const;

/** struct fuse_uring_req_header and its struct fuse_uring_ent_in_out at RING_ENT_IN_OUT. */
export const UringReqHeader = {
  SIZE: 288,
  IN_OUT: 0,
  OP_IN: 128,
  RING_ENT_IN_OUT: 256,
  FLAGS: 256,
  COMMIT_ID: 264,
  PAYLOAD_SZ: 272,
} as const;

/** struct fuse_uring_cmd_req: the command area of the 128-byte SQE. */
export const UringCmdReq = { SIZE: 24, FLAGS: 0, COMMIT_ID: 8, QID: 16 } as const;

/** enum fuse_uring_cmd. */
export const UringCmd = { REGISTER: 1, COMMIT_AND_FETCH: 2 } as const;

/** FUSE_DEV_IOC_CLONE, _IOR(229, 0, uint32_t). */
export const FUSE_DEV_IOC_CLONE = 0x8004_e500;

/**
 * Bytes of the opcode's own struct, by opcode: where names and data begin behind the
 * header. 0 where there is none. SETXATTR's is the short one (no FUSE_SETXATTR_EXT).
 */
export const ARGUMENT_SIZE = new Uint16Array(64);
for (const [opcode, size] of [
  [Opcode.FORGET, ForgetIn.SIZE],
  [Opcode.GETATTR, GetattrIn.SIZE],
  [Opcode.SETATTR, SetattrIn.SIZE],
  [Opcode.MKNOD, 16],
  [Opcode.MKDIR, 8],
  [Opcode.RENAME, 8],
  [Opcode.LINK, 8],
  [Opcode.OPEN, OpenIn.SIZE],
  [Opcode.READ, ReadIn.SIZE],
  [Opcode.WRITE, WriteIn.SIZE],
  [Opcode.RELEASE, ReleaseIn.SIZE],
  [Opcode.FSYNC, FsyncIn.SIZE],
  [Opcode.SETXATTR, 8],
  [Opcode.GETXATTR, GetxattrIn.SIZE],
  [Opcode.LISTXATTR, GetxattrIn.SIZE],
  [Opcode.FLUSH, FlushIn.SIZE],
  [Opcode.INIT, InitIn.SIZE],
  [Opcode.OPENDIR, OpenIn.SIZE],
  [Opcode.READDIR, ReadIn.SIZE],
  [Opcode.RELEASEDIR, ReleaseIn.SIZE],
  [Opcode.FSYNCDIR, FsyncIn.SIZE],
  [Opcode.GETLK, 48],
  [Opcode.SETLK, 48],
  [Opcode.SETLKW, 48],
  [Opcode.ACCESS, AccessIn.SIZE],
  [Opcode.CREATE, 16],
  [Opcode.INTERRUPT, InterruptIn.SIZE],
  [Opcode.BMAP, 16],
  [Opcode.IOCTL, IoctlIn.SIZE],
  [Opcode.POLL, PollIn.SIZE],
  [Opcode.NOTIFY_REPLY, 40],
  [Opcode.BATCH_FORGET, BatchForgetIn.SIZE],
  [Opcode.FALLOCATE, FallocateIn.SIZE],
  [Opcode.READDIRPLUS, ReadIn.SIZE],
  [Opcode.RENAME2, Rename2In.SIZE],
  [Opcode.LSEEK, LseekIn.SIZE],
  [Opcode.COPY_FILE_RANGE, 56],
  [Opcode.SYNCFS, 8],
  [Opcode.TMPFILE, 16],
  [Opcode.STATX, 24],
  [Opcode.COPY_FILE_RANGE_64, 56],
] as const) {
  ARGUMENT_SIZE[opcode] = size;
}

/**
 * A disk file's inode number: its low word is DISK_INO_BASE + block device number, its high word a
 * generation, so that no number is used twice. Every other inode number is below
 * DISK_INO_BASE, which lets a reactor tell a disk by the top bit of the low word.
 */
export const DISK_INO_BASE = 0x8000_0000;

/** fuse_open_out.fh of a disk: block device number * 2, + DISK_FH_WRITABLE if it may be written. */
export const DISK_FH_WRITABLE = 1;
