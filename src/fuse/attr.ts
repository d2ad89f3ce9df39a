/** struct fuse_attr and the structs around it, filled from a node of the tree. */
import type { TreeNode } from './node.js';
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
  disk: 0o100000,
  link: 0o120000,
} as const;

/** The page size, st_size of every attribute and the most that one write to it takes. */
export const PAGE_SIZE = 4096;

/**
 * Seconds that the kernel may keep a disk's attributes (it owns the size and the times of a
 * file under WRITEBACK_CACHE). Those of the tree are never kept.
 */
const DISK_ATTR_VALID = 365 * 24 * 3600;

/** Fills a struct fuse_attr_out at `at`; returns its size. */
export function putAttrOut(
  view: DataView,
  at: number,
  node: TreeNode,
  owner: Ownership,
  time: number,
): number {
  view.setBigUint64(at + AttrOut.ATTR_VALID, BigInt(attrValid(node)), true);
  view.setUint32(at + AttrOut.ATTR_VALID_NSEC, 0, true);
  view.setUint32(at + AttrOut.ATTR_VALID_NSEC + 4, 0, true);
  putAttr(view, at + AttrOut.ATTR, node, owner, time);
  return AttrOut.SIZE;
}

/** Fills a struct fuse_entry_out at `at`; returns its size. Names are never cached. */
export function putEntryOut(
  view: DataView,
  at: number,
  node: TreeNode,
  owner: Ownership,
  time: number,
): number {
  view.setBigUint64(at + EntryOut.NODEID, BigInt(node.ino), true);
  view.setBigUint64(at + EntryOut.GENERATION, 0n, true);
  view.setBigUint64(at + EntryOut.ENTRY_VALID, 0n, true);
  view.setBigUint64(at + EntryOut.ATTR_VALID, BigInt(attrValid(node)), true);
  view.setUint32(at + EntryOut.ENTRY_VALID_NSEC, 0, true);
  view.setUint32(at + EntryOut.ATTR_VALID_NSEC, 0, true);
  putAttr(view, at + EntryOut.ATTR, node, owner, time);
  return EntryOut.SIZE;
}

function putAttr(view: DataView, at: number, node: TreeNode, owner: Ownership, time: number): void {
  const size = fileSize(node);
  const seconds = BigInt(Math.floor(time / 1000));
  const nanoseconds = (time % 1000) * 1_000_000;
  view.setBigUint64(at + Attr.INO, BigInt(node.ino), true);
  view.setBigUint64(at + Attr.FILE_SIZE, BigInt(size), true);
  view.setBigUint64(at + Attr.BLOCKS, BigInt(node.kind === 'disk' ? size / 512 : 0), true);
  for (const field of [Attr.ATIME, Attr.MTIME, Attr.CTIME]) {
    view.setBigUint64(at + field, seconds, true);
  }
  for (const field of [Attr.ATIMENSEC, Attr.MTIMENSEC, Attr.CTIMENSEC]) {
    view.setUint32(at + field, nanoseconds, true);
  }
  view.setUint32(at + Attr.MODE, FILE_TYPE[node.kind] | owner.mode, true);
  view.setUint32(at + Attr.NLINK, linkCount(node), true);
  view.setUint32(at + Attr.UID, owner.uid, true);
  view.setUint32(at + Attr.GID, owner.gid, true);
  view.setUint32(at + Attr.RDEV, 0, true);
  view.setUint32(at + Attr.BLKSIZE, PAGE_SIZE, true);
  view.setUint32(at + Attr.FLAGS, 0, true);
}

function attrValid(node: TreeNode): number {
  return node.kind === 'disk' ? DISK_ATTR_VALID : 0;
}

/** st_size as in sysfs, where only attributes have one. */
function fileSize(node: TreeNode): number {
  if (node.kind === 'disk') return node.size();
  return node.kind === 'attribute' ? PAGE_SIZE : 0;
}

function linkCount(node: TreeNode): number {
  if (node.kind !== 'directory') return 1;
  let count = 2;
  for (const [, child] of node.children()) if (child.kind === 'directory') count++;
  return count;
}
