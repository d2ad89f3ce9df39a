/** A device that does not say what it is, so that it can't be a path to a SCSI disk. */
export class ScsiError extends Error {
  readonly code = 'MPATHFS_SCSI_IDENTITY';

  constructor(message: string) {
    super(message);
    this.name = 'ScsiError';
  }
}
