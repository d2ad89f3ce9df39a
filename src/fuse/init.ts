import { readSync, writeSync } from 'node:fs';
import { PAYLOAD_SIZE } from '../reactor/arena.js';
import type { TransportName } from './worker-data.js';
import {
  FUSE_KERNEL_MINOR_VERSION,
  FUSE_KERNEL_VERSION,
  InHeader,
  InitFlag,
  InitFlag2,
  InitIn,
  InitOut,
  Opcode,
  OutHeader,
} from './wire.js';

/** The kernel asks for at least this much room in every read of /dev/fuse. */
const MIN_READ = 8192;
const PAGES = PAYLOAD_SIZE / 4096;
/** Async direct I/O counts as background: more than all entries together can hold. */
const MAX_BACKGROUND = 4096;

const WANTED =
  InitFlag.ASYNC_READ |
  InitFlag.BIG_WRITES |
  InitFlag.DO_READDIRPLUS |
  InitFlag.ASYNC_DIO |
  InitFlag.WRITEBACK_CACHE |
  InitFlag.PARALLEL_DIROPS |
  InitFlag.MAX_PAGES |
  InitFlag.CACHE_SYMLINKS |
  InitFlag.NO_OPENDIR_SUPPORT |
  InitFlag.EXPLICIT_INVAL_DATA |
  // Not asked for security.capability (file_remove_privs) at every write to a disk.
  InitFlag.HANDLE_KILLPRIV_V2 |
  InitFlag.INIT_EXT;
const WANTED2 = InitFlag2.DIRECT_IO_ALLOW_MMAP | InitFlag2.HAS_RESEND;

/** What the two sides agreed on. */
export interface Negotiated {
  readonly transport: TransportName;
  /** Why that transport, for the log. */
  readonly reason: string;
}

/**
 * Answers FUSE_INIT, which is always read from /dev/fuse: the first request of the connection,
 * there as soon as it is mounted.
 */
export function negotiate(fd: number, wish: TransportName | 'auto'): Negotiated {
  const request = Buffer.alloc(MIN_READ);
  readSync(fd, request, 0, request.length, null);
  const opcode = request.readUInt32LE(InHeader.OPCODE);
  const init = request.subarray(InHeader.SIZE);
  const major = init.readUInt32LE(InitIn.MAJOR);
  if (opcode !== Opcode.INIT || major !== FUSE_KERNEL_VERSION) {
    throw new Error(`the kernel speaks FUSE ${major}, mpathfs ${FUSE_KERNEL_VERSION}`);
  }
  const offered = init.readInt32LE(InitIn.FLAGS);
  const offered2 = (offered & InitFlag.INIT_EXT) !== 0 ? init.readInt32LE(InitIn.FLAGS2) : 0;
  const negotiated = choose(wish, (offered2 & InitFlag2.OVER_IO_URING) !== 0);
  const ring = negotiated.transport === 'ring' ? InitFlag2.OVER_IO_URING : 0;

  const reply = Buffer.alloc(OutHeader.SIZE + InitOut.SIZE);
  reply.writeUInt32LE(reply.length, OutHeader.LEN);
  request.copy(reply, OutHeader.UNIQUE, InHeader.UNIQUE, InHeader.UNIQUE + 8);
  const out = reply.subarray(OutHeader.SIZE);
  out.writeUInt32LE(FUSE_KERNEL_VERSION, InitOut.MAJOR);
  out.writeUInt32LE(FUSE_KERNEL_MINOR_VERSION, InitOut.MINOR);
  out.writeUInt32LE(init.readUInt32LE(InitIn.MAX_READAHEAD), InitOut.MAX_READAHEAD);
  out.writeInt32LE(offered & WANTED, InitOut.FLAGS);
  out.writeUInt16LE(MAX_BACKGROUND, InitOut.MAX_BACKGROUND);
  out.writeUInt16LE(MAX_BACKGROUND, InitOut.CONGESTION_THRESHOLD);
  out.writeUInt32LE(PAYLOAD_SIZE, InitOut.MAX_WRITE);
  out.writeUInt32LE(1, InitOut.TIME_GRAN);
  out.writeUInt16LE(PAGES, InitOut.MAX_PAGES);
  out.writeInt32LE(offered2 & (WANTED2 | ring), InitOut.FLAGS2);
  writeSync(fd, reply);
  return negotiated;
}

function choose(wish: TransportName | 'auto', offered: boolean): Negotiated {
  if (wish === 'devfuse') return { transport: 'devfuse', reason: 'asked for' };
  if (offered) {
    return {
      transport: 'ring',
      reason: wish === 'ring' ? 'asked for' : 'the kernel offers FUSE over io_uring',
    };
  }
  const missing =
    'the kernel does not offer FUSE over io_uring (Linux 6.14 or newer with ' +
    '/sys/module/fuse/parameters/enable_uring = Y)';
  if (wish === 'ring') throw new Error(`transport=ring: ${missing}`);
  return { transport: 'devfuse', reason: missing };
}
