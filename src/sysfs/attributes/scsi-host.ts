import { Errno } from '../../shared/errno.js';
import type { ScsiHost } from '../../topology/scsi.js';
import type { AttributeTable } from '../attribute.js';
import { line } from '../format.js';
import { streq } from '../parse.js';

/**
 * drivers/scsi/scsi_sysfs.c: scsi_sysfs_shost_attrs, the class scsi_host; SCSI_HOST_QUEUES has
 * the rest. Not here is use_blk_mq.
 */
export const SCSI_HOST: AttributeTable<ScsiHost> = [
  { name: 'proc_name', mode: 0o444, show: () => line('mpathfs') },
  // 0 unless a driver gives one.
  { name: 'unique_id', mode: 0o444, show: () => line(0) },
  { name: 'host_busy', mode: 0o444, show: ({ path }) => line(path?.path.inflight() ?? 0) },
  // Pages of the largest request, as in `queue/max_segments`.
  { name: 'sg_tablesize', mode: 0o444, show: () => line(256) },
  // No protection information.
  { name: 'sg_prot_tablesize', mode: 0o444, show: () => line(0) },
  { name: 'prot_capabilities', mode: 0o444, show: () => line(0) },
  { name: 'prot_guard_type', mode: 0o444, show: () => line(0) },
  { name: 'supported_mode', mode: 0o444, show: () => line('Initiator') },
  { name: 'active_mode', mode: 0o444, show: () => line('Initiator') },
  { name: 'scan', mode: 0o200, store: storeScan },
  {
    // The kernel also takes `cancel`, after which the host is of no use.
    name: 'state',
    mode: 0o644,
    show: () => line('running'),
    store: (_, text) => (text.startsWith('running\n') ? 0 : -Errno.EINVAL),
  },
  {
    // There is no host_reset in the host's template.
    name: 'host_reset',
    mode: 0o200,
    store: (_, text) =>
      streq(text, 'adapter') || streq(text, 'firmware') ? -Errno.EOPNOTSUPP : -Errno.EINVAL,
  },
  {
    // Nor an eh_host_reset_handler.
    name: 'eh_deadline',
    mode: 0o644,
    show: () => line('off'),
    store: () => -Errno.EINVAL,
  },
];

/** scsi_scan: channel, id and LUN, `-` for each, in columns of so many characters. */
const SCAN_WIDTHS = [10, 10, 16] as const;

function storeScan(host: ScsiHost, text: string): number | Promise<number> {
  const [channel, id, lun, ...rest] = fields(text, SCAN_WIDTHS);
  if (channel === undefined || id === undefined || lun === undefined) return -Errno.EINVAL;
  if (rest.length > 0) return -Errno.EINVAL;
  const [c, i, l] = [checkSet(channel), checkSet(id), checkSet(lun)];
  if (Number.isNaN(c) || Number.isNaN(i) || Number.isNaN(l)) return -Errno.EINVAL;
  return host.scan(c, i, l);
}

/** sscanf("%10s %10s %16s %c"): a longer word goes on in the next field. */
function fields(text: string, widths: readonly number[]): string[] {
  const found: string[] = [];
  let rest = text.trimStart();
  for (const width of widths) {
    const word = /^\S*/.exec(rest.slice(0, width))?.[0] ?? '';
    if (word === '') return found;
    found.push(word);
    rest = rest.slice(word.length).trimStart();
  }
  return rest === '' ? found : [...found, rest];
}

/** check_set: `-`, or an unsigned number as simple_strtoull reads it, which is all there is; else NaN. */
function checkSet(word: string): number | undefined {
  if (word === '-') return undefined;
  if (/^0[0-7]+$/.test(word)) return Number.parseInt(word, 8);
  return /^(0|[1-9]\d*|0x[0-9a-f]+)$/i.test(word) ? Number(word) : Number.NaN;
}
