import type { AttributeTable } from '../attribute.js';
import { line } from '../format.js';
import { iopolicyOf } from './iopolicy.js';

/** sys/module/scsi_multipath/parameters. The iopolicy is that of scsi_mpath_devices to come. */
export const SCSI_MULTIPATH_PARAMETERS: AttributeTable<{ scsi: number }> = [
  iopolicyOf('scsi'),
  // off, on (an id and implicit ALUA), always: here its id is enough to make a path one of a disk.
  { name: 'scsi_multipath', mode: 0o444, show: () => line('always') },
];
