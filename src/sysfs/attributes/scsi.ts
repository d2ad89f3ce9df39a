import type { Path } from '../../multipath/path.js';
import type { ScsiMpathDevice, ScsiPath } from '../../topology/scsi.js';
import type { AttributeTable } from '../attribute.js';
import { line } from '../format.js';
import { numaNodes, queueDepth } from './multipath.js';

/** What the kernel's SCSI multipath series adds to the tree. */

/** drivers/scsi/scsi_multipath.c: scsi_mpath_device_attrs; iopolicy is IOPOLICY. */
export const SCSI_MPATH_DEVICE: AttributeTable<ScsiMpathDevice> = [
  { name: 'vpd_id', mode: 0o444, show: ({ disk }) => line(disk.wwid) },
];

/** drivers/scsi/sd.c: a path's hidden disk. */
export const SCSI_PATH: AttributeTable<ScsiPath> = [
  {
    name: 'mpath_dev',
    mode: 0o444,
    show: ({ disk }) => line(`${disk.devt.major}:${disk.devt.minor}`),
  },
];

export const SCSI_PATH_POLICY: AttributeTable<Path> = [
  numaNodes('mpath_numa_nodes'),
  // Counted for the whole host (mpath_nr_active of struct Scsi_Host).
  queueDepth('mpath_queue_depth'),
];
