import { constants } from 'node:fs';
import { Errno } from '../shared/errno.js';
import { FILE_TYPE, putAttrOut, putEntryOut } from './attr.js';
import { putListing } from './listing.js';
import { NodeTable } from './node-table.js';
import type { DirectoryNode, TreeNode, TreeWatcher } from './node.js';
import { Notifier, type Send } from './notifier.js';
import { OpenFiles } from './open-files.js';
import { Ownerships } from './ownerships.js';
import { putStatfs, type Answer } from './replies.js';
import { get64, nameOf, nodeid, u32, u64 } from './request-fields.js';
import type { Request } from './request.js';
import { TreeChanges } from './tree-changes.js';
import { WaitingReads } from './waiting-reads.js';
import {
  BatchForgetIn,
  Fattr,
  ForgetIn,
  ForgetOne,
  InHeader,
  InterruptIn,
  IoctlIn,
  IoctlOut,
  Opcode,
  ReadIn,
  Rename2In,
  SetattrIn,
} from './wire.js';
import { xattr } from './xattr.js';

/** Where the session reports a show or store that threw. */
export interface SessionLog {
  error(details: object, message: string): void;
}

export interface SessionOptions {
  readonly root: DirectoryNode;
  /** Owner of everything in the tree. */
  readonly uid: number;
  readonly gid: number;
  /** Milliseconds since the epoch, for the times of the files. */
  readonly now?: () => number;
  readonly log?: SessionLog;
  /** Reads of streams that may wait at once: each holds a request entry. */
  readonly waitingReads?: number;
  /** How notifications are written to the connection. */
  readonly send?: Send;
}

/** What still works on a node that has left the tree: a directory is just empty then. */
const WORKS_REMOVED: ReadonlySet<number> = new Set([
  Opcode.LOOKUP,
  Opcode.GETATTR,
  Opcode.READLINK,
  Opcode.OPENDIR,
  Opcode.READDIR,
  Opcode.READDIRPLUS,
  Opcode.POLL,
  Opcode.FLUSH,
]);

/** _IOR(0x12, 114, size_t), x86-64 and arm64. */
const BLKGETSIZE64 = 0x80081272;

/**
 * Answers the FUSE requests that reach the main thread: everything but the data of the
 * disks, which is the reactors'. Behaves as sysfs (kernfs) does; where an operation is not
 * possible there, the errno is the one that sysfs gives.
 *
 * ENOSYS is only answered where the kernel may take it for every file: it remembers it for
 * the whole mount and asks no more, also for disks. To OPENDIR it says that listings need no open
 * file and may be kept (FUSE_NO_OPENDIR_SUPPORT), which halves the requests of a walk.
 */
export class Session implements TreeWatcher {
  readonly #time: number;
  readonly #log: SessionLog | undefined;
  readonly #nodes: NodeTable;
  readonly #owners: Ownerships;
  readonly #notifier: Notifier;
  readonly #changes: TreeChanges;
  readonly #waits: WaitingReads;
  readonly #files: OpenFiles;

  constructor(options: SessionOptions) {
    this.#time = (options.now ?? Date.now)();
    this.#log = options.log;
    this.#nodes = new NodeTable(options.root);
    this.#owners = new Ownerships(options);
    this.#notifier = new Notifier(
      (err) => this.#log?.error({ err }, 'notification failed'),
      options.send,
    );
    this.#changes = new TreeChanges(this.#nodes, this.#notifier);
    this.#waits = new WaitingReads(options.waitingReads ?? 16);
    this.#files = new OpenFiles({
      nodes: this.#nodes,
      owners: this.#owners,
      changes: this.#changes,
      notifier: this.#notifier,
      waits: this.#waits,
    });
  }

  /** The tree is mounted: changes from now on go to the kernel, on this /dev/fuse descriptor. */
  connect(fd: number): void {
    this.#notifier.connect(fd);
  }

  /** Nothing goes to the descriptor any more; resolves when it may be closed. */
  disconnect(): Promise<void> {
    return this.#notifier.disconnect();
  }

  /** Whoever reads a stream reads its end, so that nobody keeps the mount by waiting. */
  endStreams(): void {
    this.#waits.end();
  }

  /**
   * Answers the request exactly once, now or when what it waits for is there. FORGET, BATCH_FORGET
   * and INTERRUPT get no reply, by the protocol: what carried them is the caller's again when this
   * returns.
   */
  handle(request: Request): void {
    const opcode = request.view.getUint32(request.header + InHeader.OPCODE, true);
    switch (opcode) {
      case Opcode.FORGET:
        this.forget(nodeid(request), u64(request, ForgetIn.NLOOKUP));
        return;
      case Opcode.BATCH_FORGET:
        this.#batchForget(request);
        return;
      case Opcode.INTERRUPT:
        this.interrupt(request.view.getBigUint64(request.arguments + InterruptIn.UNIQUE, true));
        return;
    }
    let answer: Answer;
    try {
      answer = this.#answer(opcode, request);
    } catch (error) {
      answer = this.#failed(opcode, request, error);
    }
    if (typeof answer === 'number') {
      send(request, answer);
    } else {
      answer
        .catch((error: unknown) => this.#failed(opcode, request, error))
        .then(send.bind(undefined, request))
        .catch((error: unknown) => this.#log?.error({ err: error }, 'reply failed'));
    }
  }

  /** The kernel drops `count` of its references to a node. */
  forget(nodeid: number, count: number): void {
    this.#nodes.forget(nodeid, count);
  }

  /** FUSE_INTERRUPT of the request with this number: only the reads of streams can be cut short. */
  interrupt(unique: bigint): void {
    this.#waits.interrupt(unique);
  }

  entryRemoved(directory: DirectoryNode, name: string): void {
    this.#changes.add(directory, name);
  }

  directoryChanged(directory: DirectoryNode): void {
    this.#changes.add(directory);
  }

  attributeChanged(ino: number): void {
    this.#files.attributeChanged(ino);
  }

  #answer(opcode: number, request: Request): Answer {
    switch (opcode) {
      // These must work on a node that is gone, or need none.
      case Opcode.RELEASE:
        return this.#files.release(this.#nodes.get(nodeid(request)), request);
      case Opcode.STATFS:
        return putStatfs(request);
      case Opcode.RELEASEDIR:
      case Opcode.DESTROY:
        return 0;
    }
    const node = this.#nodes.get(nodeid(request));
    if (node === undefined) return -Errno.ESTALE;
    if (node.removed && !WORKS_REMOVED.has(opcode)) return -Errno.ENODEV;
    switch (opcode) {
      case Opcode.LOOKUP:
        return this.#lookup(node, request);
      case Opcode.GETATTR:
        return this.#putAttr(node, request);
      case Opcode.SETATTR:
        return this.#setattr(node, request);
      case Opcode.READLINK:
        return readlink(node, request);
      case Opcode.OPEN:
        return this.#files.open(node, request);
      case Opcode.READ:
        return this.#files.read(request);
      case Opcode.WRITE:
        return this.#files.write(request);
      case Opcode.READDIR:
        return this.#readdir(node, request, false);
      case Opcode.READDIRPLUS:
        return this.#readdir(node, request, true);
      case Opcode.POLL:
        return this.#files.poll(node, request);
      case Opcode.IOCTL:
        return ioctl(node, request);
      case Opcode.ACCESS:
      case Opcode.FLUSH:
      case Opcode.FSYNC:
        return 0;
      case Opcode.FSYNCDIR:
        return -Errno.EINVAL;
      case Opcode.FALLOCATE:
        return -Errno.EOPNOTSUPP;
      case Opcode.GETXATTR:
      case Opcode.LISTXATTR:
      case Opcode.SETXATTR:
      case Opcode.REMOVEXATTR:
        return xattr(opcode, request);
      case Opcode.CREATE:
        return -Errno.EACCES;
      case Opcode.MKNOD:
        // vfs_create, which has EACCES for "not possible", only makes regular files.
        return isRegular(u32(request, 0)) ? -Errno.EACCES : -Errno.EPERM;
      case Opcode.RENAME2:
        return u32(request, Rename2In.FLAGS) !== 0 ? -Errno.EINVAL : -Errno.EPERM;
      case Opcode.MKDIR:
      case Opcode.SYMLINK:
      case Opcode.LINK:
      case Opcode.UNLINK:
      case Opcode.RMDIR:
      case Opcode.RENAME:
        return -Errno.EPERM;
      default:
        // OPENDIR, LSEEK, COPY_FILE_RANGE, STATX, ...
        return -Errno.ENOSYS;
    }
  }

  #failed(opcode: number, request: Request, error: unknown): number {
    this.#log?.error({ err: error, opcode, nodeid: nodeid(request) }, 'request failed');
    return -Errno.EIO;
  }

  /** What is not there is not remembered: an ENOENT has no validity (fs/fuse/dir.c: fuse_lookup). */
  #lookup(parent: TreeNode, request: Request): number {
    if (parent.kind !== 'directory') return -Errno.ENOTDIR;
    const node = parent.removed ? undefined : parent.child(nameOf(request));
    return node === undefined ? -Errno.ENOENT : this.#putEntry(node, request, request.body);
  }

  #putEntry(node: TreeNode, request: Request, at: number): number {
    const nodeid = this.#nodes.lookedUp(node);
    return putEntryOut(request.view, at, nodeid, node, this.#owners.of(node), this.#time);
  }

  #putAttr(node: TreeNode, request: Request): number {
    return putAttrOut(request.view, request.body, node, this.#owners.of(node), this.#time);
  }

  /**
   * Truncation does nothing to an attribute (O_TRUNC of `echo >`), nor to a disk unless it
   * asks for another size. Times are accepted and not kept.
   */
  #setattr(node: TreeNode, request: Request): number {
    const valid = u32(request, SetattrIn.VALID);
    const ownership = (valid & (Fattr.MODE | Fattr.UID | Fattr.GID)) !== 0;
    if (node.kind === 'disk') {
      if (ownership) return -Errno.EPERM;
      const size = u64(request, SetattrIn.FILE_SIZE);
      if ((valid & Fattr.SIZE) !== 0 && size !== 0 && size !== node.size()) return -Errno.EINVAL;
    } else if (ownership) {
      this.#owners.change(node, {
        ...((valid & Fattr.MODE) !== 0 && { mode: u32(request, SetattrIn.MODE) & 0o7777 }),
        ...((valid & Fattr.UID) !== 0 && { uid: u32(request, SetattrIn.UID) }),
        ...((valid & Fattr.GID) !== 0 && { gid: u32(request, SetattrIn.GID) }),
      });
    }
    return this.#putAttr(node, request);
  }

  #readdir(node: TreeNode, request: Request, plus: boolean): number {
    if (node.kind !== 'directory') return -Errno.ENOTDIR;
    const capacity = Math.min(u32(request, ReadIn.LENGTH), request.bodyCapacity);
    return putListing(
      request,
      node,
      u64(request, ReadIn.OFFSET),
      capacity,
      plus ? (at, child) => this.#putEntry(child, request, at) : undefined,
    );
  }

  #batchForget(request: Request): void {
    const count = u32(request, BatchForgetIn.COUNT);
    for (let i = 0; i < count; i++) {
      const at = request.data + i * ForgetOne.SIZE;
      const { view } = request;
      this.forget(get64(view, at + ForgetOne.NODEID), get64(view, at + ForgetOne.NLOOKUP));
    }
  }
}

function send(request: Request, answer: number): void {
  if (answer < 0) request.reply(answer, 0);
  else request.reply(0, answer);
}

function isRegular(mode: number): boolean {
  return (mode & constants.S_IFMT) === FILE_TYPE.attribute;
}

function readlink(node: TreeNode, request: Request): number {
  if (node.kind !== 'link') return -Errno.EINVAL;
  const target = Buffer.from(node.target());
  request.bytes.set(target, request.body);
  return target.length;
}

function ioctl(node: TreeNode, request: Request): number {
  if (node.kind !== 'disk' || u32(request, IoctlIn.CMD) !== BLKGETSIZE64) return -Errno.ENOTTY;
  const { view, body } = request;
  request.bytes.fill(0, body, body + IoctlOut.SIZE);
  view.setBigUint64(body + IoctlOut.SIZE, BigInt(node.size()), true);
  return IoctlOut.SIZE + 8;
}
