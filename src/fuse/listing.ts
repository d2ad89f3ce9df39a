import { FILE_TYPE } from './attr.js';
import type { DirectoryNode, TreeNode } from './node.js';
import type { Request } from './request.js';
import { put64 } from './request-fields.js';
import { Dirent, Direntplus } from './wire.js';

/** Fills a struct fuse_entry_out for a directory that the kernel now knows. */
export type PutEntry = (at: number, node: TreeNode) => void;

/** Offsets of `.` and `..`; that of any other entry is its inode number and this many more. */
const DOTS = 2;

/**
 * Lists a directory, as READDIR and READDIRPLUS want it: writes the struct fuse_dirents behind
 * `offset` into the request's body, as many as fit `capacity`; fuse_direntplus if `putEntry` is
 * given. Returns the bytes written.
 *
 * Entries come in the order of their inode numbers, which are also their offsets: so no open file
 * has to remember anything, and what is there all the time is listed once, whatever comes and goes
 * between two reads. (kernfs does it with a hash of the name.)
 *
 * Only directories get an entry in a fuse_direntplus: they are what a walk goes into. A tree has
 * ten attributes for each of them that nobody looks at, and that the kernel need not know.
 */
export function putListing(
  request: Request,
  directory: DirectoryNode,
  offset: number,
  capacity: number,
  putEntry: PutEntry | undefined,
): number {
  const records = new Records(request, capacity, putEntry);
  if (offset < 1 && !records.put('.', directory, 1, false)) return records.used;
  const parent = directory.parent ?? directory;
  if (offset < 2 && !records.put('..', parent, DOTS, false)) return records.used;
  let end = Math.max(offset, DOTS);
  for (const [name, node] of entriesBehind(directory, offset)) {
    const next = node.ino + DOTS;
    if (!records.put(name, node, next, node.kind === 'directory')) return records.used;
    end = next;
  }
  request.endsAt(end);
  return records.used;
}

/** The struct fuse_dirent or fuse_direntplus that fit into one reply. */
class Records {
  readonly #request: Request;
  readonly #capacity: number;
  readonly #putEntry: PutEntry | undefined;
  /** Bytes before the name. */
  readonly #fixed: number;
  used = 0;

  constructor(request: Request, capacity: number, putEntry: PutEntry | undefined) {
    this.#request = request;
    this.#capacity = capacity;
    this.#putEntry = putEntry;
    this.#fixed = putEntry === undefined ? Dirent.SIZE : Direntplus.SIZE;
  }

  /** False if there is no room. `look`: the kernel is to know the node. */
  put(name: string, node: TreeNode, next: number, look: boolean): boolean {
    const { bytes, view, body } = this.#request;
    const start = body + this.used;
    const dirent = start + this.#fixed - Dirent.SIZE;
    // The name's bytes are at least its characters; how many, is known when they are there.
    if (this.used + this.#fixed + name.length > this.#capacity) return false;
    const length = putName(bytes, dirent + Dirent.SIZE, name);
    const record = (this.#fixed + length + 7) & ~7;
    if (this.used + record > this.#capacity) return false;
    put64(view, dirent + Dirent.INO, node.ino);
    put64(view, dirent + Dirent.OFF, next);
    view.setUint32(dirent + Dirent.NAMELEN, length, true);
    view.setUint32(dirent + Dirent.TYPE, FILE_TYPE[node.kind] >> 12, true);
    bytes.fill(0, dirent + Dirent.SIZE + length, start + record);
    if (look) this.#putEntry?.(start, node);
    else bytes.fill(0, start, dirent);
    this.used += record;
    return true;
  }
}

function entriesBehind(directory: DirectoryNode, offset: number): (readonly [string, TreeNode])[] {
  const entries: (readonly [string, TreeNode])[] = [];
  if (directory.removed) return entries;
  for (const entry of directory.children()) {
    if (entry[1].ino + DOTS > offset) entries.push(entry);
  }
  return entries.sort((a, b) => a[1].ino - b[1].ino);
}

/** Names are ASCII but for what users choose. Returns the bytes written. */
function putName(bytes: Uint8Array, at: number, name: string): number {
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    if (code > 0x7f) {
      const encoded = Buffer.from(name);
      bytes.set(encoded, at);
      return encoded.length;
    }
    bytes[at + i] = code;
  }
  return name.length;
}
