import type { DiskConfig, PathConfig } from '../config/types.js';
import type { OpenedPath } from '../drivers/opened-path.js';
import { systemErrno } from '../shared/system-error.js';
import { checkOtherWay, checkSameDisk, identify, sameDisk } from './identify.js';
import { inParallel } from './in-parallel.js';
import { isOutOfReach } from './out-of-reach.js';
import type { NewDisk, NewPath } from './personality.js';
import { messageOf, TopologyError } from './topology-error.js';

export type OpenPath = (device: string) => Promise<OpenedPath>;

/** A configured disk whose paths are open and fit each other. */
export interface OpenedDisk extends NewDisk {
  readonly paths: readonly NewPath[];
}

/** Disks whose devices are opened at the same time. */
const OPENING = 64;

/**
 * Opens every path of every disk and checks that they fit. Everything is closed again where
 * one does not: then a TopologyError says which. A path that is out of reach is left out, and
 * told of, if its disk has another one and a wwid by which it is known when it can be had.
 */
export async function openDisks(
  configs: readonly DiskConfig[],
  openPath: OpenPath,
  leftOut: (path: PathConfig, reason: string) => void,
): Promise<OpenedDisk[]> {
  const open: OpenedPath[] = [];
  const disks: OpenedDisk[] = [];
  try {
    await inParallel(configs.entries(), OPENING, async ([index, config]) => {
      disks[index] = await openDisk(config, openPath, open, leftOut);
    });
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
  leftOut: (path: PathConfig, reason: string) => void,
): Promise<OpenedDisk> {
  const paths: NewPath[] = [];
  const lost: { readonly path: PathConfig; readonly error: TopologyError }[] = [];
  for (const path of config.paths) {
    try {
      const opened = await openPath(path.device);
      open.push(opened);
      paths.push({ config: path, opened });
    } catch (cause) {
      const message = `${path.device}: can't be opened: ${messageOf(cause)}`;
      const error = new TopologyError('MPATHFS_PATH_OPEN', message, cause);
      if (config.wwid === undefined || !isOutOfReach(systemErrno(cause))) throw error;
      lost.push({ path, error });
    }
  }
  if (paths.length === 0 && lost[0] !== undefined) throw lost[0].error;
  for (const { path, error } of lost) leftOut(path, error.message);
  const found = paths.map((path) => identify(config, path));
  const [first] = found;
  if (first === undefined) throw new RangeError('a disk without paths');
  const told = found.find(({ path }) => path.opened.identity !== undefined);
  if (told !== undefined) {
    const same = sameDisk(told, told.path.config.device);
    for (const other of found) checkSameDisk(other, same);
    checkOtherWay(found.map(({ path }) => path));
  }
  const disk = {
    config: (told ?? first).config,
    wwid: (told ?? first).wwid,
    ...sizeOf(first.path, config.logical_block_size),
    paths: found.map(({ path }) => path),
  };
  for (const path of disk.paths) checkPath(disk, path, first.path.config);
  return disk;
}

/** The block size and size that a disk has from its first path. Throws if it has not one block. */
export function sizeOf(
  { config, opened }: NewPath,
  fixed: number | undefined,
): Pick<OpenedDisk, 'capacity' | 'blockSize'> {
  const blockSize = fixed ?? opened.blockSize;
  const capacity = opened.capacity - (opened.capacity % blockSize);
  if (capacity > 0) return { capacity, blockSize };
  throw new TopologyError(
    'MPATHFS_PATH_EMPTY',
    `${config.device}: it has ${opened.capacity} bytes, less than one block; ` +
      `give the device or file a size`,
  );
}

/** Throws unless the path's block size is the disk's, or goes into the one that is configured. */
export function checkBlockSize(
  { config, opened: { blockSize } }: NewPath,
  disk: number,
  fixed: number | undefined,
  from: string,
): void {
  if (fixed === undefined ? blockSize === disk : blockSize <= disk) return;
  throw new TopologyError(
    'MPATHFS_PATH_BLOCK_SIZE',
    `${config.device}: its block size is ${blockSize}, the disk's ${disk}` +
      (fixed === undefined ? ` (from ${from})` : '') +
      `; set logical_block_size to the largest block size of its paths`,
  );
}

function checkPath(disk: OpenedDisk, path: NewPath, first: PathConfig): void {
  checkBlockSize(path, disk.blockSize, disk.config.logical_block_size, first.device);
  const { capacity } = path.opened;
  if (capacity - (capacity % disk.blockSize) !== disk.capacity) {
    throw new TopologyError(
      'MPATHFS_PATH_SIZE',
      `${path.config.device}: its size is ${capacity} bytes, that of ${first.device} ` +
        `${disk.capacity}; all paths of a disk must lead to the same data`,
    );
  }
}
