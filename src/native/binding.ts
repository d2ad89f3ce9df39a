import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { existsSync } from 'node:fs';

/** An io_uring (native/ring.cc). Every call must come from the thread that made it. */
export interface NativeRing {
  /**
   * Submits the first `count` records of the submission array, polls up to `polls` times and then
   * sleeps until there are `wait` completions. Returns how many are in the completion array, or a
   * negative errno. The clock then holds CLOCK_MONOTONIC in microseconds.
   */
  enter(count: number, wait: number, polls: number): number;
  /** An empty table of `slots` fixed files. */
  registerFiles(slots: number): void;
  /** Puts `fd` in a slot; -1 empties it. */
  updateFile(slot: number, fd: number): void;
  /** How many of the kernel's threads may do the ring's operations on files; returns the old limit. */
  limitWorkers(most: number): number;
  close(): void;
}

/** What openDevice found behind a path. */
export interface OpenedDevice {
  readonly fd: number;
  /** Opened with O_DIRECT; false where the file system has none. */
  readonly direct: boolean;
  /** Bytes. */
  readonly size: number;
  /** Alignment that I/O needs, bytes: the logical block size. */
  readonly blockSize: number;
  /** A block device, not a regular file. */
  readonly block: boolean;
  /** On tmpfs or ramfs. */
  readonly inMemory: boolean;
}

/** How an NVMe command ended. */
export interface NativeNvmeCompletion {
  /** The status field without the phase bit. */
  readonly status: number;
  /** Dwords 0 and 1 of the completion queue entry. */
  readonly result: bigint;
}

/** How a SCSI command ended, as `struct sg_io_hdr` has it. */
export interface NativeScsiResult {
  readonly status: number;
  readonly hostStatus: number;
  readonly driverStatus: number;
  readonly sense: Uint8Array;
  readonly residual: number;
}

/**
 * The addon. Failing calls throw Node's kind of error: `code` ("ENOENT"), `errno` (negative),
 * `syscall`.
 */
export interface Native {
  readonly Ring: new (
    entries: number,
    sqes: Int32Array,
    cqes: Int32Array,
    clock: Float64Array,
  ) => NativeRing;
  /** Address of the array's first byte. */
  addressOf(array: Int32Array): bigint;
  /** Asks for huge pages; `array` starts on a page boundary. */
  adviseHuge(array: Int32Array): void;
  eventfd(): number;
  setAffinity(cpu: number): void;
  /** sched_yield. */
  yield(): void;
  /** PR_SET_IO_FLUSHER; needs CAP_SYS_RESOURCE. */
  setIoFlusher(): void;
  /**
   * Opens a block device or regular file read-write, with O_DIRECT where that works; EROFS if it
   * is write-protected.
   */
  openDevice(path: string): OpenedDevice;
  /** Bytes of an open device now; 0 once it was removed. */
  deviceSize(fd: number): number;
  openFuse(): number;
  cloneFuse(fd: number): number;
  mount(source: string, target: string, type: string, options: string): void;
  /** The connection's descriptor; -1 if fusermount3 refused, having said why on stderr. */
  fusermount(target: string, options: string): number;
  unmount(target: string, lazy: boolean): Promise<void>;
  /*
   * Commands to a device (native/passthrough.cc), each on a thread of the addon and on a duplicate
   * of `fd`. `data` is copied when the call is made; data that comes back is put into it right
   * before the promise resolves. A command may hang for as long as the kernel likes, and a pending
   * one does not keep the process alive: who waits for it has a timer.
   */
  /** NVME_IOCTL_ADMIN_CMD or IO_CMD. `sqe` has 64 bytes. */
  nvmeCommand(
    fd: number,
    admin: boolean,
    sqe: Uint8Array,
    data: Uint8Array | undefined,
    timeoutMs: number,
  ): Promise<NativeNvmeCompletion>;
  /** NVME_IOCTL_RESET. `fd` is the controller's, /dev/nvme0; resolves when the reset is over. */
  nvmeReset(fd: number): Promise<void>;
  /** The NSID of an open block device; 0 if it is no NVMe namespace. */
  nvmeNamespace(fd: number): number;
  /** SG_IO. `cdb` has 6 to 32 bytes. */
  scsiCommand(
    fd: number,
    cdb: Uint8Array,
    direction: 'none' | 'in' | 'out',
    data: Uint8Array | undefined,
    timeoutMs: number,
  ): Promise<NativeScsiResult>;
  /**
   * Calls back with every uevent of the kernel, `ACTION@DEVPATH\0KEY=VALUE\0...`, and with an empty
   * message where some were lost. Does not keep the process alive. `close` may be called twice.
   */
  watchUevents(callback: (message: Uint8Array) => void): { close(): void };
}

/** The addon as `npm install` built it: at the top of the package, above dist/ or src/. */
function load(): Native {
  const require = createRequire(import.meta.url);
  for (const up of ['../../..', '../..']) {
    const path = fileURLToPath(new URL(`${up}/build/Release/mpathfs.node`, import.meta.url));
    if (existsSync(path)) return require(path) as Native;
  }
  throw new Error('the native addon is not built: run ./scripts/setup (or npm run install)');
}

export const native: Native = load();
