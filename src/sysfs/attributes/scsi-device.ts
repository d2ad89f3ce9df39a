import type { ScsiIdentity } from '../../drivers/identity.js';
import type { Path } from '../../multipath/path.js';
import type { IoStat } from '../../multipath/stat.js';
import { Errno } from '../../shared/errno.js';
import type { ScsiPath } from '../../topology/scsi.js';
import type { AttributeDeclaration, AttributeTable } from '../attribute.js';
import { line, padded } from '../format.js';
import type { ScsiDevice } from './scsi-device-state.js';
import {
  blockDeviceCharacteristics,
  blockLimits,
  deviceIdentification,
  INQUIRY_VERSION,
  logicalBlockProvisioning,
  Page,
  standardInquiry,
  supportedPages,
  unitSerialNumber,
} from './vpd-pages.js';

/**
 * drivers/scsi/scsi_sysfs.c: what a scsi_device is, and what it counts; SCSI_DEVICE_STATE and
 * SCSI_DEVICE_QUEUES have the rest. Not here is what a path has not: timeout and eh_timeout (no
 * command is ever given up), queue_ramp_up_period, cdl_*.
 */
export const SCSI_DEVICE: AttributeTable<ScsiDevice> = [
  // TYPE_DISK.
  { name: 'type', mode: 0o444, show: () => line(0) },
  { name: 'modalias', mode: 0o444, show: () => line('scsi:t-0x00') },
  {
    // One more than the version in the INQUIRY data (scsi_probe_lun).
    name: 'scsi_level',
    mode: 0o444,
    show: ({ path }) => line(((identityOf(path)?.inquiry[2] ?? INQUIRY_VERSION) & 0x0f) + 1),
  },
  {
    name: 'vendor',
    mode: 0o444,
    show: ({ path }) => padded((identityOf(path) ?? path.disk).vendor, 8),
  },
  {
    name: 'model',
    mode: 0o444,
    show: ({ path }) => padded((identityOf(path) ?? path.disk).model, 16),
  },
  {
    name: 'rev',
    mode: 0o444,
    show: ({ path }) => padded((identityOf(path) ?? path.disk).revision, 4),
  },
  { name: 'wwid', mode: 0o444, show: ({ path }) => line(path.disk.wwid) },
  // No flag of scsi_devinfo is set for it.
  { name: 'blacklist', mode: 0o444, show: () => '' },
  {
    // It may complete commands in any order. A write is taken, and ignored.
    name: 'queue_type',
    mode: 0o644,
    show: () => line('simple'),
    store: () => 0,
  },
  { name: 'device_busy', mode: 0o444, show: ({ path }) => line(path.path.inflight()) },
  // A count of QUEUE FULL answers to wait for; there are none.
  { name: 'device_blocked', mode: 0o444, show: () => line(0) },
  // Of the counters below, which are atomic_t in the kernel.
  { name: 'iocounterbits', mode: 0o444, show: () => line(32) },
  counter('iorequest_cnt', (path) => completed(path.stat) + path.inflight()),
  counter('iodone_cnt', (path) => completed(path.stat)),
  // Those that failed over and those that nobody could take.
  counter('ioerr_cnt', (path) => path.failovers + path.errorCount),
  // No command is ever timed out.
  counter('iotmo_cnt', () => 0),
  ...[
    'capacity_change_reported',
    'inquiry_change_reported',
    'lun_change_reported',
    'media_change',
    'mode_parameter_change_reported',
    'soft_threshold_reached',
  ].map(
    // Whether it reports such an event by itself (sdev_evt_send): a device file reports nothing.
    (event) => ({ name: `evt_${event}`, mode: 0o444, show: () => line(0) }),
  ),
  {
    name: 'inquiry',
    mode: 0o444,
    size: 0,
    show: ({ path }) => identityOf(path)?.inquiry ?? standardInquiry(path.disk),
  },
  page(Page.SUPPORTED_PAGES, () => supportedPages()),
  page(Page.UNIT_SERIAL_NUMBER, ({ disk }) => unitSerialNumber(disk.serial)),
  page(Page.DEVICE_IDENTIFICATION, ({ disk }) => deviceIdentification(disk)),
  page(Page.BLOCK_LIMITS, ({ limits }) => blockLimits(limits)),
  page(Page.BLOCK_DEVICE_CHARACTERISTICS, ({ limits }) => blockDeviceCharacteristics(limits)),
  page(Page.LOGICAL_BLOCK_PROVISIONING, ({ limits }) => logicalBlockProvisioning(limits)),
];

/** What the unit says of itself through this path; a file says nothing. */
function identityOf({ opened }: ScsiPath): ScsiIdentity | undefined {
  return opened.identity?.kind === 'scsi' ? opened.identity : undefined;
}

/** drivers/scsi/sd.c: sd_disk_attrs, the class scsi_disk. Read-only: there is nothing to set. */
export const SCSI_DISK: AttributeTable<ScsiPath> = [
  { name: 'FUA', mode: 0o444, show: () => line(0) },
  // As in `queue/write_cache`: what a device holds in its cache is safe only after a flush.
  { name: 'cache_type', mode: 0o444, show: () => line('write back') },
  {
    name: 'provisioning_mode',
    mode: 0o444,
    show: ({ limits }) => line(limits.maxDiscardBytes > 0 ? 'unmap' : 'full'),
  },
  {
    name: 'thin_provisioning',
    mode: 0o444,
    show: ({ limits }) => line(limits.maxDiscardBytes > 0 ? 1 : 0),
  },
  // No protection information, no zones.
  { name: 'protection_type', mode: 0o444, show: () => line(0) },
  { name: 'protection_mode', mode: 0o444, show: () => line('none') },
  { name: 'app_tag_own', mode: 0o444, show: () => line(0) },
  { name: 'zoned_cap', mode: 0o444, show: () => line('none') },
];

/** `"0x%llx\n"`, and it wraps as an atomic_t does. */
function counter(name: string, of: (path: Path) => number): AttributeDeclaration<ScsiDevice> {
  return {
    name,
    mode: 0o444,
    show: ({ path }) => line(`0x${(of(path.path) >>> 0).toString(16)}`),
  };
}

function completed({ readIos, writeIos, discardIos, flushIos }: IoStat): number {
  return readIos + writeIos + discardIos + flushIos;
}

/**
 * A binary attribute (sdev_vpd_pg_attr): the page as the unit sent it, there if the unit has it;
 * of a file `made`.
 */
function page(
  code: number,
  made: (path: ScsiPath) => Uint8Array,
): AttributeDeclaration<ScsiDevice> {
  return {
    name: `vpd_pg${code.toString(16)}`,
    mode: 0o444,
    size: 0,
    show: ({ path }) => {
      const identity = identityOf(path);
      return identity === undefined ? made(path) : (identity.vpd.get(code) ?? -Errno.EINVAL);
    },
    visible: ({ path }) => identityOf(path)?.vpd.has(code) ?? true,
  };
}
