import type { AttributeTable } from '../attribute.js';
import { line } from '../format.js';

/** The queues that every host and every scsi_device of a mount shares: those of the reactors. */
export interface ScsiQueues {
  readonly reactors: number;
  /** Request entries of each reactor. */
  readonly queueDepth: number;
}

/** drivers/scsi/scsi_sysfs.c: the class scsi_host. */
export const SCSI_HOST_QUEUES: AttributeTable<ScsiQueues> = [
  { name: 'nr_hw_queues', mode: 0o444, show: ({ reactors }) => line(reactors) },
  // Of all queues together, as with host_tagset.
  { name: 'can_queue', mode: 0o444, show: (queues) => line(requests(queues)) },
  { name: 'cmd_per_lun', mode: 0o444, show: (queues) => line(requests(queues)) },
];

/** Of a scsi_device. Read-only, as of a host without change_queue_depth. */
export const SCSI_DEVICE_QUEUES: AttributeTable<ScsiQueues> = [
  { name: 'queue_depth', mode: 0o444, show: (queues) => line(requests(queues)) },
];

/** Requests that can be under way at a time. */
function requests({ reactors, queueDepth }: ScsiQueues): number {
  return reactors * queueDepth;
}
