import type { DeviceFile } from './device-file.js';
import type { NvmeAttachment } from './nvme/port.js';
import type { ScsiAttachment } from './scsi/port.js';

/**
 * How a port of a software target ends block I/O. Behind a real port the block layer turns the
 * target's answers into errors; behind a software one the image file would answer everything.
 */
export interface Faults {
  /** An errno for every read, and for every write, discard and flush; 0 = none. */
  readonly read: number;
  readonly write: number;
  /** Calls `changed` whenever one of them is another, until the returned function is called. */
  onChange(changed: () => void): () => void;
}

/** One port of a software target, to be opened as a path: an image file, and who answers commands. */
export type TargetDevice = { readonly file: DeviceFile; readonly faults: Faults } & (
  | { readonly kind: 'nvme'; readonly attachment: NvmeAttachment }
  | { readonly kind: 'scsi'; readonly attachment: ScsiAttachment }
);

/** The machine's software targets. */
export interface Targets {
  /**
   * Opens `nvmet:PORT/NQN/NSID` or `target:WWN/LUN`. Throws a TargetError (`code`) if there is no
   * such target, port, namespace or LUN, and Node's errors for its image.
   */
  open(device: string): TargetDevice;
}
