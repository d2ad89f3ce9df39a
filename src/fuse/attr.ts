/** struct fuse_attr and the structs around it, filled from a node of the tree. */
import type { TreeNode } from './node.js';
import { put64 } from './request-fields.js';
import { Attr, AttrOut, EntryOut } from './wire.js';

/** What chmod and chown can change about a node. */
export interface Ownership {
  /** Permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** Bits of st_mode (S_IFMT) by kind of node. A disk is a regular file: FUSE has no other with a size. */
export const FILE_TYPE = {
  directory: 0o040000,
  attribute: 0o100000,
  stream: 0o100000,
  disk: 0o100000,
  link: 0o120000,
} as const;

/** The page size, st_size of most attributes and the most that one write to one takes. */
export const PAGE_SIZE = 4096;

/**
 * Seconds that the kernel may keep names and attributes of directories, links and disks: it is
 * told when they change (see TreeChanges), and it owns the size and the times of a disk anyway
 * under WRITEBACK_CACHE. Attributes and streams it asks for every time.
 */
const KEPT = 365 * 24 * 3600;

/** Fills a struct fuse_attr_out at `at`; returns its size. */
export function putAttrOut(
  view: DataView,
  at: number,
  node: TreeNode,
  owner: Ownership,
  time: number,
): number {
  put64(view, at + AttrOut.ATTR_VALID, valid(node));
  put64(view, at + AttrOut.ATTR_VALID_NSEC, 0);
  putAttr(view, at + AttrOut.ATTR, node, owner, time);
  return AttrOut.SIZE;
}

/** Fills a struct fuse_entry_out at `at`; returns its size. */
export function putEntryOut(
  view: DataView,
  at: number,
  nodeid: number,
  node: TreeNode,
  owner: Ownership,
  time: number,
): number {
  const seconds = valid(node);
  put64(view, at + EntryOut.NODEID, nodeid);
  put64(view, at + EntryOut.GENERATION, 0);
  put64(view, at + EntryOut.ENTRY_VALID, seconds);
  put64(view, at + EntryOut.ATTR_VALID, seconds);
  view.setUint32(at + EntryOut.ENTRY_VALID_NSEC, 0, true);
  view.setUint32(at + EntryOut.ATTR_VALID_NSEC, 0, true);
  putAttr(view, at + EntryOut.ATTR, node, owner, time);
  return EntryOut.SIZE;
}

/** `time` in milliseconds is all three times. */
function putAttr(view: DataView, at: number, node: TreeNode, owner: Ownership, time: number): void {
  const size = fileSize(node);
  const seconds = Math.floor(time / 1000);
  const nanoseconds = (time % 1000) * 1_000_000;
  put64(view, at + Attr.INO, node.ino);
  put64(view, at + Attr.FILE_SIZE, size);
  put64(view, at + Attr.BLOCKS, node.kind === 'disk' ? size / 512 : 0);
  put64(view, at + Attr.ATIME, seconds);
  put64(view, at + Attr.MTIME, seconds);
  put64(view, at + Attr.CTIME, seconds);
  view.setUint32(at + Attr.ATIMENSEC, nanoseconds, true);
  view.setUint32(at + Attr.MTIMENSEC, nanoseconds, true);
  view.setUint32(at + Attr.CTIMENSEC, nanoseconds, true);
  view.setUint32(at + Attr.MODE, FILE_TYPE[node.kind] | owner.mode, true);
  view.setUint32(at + Attr.NLINK, node.kind === 'directory' ? 2 + node.directories : 1, true);
  view.setUint32(at + Attr.UID, owner.uid, true);
  view.setUint32(at + Attr.GID, owner.gid, true);
  view.setUint32(at + Attr.RDEV, 0, true);
  view.setUint32(at + Attr.BLKSIZE, PAGE_SIZE, true);
  view.setUint32(at + Attr.FLAGS, 0, true);
}

function valid(node: TreeNode): number {
  return node.kind === 'attribute' || node.kind === 'stream' ? 0 : KEPT;
}

/** st_size as in sysfs: directories, links and streams have none. */
function fileSize(node: TreeNode): number {
  if (node.kind === 'disk') return node.size();
  return node.kind === 'attribute' ? node.size : 0;
}
