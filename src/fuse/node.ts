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
  /** An attribute's node may be another object at every call; its ino is always the same. */
  child(name: string): TreeNode | undefined;
  /** Names and nodes in the order of readdir, without `.` and `..`. */
  children(): Iterable<readonly [string, TreeNode]>;
  /** Directories among the children: st_nlink is 2 more. */
  readonly directories: number;
}

export interface LinkNode extends NodeBase {
  readonly kind: 'link';
  /** The link's text, relative as in sysfs. */
  target(): string;
}

/** An attribute's value, or a negative errno. Bytes are of a binary attribute. */
export type Shown = string | Uint8Array | number;

export interface AttributeNode extends NodeBase {
  readonly kind: 'attribute';
  readonly name: string;
  /** Inode number of the directory that it is in. */
  readonly directory: number;
  /** st_size: 4096, 0 for a binary attribute. */
  readonly size: number;
  /** The whole value, at most 4096 bytes, or a negative errno. Absent: write-only (EACCES on open, as in sysfs). */
  show?(): Shown | Promise<Shown>;
  /**
   * Takes what was written (1 to 4096 bytes, not changed in any way). 0 or a negative
   * errno; a promise where the change has to reach the reactors first.
   */
  store?(text: string): number | Promise<number>;
}

/** A file that is read as things happen. Each open has a stream of its own. */
export interface StreamNode extends NodeBase {
  readonly kind: 'stream';
  /** `wake` is called when a read that found nothing should be tried again. */
  open(wake: () => void): Stream;
}

export interface Stream {
  /** Up to `length` bytes that came since the last read, none if there are none yet, or a negative errno. */
  read(length: number): Uint8Array | number;
  /** Whether read would give something. */
  readonly ready: boolean;
  close(): void;
}

/** A disk or a partition: its data goes through the reactors, never through the main thread. */
export interface DiskNode extends NodeBase {
  readonly kind: 'disk';
  /** Number of its block device in the tables. */
  readonly bdev: number;
  /** Bytes. */
  size(): number;
  /** Whether it may be opened (MPATH_HEAD_DISK_LIVE). */
  live(): boolean;
  /** It was opened, or closed: as many times the one as the other. */
  opened(): void;
  released(): void;
}

export type TreeNode = DirectoryNode | LinkNode | AttributeNode | StreamNode | DiskNode;

/**
 * What a tree tells the session that serves it, after the change: the kernel keeps directories
 * with their listings, links and disks, and waits for attributes.
 */
export interface TreeWatcher {
  /** `name`, a directory, link or disk, has left the directory. */
  entryRemoved(directory: DirectoryNode, name: string): void;
  /** Something was added to it, or the number of its directories (st_nlink) has changed. */
  directoryChanged(directory: DirectoryNode): void;
  /** sysfs_notify: who polls the attribute with this ino wakes. */
  attributeChanged(ino: number): void;
}
