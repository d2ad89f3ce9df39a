/** The keys of a configuration. Rules between keys are in rules.ts. */
import { z } from 'zod';
import { ALUA_STATE_NAMES, targetsShape, type AluaStateName } from './targets.js';
import { TRANSPORT_TYPES } from '../drivers/nvme/transport-type.js';
import { MAX_PATHS_PER_HEAD } from '../shared/layout.js';
import { MARGINAL_DEFAULTS } from '../multipath/marginal.js';
import { ACCESS_STATE_NAMES, IOPOLICY_NAMES } from '../multipath/names.js';
import type { AccessStateName } from '../multipath/names.js';
import { ascii, integer, must, nqn, oneOf, seconds, secondsOrOff } from './values.js';

const MAX_NODE = 1023;
const MAX_CPUS = 8192;
const MAX_QUEUE_DEPTH = 512;
/** NVMe base specification: 0xfff0 and above are not controllers. */
const MAX_CNTLID = 0xffef;
const MAX_NSID = 0xfffffffe;
const MAX_GROUP = 0xffffffff;
const MAX_ADDRESS = 255;
const MAX_FAILURES = 1000000;

/** The core's state for each. */
export const SCSI_ACCESS_STATES = {
  'active/optimized': 'optimized',
  'active/non-optimized': 'non-optimized',
  standby: 'inaccessible',
  unavailable: 'inaccessible',
  offline: 'persistent-loss',
  transitioning: 'change',
} as const satisfies Record<AluaStateName, AccessStateName>;

function wwid(pattern: RegExp, examples: string) {
  const rule = must(`a string like ${examples}`);
  return z.string(rule).regex(pattern, rule);
}

/** drivers/nvme/host/sysfs.c: wwid_show. */
const nvmeWwid = wwid(
  /^(uuid\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|eui\.([0-9a-f]{16}|[0-9a-f]{32})|nvme\.[0-9a-f]{4}-([0-9a-f]{2})+-([0-9a-f]{2})+-[0-9a-f]{8})$/,
  '"uuid.01234567-89ab-cdef-0123-456789abcdef", "eui." with 16 or 32 lower-case hex digits, or "nvme.VVVV-SERIAL-MODEL-NNNNNNNN" in hex',
);
/** drivers/scsi/scsi_lib.c: scsi_vpd_lun_id. */
const scsiWwid = wwid(
  /^(naa\.([0-9a-f]{16}|[0-9a-f]{32})|eui\.([0-9a-f]{16}|[0-9a-f]{24}|[0-9a-f]{32})|t10\.[!-~][ -~]{0,247}|uuid\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/,
  '"naa." with 16 or 32 lower-case hex digits, "eui." with 16, 24 or 32, or "t10.VENDOR..."',
);

const blockSize = z
  .unknown()
  .transform((value, context): 512 | 4096 => {
    if (value === 512n) return 512;
    if (value === 4096n) return 4096;
    context.addIssue({ code: 'custom', message: 'must be 512 or 4096' });
    return z.NEVER;
  })
  .optional();

const devicePath = z
  .string(must('a block device, a file, or a port of a target'))
  .regex(/^[^\0]+$/, 'must be a block device, a file, or a port of a target');

const hostId = must('a UUID in lower-case hex digits');

const pathKeys = {
  device: devicePath,
  numa_node: integer(-1, MAX_NODE).optional(),
};
const pathTable = must('a table with a device');
const nvmePath = z.strictObject(
  {
    ...pathKeys,
    ana_state: oneOf(ACCESS_STATE_NAMES).optional(),
    ana_grpid: integer(1, MAX_GROUP).optional(),
    cntlid: integer(0, MAX_CNTLID).optional(),
    transport: oneOf(TRANSPORT_TYPES).optional(),
    address: ascii(MAX_ADDRESS).optional(),
  },
  pathTable,
);
const scsiPath = z.strictObject(
  { ...pathKeys, access_state: oneOf(ALUA_STATE_NAMES).optional() },
  pathTable,
);

function paths<T extends z.ZodType>(path: T) {
  const rule = must('given as at least one [[disk.path]]');
  return z
    .array(path, rule)
    .min(1, rule)
    .max(MAX_PATHS_PER_HEAD, `has more than ${MAX_PATHS_PER_HEAD} paths`);
}

const diskKeys = {
  iopolicy: oneOf(IOPOLICY_NAMES).optional(),
  delayed_removal_secs: seconds(0).default(0),
  logical_block_size: blockSize,
  reconnect_delay: seconds(1).default(1),
  ctrl_loss_tmo: secondsOrOff.default(-1),
  fast_io_fail_tmo: secondsOrOff.default(0),
  marginal_path_failures: integer(0, MAX_FAILURES).default(MARGINAL_DEFAULTS.failures),
  marginal_path_window_secs: seconds(1).default(MARGINAL_DEFAULTS.windowSecs),
  marginal_path_recovery_secs: seconds(0).default(MARGINAL_DEFAULTS.recoverySecs),
};

const nvmeDisk = z.strictObject({
  kind: z.literal('nvme'),
  ...diskKeys,
  wwid: nvmeWwid.optional(),
  subsysnqn: nqn.optional(),
  nsid: integer(1, MAX_NSID).optional(),
  model: ascii(40).optional(),
  serial: ascii(20).optional(),
  firmware_rev: ascii(8).optional(),
  path: paths(nvmePath),
});

const scsiDisk = z.strictObject({
  kind: z.literal('scsi'),
  ...diskKeys,
  wwid: scsiWwid.optional(),
  model: ascii(16).optional(),
  serial: ascii(20).optional(),
  firmware_rev: ascii(4).optional(),
  path: paths(scsiPath),
});

const diskKind = {
  error: ({ input }: { input?: unknown }) =>
    typeof input === 'object' ? 'must be "nvme" or "scsi"' : 'must be a table',
};

/** The keys of a disk and of a path of it, by kind. */
export const DISK_KEYS: KeysByKind = { nvme: nvmeDisk.shape, scsi: scsiDisk.shape };
export const PATH_KEYS: KeysByKind = { nvme: nvmePath.shape, scsi: scsiPath.shape };
type KeysByKind = Readonly<Record<'nvme' | 'scsi', Readonly<Record<string, z.ZodType>>>>;

/** Globs: of a wwid, or of a device's name. */
const patterns = z
  .array(
    z.string(must('a pattern')).min(1, 'must be a pattern'),
    must('an array of patterns like "naa.6001405*" and "/dev/nvme*"'),
  )
  .optional();

export const schema = z.strictObject({
  scan: z.boolean(must('true or false')).default(false),
  allow: patterns,
  deny: patterns,
  ...targetsShape,
  machine: z
    .strictObject(
      {
        cpu_nodes: z
          .array(integer(0, MAX_NODE), must('an array with one NUMA node for each CPU'))
          .max(MAX_CPUS, `has more than ${MAX_CPUS} CPUs`)
          .default([]),
        queue_depth: integer(1, MAX_QUEUE_DEPTH).default(64),
        hostnqn: nqn.optional(),
        hostid: z
          .string(hostId)
          .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, hostId)
          .optional(),
      },
      must('a table'),
    )
    .default({ cpu_nodes: [], queue_depth: 64 }),
  disk: z
    .array(z.discriminatedUnion('kind', [nvmeDisk, scsiDisk], diskKind), must('given as [[disk]]'))
    .default([]),
});

export type ConfigText = z.output<typeof schema>;
export type DiskText = ConfigText['disk'][number];
export type NvmeDiskText = Extract<DiskText, { kind: 'nvme' }>;
export type NvmePathText = NvmeDiskText['path'][number];
