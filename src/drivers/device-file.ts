import type { Limits } from '../shared/limits.js';

/** An open block device or regular file: what carries a path's I/O. */
export interface DeviceFile {
  readonly fd: number;
  /** Bytes when it was opened, a multiple of blockSize. */
  readonly capacity: number;
  /** Alignment that I/O needs: the logical block size, bytes. */
  readonly blockSize: number;
  readonly limits: Limits;
  /** O_DIRECT is in force: two paths to one device see one truth. */
  readonly direct: boolean;
  /** It is memory (tmpfs): I/O on it never waits. */
  readonly inMemory: boolean;
  /** A block device, not a regular file. */
  readonly block: boolean;
  /** Its number, of a block device. */
  readonly devt: { readonly major: number; readonly minor: number } | undefined;
  /** Bytes now, a multiple of blockSize; 0 if the device is gone. */
  size(): number;
  close(): void;
}
