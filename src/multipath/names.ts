/** Names and numbers of the kernel's interfaces; the index is the number in the tables. */

/** lib/multipath.c: mpath_iopolicy_names. */
export const IOPOLICY_NAMES = ['numa', 'round-robin', 'queue-depth'] as const;
export type IopolicyName = (typeof IOPOLICY_NAMES)[number];
export const Iopolicy = { NUMA: 0, ROUND_ROBIN: 1, QUEUE_DEPTH: 2 } as const;

/** drivers/nvme/host/multipath.c: nvme_ana_state_names, in the core's own order. */
export const ACCESS_STATE_NAMES = [
  'optimized',
  'non-optimized',
  'inaccessible',
  'persistent-loss',
  'change',
] as const;
export type AccessStateName = (typeof ACCESS_STATE_NAMES)[number];
/** Only OPTIMIZED and NONOPTIMIZED carry I/O. */
export const AccessState = {
  OPTIMIZED: 0,
  NONOPTIMIZED: 1,
  INACCESSIBLE: 2,
  PERSISTENT_LOSS: 3,
  CHANGE: 4,
} as const;

/** drivers/nvme/host/sysfs.c: state_name. */
export const CONTROLLER_STATE_NAMES = [
  'new',
  'live',
  'resetting',
  'connecting',
  'deleting',
  'deleting (no IO)',
  'dead',
] as const;
export type ControllerStateName = (typeof CONTROLLER_STATE_NAMES)[number];
export const ControllerState = {
  NEW: 0,
  LIVE: 1,
  RESETTING: 2,
  CONNECTING: 3,
  DELETING: 4,
  DELETING_NOIO: 5,
  DEAD: 6,
} as const;

/** include/linux/topology.h. */
export const LOCAL_DISTANCE = 10;
export const REMOTE_DISTANCE = 20;
