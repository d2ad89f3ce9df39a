import type { DiskConfig, PathConfig } from '../config/types.js';
import { messageOf, TopologyError } from './topology-error.js';

/** An open device, as the driver opened it. */
export interface OpenedPath {
  readonly fd: number;
  /** Bytes. */
  readonly capacity: number;
  /** The smallest block that it takes with O_DIRECT, bytes. */
  readonly blockSize: number;
  /** It is memory (tmpfs): I/O on it never waits. */
  readonly inMemory: boolean;
  /** A block device, not a regular file. */
  readonly block: boolean;
  close(): void;
}

export type OpenPath = (device: string) => Promise<OpenedPath>;

/** A configured disk whose paths are open and fit each other. */
export interface OpenedDisk {
  readonly config: DiskConfig;
  /** Bytes, whole blocks. */
  readonly capacity: number;
  readonly blockSize: number;
  readonly paths: readonly { readonly config: PathConfig; readonly opened: OpenedPath }[];
}

/**
 * Opens every path of every disk and checks that they fit. Everything is closed again where
 * one does not: then a TopologyError says which.
 */
export async function openDisks(
  configs: readonly DiskConfig[],
  openPath: OpenPath,
): Promise<OpenedDisk[]> {
  const open: OpenedPath[] = [];
  try {
    const disks: OpenedDisk[] = [];
    for (const config of configs) disks.push(await openDisk(config, openPath, open));
    return disks;
  } catch (error) {
    for (const path of open) path.close();
    throw error;
  }
}

async function openDisk(
  config: DiskConfig,
  openPath: OpenPath,
  open: OpenedPath[],
): Promise<OpenedDisk> {
  const paths: { config: PathConfig; opened: OpenedPath }[] = [];
  for (const path of config.paths) {
    const opened = await openPath(path.device).catch((error: unknown) => {
      throw new TopologyError(
        'MPATHFS_PATH_OPEN',
        `${path.device}: can't be opened: ${messageOf(error)}`,
        error,
      );
    });
    open.push(opened);
    paths.push({ config: path, opened });
  }
  const [first] = paths;
  const blockSize = config.logical_block_size ?? first?.opened.blockSize ?? 512;
  const bytes = first?.opened.capacity ?? 0;
  const capacity = bytes - (bytes % blockSize);
  const disk = { config, capacity, blockSize, paths };
  for (const path of paths) checkPath(disk, path.config.device, path.opened);
  return disk;
}

function checkPath(disk: OpenedDisk, device: string, { capacity, blockSize }: OpenedPath): void {
  const first = disk.paths[0]?.config.device ?? device;
  const fixed = disk.config.logical_block_size;
  if (fixed === undefined ? blockSize !== disk.blockSize : blockSize > fixed) {
    throw new TopologyError(
      'MPATHFS_PATH_BLOCK_SIZE',
      `${device}: its block size is ${blockSize}, the disk's ${disk.blockSize}` +
        (fixed === undefined ? ` (from ${first})` : '') +
        `; set logical_block_size to the largest block size of its paths`,
    );
  }
  if (disk.capacity === 0) {
    throw new TopologyError(
      'MPATHFS_PATH_EMPTY',
      `${device}: it has ${capacity} bytes, less than one block; give the device or file a size`,
    );
  }
  if (capacity - (capacity % disk.blockSize) !== disk.capacity) {
    throw new TopologyError(
      'MPATHFS_PATH_SIZE',
      `${device}: its size is ${capacity} bytes, that of ${first} ${disk.capacity}; ` +
        `all paths of a disk must lead to the same data`,
    );
  }
}
