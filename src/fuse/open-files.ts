import { constants } from 'node:fs';
import { Errno } from '../shared/errno.js';
import { AttributeFile, mayOpenAttribute } from './attribute-file.js';
import type { NodeTable } from './node-table.js';
import type { AttributeNode, DiskNode, TreeNode } from './node.js';
import type { Notifier } from './notifier.js';
import { OpenAttributes } from './open-attributes.js';
import type { Ownerships } from './ownerships.js';
import { putOpenOut, putPart, putPollOut, putWriteOut, type Answer } from './replies.js';
import { dataOf, u32, u64, unique } from './request-fields.js';
import type { Request } from './request.js';
import { StreamFile } from './stream-file.js';
import type { TreeChanges } from './tree-changes.js';
import type { WaitingReads } from './waiting-reads.js';
import {
  DEFAULT_POLLMASK,
  DISK_FH_WRITABLE,
  Fopen,
  OpenIn,
  POLL_SCHEDULE_NOTIFY,
  PollIn,
  ReadIn,
  ReleaseIn,
  WriteIn,
} from './wire.js';

/** What of the session the open files need. */
export interface OpenFilesParts {
  readonly nodes: NodeTable;
  readonly owners: Ownerships;
  readonly changes: TreeChanges;
  readonly notifier: Notifier;
  readonly waits: WaitingReads;
}

const O_ACCMODE = 3;

/** The requests on open files: attributes and streams by their fh, and the opening of disks. */
export class OpenFiles {
  readonly #p: OpenFilesParts;
  readonly #attributes: OpenAttributes;
  /** Open attributes and streams by fh. A disk's fh is not from here. */
  readonly #files = new Map<number, AttributeFile | StreamFile>();
  #nextFile = 1;

  constructor(parts: OpenFilesParts) {
    this.#p = parts;
    this.#attributes = new OpenAttributes((poller) => this.#p.notifier.poll(poller));
  }

  /** sysfs_notify: whoever waits for the attribute wakes. */
  attributeChanged(ino: number): void {
    this.#attributes.changed(ino);
  }

  open(node: TreeNode, request: Request): number {
    const flags = u32(request, OpenIn.FLAGS);
    if (node.kind === 'disk') return openDisk(node, flags, request);
    // No sysfs file has it, and the kernel would let it pass.
    if ((flags & constants.O_DIRECT) !== 0) return -Errno.EINVAL;
    if (node.kind === 'attribute') return this.#openAttribute(node, flags, request);
    if (node.kind !== 'stream') return -Errno.EINVAL;
    if ((flags & O_ACCMODE) !== constants.O_RDONLY) return -Errno.EACCES;
    const file = new StreamFile(node, this.#p.waits, (poller) => this.#p.notifier.poll(poller));
    return this.#putFile(request, file, Fopen.DIRECT_IO | Fopen.NONSEEKABLE | Fopen.STREAM);
  }

  release(node: TreeNode | undefined, request: Request): number {
    if (node?.kind === 'disk') {
      node.released();
      return 0;
    }
    const fh = u64(request, ReleaseIn.FH);
    const file = this.#files.get(fh);
    this.#files.delete(fh);
    if (file instanceof AttributeFile) this.#closed(file);
    else file?.close();
    return 0;
  }

  read(request: Request): Answer {
    const file = this.#files.get(u64(request, ReadIn.FH));
    if (file === undefined) return -Errno.EBADF;
    const length = Math.min(u32(request, ReadIn.LENGTH), request.bodyCapacity);
    const part =
      file instanceof AttributeFile
        ? file.read(u64(request, ReadIn.OFFSET), length)
        : file.read(unique(request), length, nonblocking(u32(request, ReadIn.FLAGS)));
    return part instanceof Promise
      ? part.then((shown) => putPart(request, shown))
      : putPart(request, part);
  }

  write(request: Request): Answer {
    const file = this.#files.get(u64(request, WriteIn.FH));
    if (!(file instanceof AttributeFile)) return -Errno.EBADF;
    const length = Math.min(u32(request, WriteIn.LENGTH), request.dataLength);
    const end = u64(request, WriteIn.OFFSET) + length;
    const taken = this.#attributes.write(file, dataOf(request, length));
    return typeof taken === 'number'
      ? this.#written(request, file, end, taken)
      : taken.then((bytes) => this.#written(request, file, end, bytes));
  }

  /** Disks are always ready (a block device has no poll of its own). */
  poll(node: TreeNode, request: Request): number {
    const file = this.#files.get(u64(request, PollIn.FH));
    const waits = (u32(request, PollIn.FLAGS) & POLL_SCHEDULE_NOTIFY) !== 0;
    const poller = waits ? u64(request, PollIn.KH) : undefined;
    if (node.kind === 'disk' || file === undefined) return putPollOut(request, DEFAULT_POLLMASK);
    return putPollOut(
      request,
      file instanceof AttributeFile ? this.#attributes.poll(file, poller) : file.poll(poller),
    );
  }

  /**
   * Of a directory that leaves, the kernel drops at once what nobody uses (d_invalidate). A file that
   * is open then, such as the one that its removal was written to, would stay in its cache, and with
   * it the directory, here and there, until memory runs short.
   */
  #closed(file: AttributeFile): void {
    this.#attributes.close(file);
    const { removed, directory, name } = file.node;
    if (removed) this.#p.notifier.entry(directory, name);
  }

  #openAttribute(node: AttributeNode, flags: number, request: Request): number {
    const { mode } = this.#p.owners.of(node);
    const access = flags & O_ACCMODE;
    const read = access !== constants.O_WRONLY;
    const write = access !== constants.O_RDONLY;
    if (!mayOpenAttribute(node, mode, read, write)) return -Errno.EACCES;
    return this.#putFile(request, this.#attributes.open(node), Fopen.DIRECT_IO);
  }

  #putFile(request: Request, file: AttributeFile | StreamFile, flags: number): number {
    const fh = this.#nextFile++;
    this.#files.set(fh, file);
    return putOpenOut(request, fh, flags);
  }

  /**
   * The kernel takes it that a write behind the end (O_APPEND) has made the file longer, and believes
   * no size that we tell under WRITEBACK_CACHE: so its next lookup gets another inode.
   */
  #written(request: Request, file: AttributeFile, end: number, taken: number): Answer {
    if (taken > 0 && end > file.node.size) this.#p.nodes.rename(file.node);
    const settled = this.#p.changes.settled();
    return settled === undefined
      ? putWriteOut(request, taken)
      : settled.then(() => putWriteOut(request, taken));
  }
}

function nonblocking(flags: number): boolean {
  return (flags & constants.O_NONBLOCK) !== 0;
}

function openDisk(disk: DiskNode, flags: number, request: Request): number {
  if (!disk.live()) return -Errno.ENXIO;
  disk.opened();
  const writable = (flags & O_ACCMODE) !== constants.O_RDONLY;
  const direct = (flags & constants.O_DIRECT) !== 0;
  return putOpenOut(
    request,
    disk.bdev * 2 + (writable ? DISK_FH_WRITABLE : 0),
    direct ? Fopen.DIRECT_IO | Fopen.PARALLEL_DIRECT_WRITES : Fopen.KEEP_CACHE,
  );
}
