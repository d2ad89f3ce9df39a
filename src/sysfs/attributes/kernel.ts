import type { AttributeTable } from '../attribute.js';
import { line } from '../format.js';
import type { Uevents } from '../uevents.js';

/** sys/kernel (kernel/ksysfs.c). */
export const KERNEL: AttributeTable<Uevents> = [
  { name: 'uevent_seqnum', mode: 0o444, show: ({ seqnum }) => line(seqnum) },
];
