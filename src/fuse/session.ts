import { constants } from 'node:fs';
import { Errno } from '../shared/errno.js';
import { FILE_TYPE, putAttrOut, putEntryOut, type Ownership } from './attr.js';
import { AttributeFile, mayOpenAttribute } from './attribute-file.js';
import { DirectoryFile } from './directory-file.js';
import { NodeTable } from './node-table.js';
import type { AttributeNode, DirectoryNode, DiskNode, TreeNode } from './node.js';
import { putOpenOut, putPart, putStatfs, putWriteOut } from './replies.js';
import { dataOf, nameOf, nodeid, u32, u64 } from './request-fields.js';
import type { Request } from './request.js';
import {
  BatchForgetIn,
  DISK_FH_WRITABLE,
  Fattr,
  Fopen,
  ForgetIn,
  ForgetOne,
  InHeader,
  IoctlIn,
  IoctlOut,
  Opcode,
  OpenIn,
  ReadIn,
  ReleaseIn,
  SetattrIn,
  WriteIn,
} from './wire.js';

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
}

/** Bytes of body (0 or more), or a negative errno. */
type Answer = number | Promise<number>;

const O_ACCMODE = 3;

/** What still works on a node that has left the tree: a directory is just empty then. */
const WORKS_REMOVED: ReadonlySet<number> = new Set([
  Opcode.LOOKUP,
  Opcode.GETATTR,
  Opcode.OPENDIR,
  Opcode.READDIR,
  Opcode.READDIRPLUS,
]);

/** _IOR(0x12, 114, size_t), x86-64 and arm64. */
const BLKGETSIZE64 = 0x80081272;

/**
 * Answers the FUSE requests that reach the main thread: everything but the data of the
 * disks, which is the reactors'. Behaves as sysfs (kernfs) does; where an operation is not
 * possible there, the errno is the one that sysfs gives.
 *
 * ENOSYS is only answered where the kernel may take it for every file: it remembers it for
 * the whole mount and asks no more, also for disks.
 */
export class Session {
  readonly #root: DirectoryNode;
  readonly #owner: { readonly uid: number; readonly gid: number };
  readonly #time: number;
  readonly #log: SessionLog | undefined;
  readonly #nodes: NodeTable;
  /** Open attributes and directories by fh. A disk's fh is not from here. */
  readonly #files = new Map<number, AttributeFile | DirectoryFile>();
  #nextFile = 1;
  /** Nodes whose mode or owner was changed; kept no longer than the node, as in sysfs. */
  readonly #ownership = new WeakMap<TreeNode, Ownership>();

  constructor(options: SessionOptions) {
    this.#root = options.root;
    this.#owner = { uid: options.uid, gid: options.gid };
    this.#time = (options.now ?? Date.now)();
    this.#log = options.log;
    this.#nodes = new NodeTable(this.#root);
  }

  /**
   * Answers the request exactly once, now or when a store is done. FORGET, BATCH_FORGET and
   * INTERRUPT get no reply, by the protocol: what carried them is the caller's again when
   * this returns.
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
        // Nothing here waits for anything that an interrupt could cut short.
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

  #answer(opcode: number, request: Request): Answer {
    switch (opcode) {
      // These must work on a node that is gone, or need none.
      case Opcode.RELEASE:
      case Opcode.RELEASEDIR:
        return this.#release(request);
      case Opcode.STATFS:
        return putStatfs(request);
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
        return this.#open(node, request);
      case Opcode.OPENDIR:
        return this.#opendir(node, request);
      case Opcode.READ:
        return this.#read(request);
      case Opcode.WRITE:
        return this.#write(request);
      case Opcode.READDIR:
        return this.#readdir(request, false);
      case Opcode.READDIRPLUS:
        return this.#readdir(request, true);
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
      case Opcode.CREATE:
        return -Errno.EACCES;
      case Opcode.MKNOD:
        // vfs_create, which has EACCES for "not possible", only makes regular files.
        return isRegular(u32(request, 0)) ? -Errno.EACCES : -Errno.EPERM;
      case Opcode.MKDIR:
      case Opcode.SYMLINK:
      case Opcode.LINK:
      case Opcode.UNLINK:
      case Opcode.RMDIR:
      case Opcode.RENAME:
      case Opcode.RENAME2:
        return -Errno.EPERM;
      default:
        // Extended attributes, POLL, LSEEK, COPY_FILE_RANGE, STATX, ...
        return -Errno.ENOSYS;
    }
  }

  #failed(opcode: number, request: Request, error: unknown): number {
    this.#log?.error({ err: error, opcode, nodeid: nodeid(request) }, 'request failed');
    return -Errno.EIO;
  }

  #lookup(parent: TreeNode, request: Request): number {
    if (parent.kind !== 'directory') return -Errno.ENOTDIR;
    const node = parent.removed ? undefined : parent.child(nameOf(request));
    if (node === undefined) return -Errno.ENOENT;
    this.#nodes.lookedUp(node);
    return putEntryOut(request.view, request.body, node, this.#ownerOf(node), this.#time);
  }

  #putAttr(node: TreeNode, request: Request): number {
    return putAttrOut(request.view, request.body, node, this.#ownerOf(node), this.#time);
  }

  #ownerOf(node: TreeNode): Ownership {
    return this.#ownership.get(node) ?? { mode: node.mode, ...this.#owner };
  }

  /**
   * Truncation does nothing to an attribute (O_TRUNC of `echo >`), nor to a disk unless it
   * asks for another size. Times are accepted and not kept.
   */
  #setattr(node: TreeNode, request: Request): number {
    const valid = u32(request, SetattrIn.VALID);
    if (node.kind === 'disk') {
      if ((valid & (Fattr.MODE | Fattr.UID | Fattr.GID)) !== 0) return -Errno.EPERM;
      const size = u64(request, SetattrIn.FILE_SIZE);
      if ((valid & Fattr.SIZE) !== 0 && size !== 0 && size !== node.size()) return -Errno.EINVAL;
    } else if ((valid & (Fattr.MODE | Fattr.UID | Fattr.GID)) !== 0) {
      const before = this.#ownerOf(node);
      this.#ownership.set(node, {
        mode: (valid & Fattr.MODE) !== 0 ? u32(request, SetattrIn.MODE) & 0o7777 : before.mode,
        uid: (valid & Fattr.UID) !== 0 ? u32(request, SetattrIn.UID) : before.uid,
        gid: (valid & Fattr.GID) !== 0 ? u32(request, SetattrIn.GID) : before.gid,
      });
    }
    return this.#putAttr(node, request);
  }

  #open(node: TreeNode, request: Request): number {
    const flags = u32(request, OpenIn.FLAGS);
    if (node.kind === 'disk') return openDisk(node, flags, request);
    if (node.kind !== 'attribute') return -Errno.EINVAL;
    return this.#openAttribute(node, flags, request);
  }

  #openAttribute(node: AttributeNode, flags: number, request: Request): number {
    const { mode } = this.#ownerOf(node);
    const access = flags & O_ACCMODE;
    const read = access !== constants.O_WRONLY;
    const write = access !== constants.O_RDONLY;
    if (!mayOpenAttribute(node, mode, read, write)) return -Errno.EACCES;
    return putOpenOut(request, this.#addFile(new AttributeFile(node)), Fopen.DIRECT_IO);
  }

  #opendir(node: TreeNode, request: Request): number {
    if (node.kind !== 'directory') return -Errno.ENOTDIR;
    return putOpenOut(request, this.#addFile(new DirectoryFile(node)), 0);
  }

  #addFile(file: AttributeFile | DirectoryFile): number {
    const fh = this.#nextFile++;
    this.#files.set(fh, file);
    return fh;
  }

  #release(request: Request): number {
    const node = this.#nodes.get(nodeid(request));
    if (node?.kind !== 'disk') this.#files.delete(u64(request, ReleaseIn.FH));
    return 0;
  }

  #read(request: Request): Answer {
    const file = this.#files.get(u64(request, ReadIn.FH));
    if (!(file instanceof AttributeFile)) return -Errno.EBADF;
    const length = Math.min(u32(request, ReadIn.LENGTH), request.bodyCapacity);
    const part = file.read(u64(request, ReadIn.OFFSET), length);
    return part instanceof Promise
      ? part.then((shown) => putPart(request, shown))
      : putPart(request, part);
  }

  #write(request: Request): Answer {
    const file = this.#files.get(u64(request, WriteIn.FH));
    if (!(file instanceof AttributeFile)) return -Errno.EBADF;
    const length = Math.min(u32(request, WriteIn.LENGTH), request.dataLength);
    const taken = file.write(dataOf(request, length));
    return typeof taken === 'number'
      ? putWriteOut(request, taken)
      : taken.then((bytes) => putWriteOut(request, bytes));
  }

  #readdir(request: Request, plus: boolean): number {
    const file = this.#files.get(u64(request, ReadIn.FH));
    if (!(file instanceof DirectoryFile)) return -Errno.EBADF;
    const { bytes, view, body } = request;
    const capacity = Math.min(u32(request, ReadIn.LENGTH), request.bodyCapacity);
    const putEntry = (at: number, node: TreeNode): void => {
      this.#nodes.lookedUp(node);
      putEntryOut(view, at, node, this.#ownerOf(node), this.#time);
    };
    const offset = u64(request, ReadIn.OFFSET);
    return file.read(bytes, view, body, capacity, offset, plus ? putEntry : undefined);
  }

  #batchForget(request: Request): void {
    const count = u32(request, BatchForgetIn.COUNT);
    for (let i = 0; i < count; i++) {
      const at = request.data + i * ForgetOne.SIZE;
      const { view } = request;
      this.forget(
        Number(view.getBigUint64(at + ForgetOne.NODEID, true)),
        Number(view.getBigUint64(at + ForgetOne.NLOOKUP, true)),
      );
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

function openDisk(disk: DiskNode, flags: number, request: Request): number {
  if (!disk.live()) return -Errno.ENXIO;
  const writable = (flags & O_ACCMODE) !== constants.O_RDONLY;
  const direct = (flags & constants.O_DIRECT) !== 0;
  return putOpenOut(
    request,
    disk.head * 2 + (writable ? DISK_FH_WRITABLE : 0),
    direct ? Fopen.DIRECT_IO | Fopen.PARALLEL_DIRECT_WRITES : Fopen.KEEP_CACHE,
  );
}

function ioctl(node: TreeNode, request: Request): number {
  if (node.kind !== 'disk' || u32(request, IoctlIn.CMD) !== BLKGETSIZE64) return -Errno.ENOTTY;
  const { view, body } = request;
  request.bytes.fill(0, body, body + IoctlOut.SIZE);
  view.setBigUint64(body + IoctlOut.SIZE, BigInt(node.size()), true);
  return IoctlOut.SIZE + 8;
}
