import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import type { TreeNode } from '../../../src/fuse/node.js';
import { nodes } from './listing.js';
import { ScsiFixture } from './scsi-fixture.js';

const CAPTURE = fileURLToPath(
  new URL('../../../../test/fixtures/golden-scsi/tcm-loop-6.12.tree.txt', import.meta.url),
);
const HOST = '/sys/devices/platform/host0';
const SDEV = 'target0:0:0/0:0:0:0';
const DISK = `${SDEV}/block/sda:0`;

/** Places below the host that differ, and why. `+` is not in the capture, `-` not in our tree. */
const ALLOWED: readonly (readonly [reason: string, below: string, places: readonly string[]])[] = [
  [
    'numbers of its own: queues, and no protection information',
    'scsi_host/host0',
    [
      ' can_queue',
      ' cmd_per_lun',
      ' nr_hw_queues',
      ' prot_capabilities',
      ' prot_guard_type',
      ' sg_prot_tablesize',
    ],
  ],
  ['the name of the driver', 'scsi_host/host0', [' proc_name']],
  ['there is no blk-mq', 'scsi_host/host0', ['-use_blk_mq']],
  ['the multipath series has ALUA without a device handler', SDEV, [' dh_state']],
  ['counters', SDEV, [' iodone_cnt', ' ioerr_cnt', ' iorequest_cnt']],
  ['no command is ever given up', SDEV, ['-eh_timeout', '-timeout']],
  ['the depth is that of all reactors, and fixed', SDEV, [' queue_depth', '-queue_ramp_up_period']],
  ['no command duration limits', SDEV, ['-cdl_enable', '-cdl_supported']],
  ['no SCSI commands can be sent: no sg, no bsg', SDEV, ['-bsg', '-generic', '-scsi_generic']],
  [
    'the same',
    `${SDEV}/scsi_generic`,
    ['-sg0', '-sg0/dev', '-sg0/device', '-sg0/subsystem', '-sg0/uevent'],
  ],
  ['version fields are left out; no explicit ALUA, no 3PC, no protection', SDEV, [' inquiry']],
  ['no page 0x86 or 0xb3', SDEV, [' vpd_pg0']],
  ['the serial number without a NUL', SDEV, [' vpd_pg80']],
  ['the designators of the unit only, none of ports', SDEV, [' vpd_pg83']],
  ['other limits, and the length of SBC-3', SDEV, [' vpd_pgb0']],
  ['read-only', `${SDEV}/scsi_disk/0:0:0:0`, [' protection_type', ' provisioning_mode']],
  ['a device has a cache', `${SDEV}/scsi_disk/0:0:0:0`, [' cache_type']],
  [
    'nothing to start, stop, retry or choose',
    `${SDEV}/scsi_disk/0:0:0:0`,
    [
      '-allow_restart',
      '-manage_runtime_start_stop',
      '-manage_shutdown',
      '-manage_start_stop',
      '-manage_system_start_stop',
      '-max_medium_access_timeouts',
      '-max_retries',
      '-max_write_same_blocks',
      '-zeroing_mode',
    ],
  ],
  ['the disk of a path is hidden', DISK, ['-bdi', '-dev', ' hidden', ' partscan', ' uevent']],
  ['counters', DISK, [' stat']],
  ['the multipath series', DISK, ['+mpath_dev', '+mpath_numa_nodes', '+mpath_queue_depth']],
  [
    'multipath counters, as NVMe has them',
    DISK,
    [
      '+diag',
      '+diag/command_error_count',
      '+diag/command_retry_count',
      '+diag/multipath_failover_count',
    ],
  ],
  ['for trying failures out', DISK, ['+make-it-fail', '+make-it-slow']],
  ['our own', DISK, ['+marginal']],
];

/** The capture's tree with our names, links as where they lead to. */
function golden(): Map<string, string> {
  const tree = new Map<string, string>();
  for (const text of readFileSync(CAPTURE, 'utf8').trimEnd().split('\n')) {
    if (text.startsWith('#') || text.endsWith('/host0/ D')) continue;
    const [, place = '', rest = ''] = /^(\S+) (.*)$/.exec(text) ?? [];
    const path = place.replace(/\/$/, '');
    const [, target] = /^L -> (.*)$/.exec(rest) ?? [];
    tree.set(
      ours(path),
      target === undefined ? rest : `L ${ours(posix.join(posix.dirname(path), target))}`,
    );
  }
  return tree;
}

/** The host is no platform device there; its target has id 1; its disk is no path. */
function ours(path: string): string {
  return path
    .replace('/sys/devices/tcm_loop_0/tcm_loop_adapter_0/', '/sys/devices/platform/')
    .replaceAll('0:0:1', '0:0:0')
    .replace(/\/block\/sda(?=\/|$)/, '/block/sda:0');
}

function describe(path: string, node: TreeNode): string {
  const mode = node.mode.toString(8).padStart(4, '0');
  if (node.kind === 'directory') return `D ${mode}`;
  if (node.kind === 'link') return `L ${posix.join(posix.dirname(path), node.target())}`;
  if (node.kind !== 'attribute') return node.kind;
  const shown = node.show === undefined ? -13 : node.show();
  if (shown instanceof Uint8Array) return `F ${mode} hex:${Buffer.from(shown).toString('hex')}`;
  return `F ${mode} ${shown === -13 ? '!EACCES' : JSON.stringify(shown)}`;
}

test('a scsi_device and its host differ from those of tcm_loop only where they have to', (t) => {
  const fixture = ScsiFixture.withPaths(1, {
    vendor: 'LIO-ORG',
    model: 'RAMDISK-MCP',
    revision: '4.0',
    serial: 'e3e3e3e3-0000-0000-0000-000000000001',
    wwid: 'naa.6001405e3e3e3e300000000000000000',
    capacity: 128 << 20,
  });
  const mine = new Map<string, string>();
  for (const [place, node] of nodes(fixture.root)) {
    const path = `/${place}`;
    if (!path.startsWith(`${HOST}/`) || path.includes('/sda:0/queue')) continue;
    mine.set(path, describe(path, node));
  }
  const theirs = golden();
  const differing = new Set<string>();
  for (const path of new Set([...theirs.keys(), ...mine.keys()])) {
    if (theirs.get(path) === mine.get(path)) continue;
    const sign = !theirs.has(path) ? '+' : !mine.has(path) ? '-' : ' ';
    differing.add(`${sign}${path.slice(HOST.length + 1)}`);
  }
  const allowed = ALLOWED.flatMap(([, below, places]) =>
    places.map((place) => `${place.slice(0, 1)}${below}/${place.slice(1)}`),
  );
  t.deepEqual([...differing].sort(), allowed.sort());
});
