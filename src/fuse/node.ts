/**
 * What a FUSE session serves: a tree of nodes. The tree is made and changed by others
 * (src/sysfs); the session only asks. All of it lives on the main thread.
 */

interface NodeBase {
  /** Inode number, also the FUSE nodeid. Never used twice; the root's is 1. */
  readonly ino: number;
  /** Permission bits, e.g. 0o644. */
  readonly mode: number;
  /** Set when the node has left the tree: it can't be opened, read or written any more (ENODEV). */
  readonly removed: boolean;
}

export interface DirectoryNode extends NodeBase {
  readonly kind: 'directory';
  readonly parent: DirectoryNode | undefined;
  child(name: string): TreeNode | undefined;
  /** Names and nodes in the order of readdir, without `.` and `..`. */
  children(): Iterable<readonly [string, TreeNode]>;
}

export interface LinkNode extends NodeBase {
  readonly kind: 'link';
  /** The link's text, relative as in sysfs. */
  target(): string;
}

/** An attribute's value, or a negative errno. */
export type Shown = string | number;

export interface AttributeNode extends NodeBase {
  readonly kind: 'attribute';
  /** The whole value, at most 4096 bytes, or a negative errno. Absent: write-only (EACCES on open, as in sysfs). */
  show?(): string | number | Promise<string | number>;
  /**
   * Takes what was written (1 to 4096 bytes, not changed in any way). 0 or a negative
   * errno; a promise where the change has to reach the reactors first.
   */
  store?(text: string): number | Promise<number>;
}

/** A head disk: its data goes through the reactors, never through the main thread. */
export interface DiskNode extends NodeBase {
  readonly kind: 'disk';
  /** Number of the head in the tables. */
  readonly head: number;
  /** Bytes. */
  size(): number;
  /** Whether it may be opened (MPATH_HEAD_DISK_LIVE). */
  live(): boolean;
}

export type TreeNode = DirectoryNode | LinkNode | AttributeNode | DiskNode;
