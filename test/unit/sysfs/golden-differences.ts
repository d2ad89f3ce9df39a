/** What the tree of mpathfs has otherwise than a captured one, and why. */
interface Difference {
  readonly why: string;
  /** The captures that it is in; all of them if not given. */
  readonly only?: RegExp;
  /** `missing`, `added` and a place; `mode` and `value` with ours behind it, which may be left out. */
  readonly differ: readonly string[];
}

/** The same of a head and of a path: `value queue/fua = 0`. */
function both(...differences: readonly string[]): string[] {
  return ['head', 'path'].flatMap((place) =>
    differences.map((difference) => difference.replace(' ', ` ${place}/`)),
  );
}

const SETTINGS = [
  'add_random',
  'discard_max_bytes',
  'io_poll',
  'io_poll_delay',
  'iostats',
  'max_sectors_kb',
  'nomerges',
  'read_ahead_kb',
  'rotational',
  'stable_writes',
  'write_cache',
];

export const DIFFERENCES: readonly Difference[] = [
  {
    why: 'no counterpart: power management, protection information, tracing, a page cache of its own, hardware queues, sensors',
    differ: [
      ...both('missing power', 'missing integrity', 'missing trace'),
      ...['missing head/bdi', 'missing path/mq', 'missing generic/power'],
      ...['missing subsystem/power', 'missing controller/power', 'missing controller/hwmon'],
    ],
  },
  { why: 'the same of ctl', only: /tcp|loop/, differ: ['missing ctl/power'] },
  {
    why: 'no counterpart: authentication',
    only: /(tcp|loop)-6\.12/,
    differ: ['missing controller/dhchap_secret', 'missing controller/dhchap_ctrl_secret'],
  },
  {
    why: 'no counterpart: character devices; the disks in dev are files, with the mode that udev gives',
    differ: ['missing /dev/nvme', 'value /dev/nvme', 'mode /dev/nvme = 0660'],
  },
  {
    why: 'the same of what only these have',
    only: /tcp|loop/,
    differ: ['missing /dev/ng', 'missing /dev/nvme-fabrics'],
  },
  {
    why: 'no counterpart: requests of a queue are those of the whole mount, writeback is not throttled',
    differ: ['missing path/queue/nr_requests', 'missing path/queue/wbt_lat_usec'],
  },
  {
    why: "no counterpart: a request has no timeout but the device's own",
    only: /tcp|pcie/,
    differ: ['missing path/queue/io_timeout'],
  },
  {
    why: 'no counterpart: what the driver does for real controllers',
    only: /pcie/,
    differ: [
      'missing parameters/admin_timeout',
      'missing parameters/apst_primary_latency_tol_us',
      'missing parameters/apst_primary_timeout_ms',
      'missing parameters/apst_secondary_latency_tol_us',
      'missing parameters/apst_secondary_timeout_ms',
      'missing parameters/default_ps_max_latency_us',
      'missing parameters/force_apst',
      'missing parameters/io_timeout',
      'missing parameters/max_retries',
      'missing parameters/shutdown_timeout',
    ],
  },
  {
    why: 'the same, new in 6.12',
    only: /pcie-6\.12/,
    differ: ['missing parameters/disable_pi_offsets'],
  },
  {
    why: 'a queue is as its devices are: what would do nothing is read-only',
    differ: [
      ...both(...SETTINGS.map((name) => `mode queue/${name} = 0444`)),
      ...['mode path/queue/rq_affinity = 0444', 'mode path/queue/scheduler = 0444'],
    ],
  },
  {
    why: 'commands passed through are not logged, and no switch changes that',
    only: /6\.12/,
    differ: [
      ...both('mode passthru_err_log_enabled = 0444'),
      'mode controller/passthru_err_log_enabled = 0444',
    ],
  },
  {
    why: 'what a request of FUSE can be: 256 pages at any address, one range to discard, no FUA',
    differ: both(
      'value queue/max_hw_sectors_kb = 1024',
      'value queue/max_sectors_kb = 1024',
      'value queue/max_discard_segments = 1',
      'value queue/dma_alignment = 0',
      'value queue/virt_boundary_mask = 0',
      'value queue/fua = 0',
    ),
  },
  {
    why: 'the same; loop has 256 segments, too',
    only: /tcp|pcie/,
    differ: both('value queue/max_segments = 256'),
  },
  {
    why: 'what a reactor does: no merging, no scheduler, no read-ahead of a path, the CPU that submitted completes',
    differ: [
      ...both('value queue/nomerges = 2'),
      'value path/queue/scheduler = none',
      'value path/queue/read_ahead_kb = 0',
      'value path/queue/rq_affinity = 2',
    ],
  },
  {
    why: 'nothing is known of atomic writes',
    only: /6\.12/,
    differ: [
      'value path/queue/atomic_write_max_bytes = 0',
      'value path/queue/atomic_write_unit_max_bytes = 0',
      'value path/queue/atomic_write_unit_min_bytes = 0',
    ],
  },
  {
    why: 'no metadata, so none in segments',
    only: /pcie-6\.12/,
    differ: both('value queue/max_integrity_segments = 0'),
  },
  {
    why: 'numbers given out: here a head comes before its first path, and hidden disks have no minors',
    differ: [...both('value diskseq', 'value uevent'), ...['value head/dev']],
  },
  {
    why: 'the same: two scans ran at a time there',
    only: /tcp-6\.12/,
    differ: ['value generic/dev', 'value generic/uevent'],
  },
  { why: 'counters of I/O', differ: ['value path/stat'] },
  { why: 'the same; a head on 6.1 counts nothing', only: /6\.12/, differ: ['value head/stat'] },
  { why: 'the seconds between two checks', differ: ['value controller/kato'] },
  {
    why: 'queue_depth of the configuration, here that of the captured fabrics',
    only: /pcie/,
    differ: ['value controller/sqsize = 127'],
  },
  {
    why: 'a file does not say that it has no ANA: the configuration has a state for it',
    only: /pcie/,
    differ: ['added path/ana_state', 'added path/ana_grpid'],
  },
  {
    why: 'controllers of every transport are deleted, lost and connected again as those of the fabrics are',
    only: /pcie/,
    differ: [
      'added controller/delete_controller',
      'added controller/ctrl_loss_tmo',
      'added controller/reconnect_delay',
      'added controller/fast_io_fail_tmo',
      'added controller/hostnqn',
      'added controller/hostid',
    ],
  },
  {
    why: 'the place of controllers instead of a PCI function',
    only: /pcie/,
    differ: [
      'added /sys/devices/virtual/nvme-fabrics/ctl',
      'added ctl/subsystem',
      'added ctl/uevent',
      'value controller/device = /sys/devices/virtual/nvme-fabrics/ctl',
    ],
  },
  {
    why: 'newer than these kernels',
    differ: [
      'added path/numa_nodes',
      'added path/queue_depth',
      'added path/diag',
      'added path/diag/command_error_count',
      'added path/diag/command_retry_count',
      'added path/diag/multipath_failover_count',
      'added head/delayed_removal_secs',
      'added head/diag',
      'added head/diag/io_fail_no_available_path_count',
      'added head/diag/io_requeue_no_usable_path_count',
      'added head/multipath',
      'added head/multipath/nvme',
      'added controller/diag',
      'added controller/diag/command_error_count',
      'added controller/diag/reconnect_count',
      'added controller/diag/reset_count',
    ],
  },
  {
    why: 'faults at will: the one is in kernels built for it, the other is our own',
    differ: ['added path/make-it-fail', 'added path/make-it-slow'],
  },
  {
    why: 'marginal paths are our own: the kernel has no counterpart yet',
    differ: [
      'added path/marginal',
      'added head/marginal_path_failures',
      'added head/marginal_path_recovery_secs',
      'added head/marginal_path_window_secs',
    ],
  },
  {
    why: 'newer than 6.1',
    only: /6\.1-/,
    differ: [
      ...both(
        'added csi',
        'added metadata_bytes',
        'added nuse',
        'added partscan',
        'added passthru_err_log_enabled',
        'added queue/atomic_write_boundary_bytes',
        'added queue/atomic_write_max_bytes',
        'added queue/atomic_write_unit_max_bytes',
        'added queue/atomic_write_unit_min_bytes',
      ),
      'added controller/passthru_err_log_enabled',
    ],
  },
  {
    why: 'gone since 6.1: a queue of bios has no requests to set',
    only: /6\.1-/,
    differ: [
      'missing head/queue/nr_requests',
      'missing head/queue/rq_affinity',
      'missing head/queue/scheduler',
      'missing head/queue/wbt_lat_usec',
    ],
  },
  {
    why: 'other since 6.1',
    only: /6\.1-/,
    differ: [
      'value head/queue/io_poll_delay = -1',
      'value head/queue/iostats = 1',
      'value path/capability = 0',
    ],
  },
  {
    why: '6.1 took the head of blocks of 4096 for misaligned',
    only: /tcp-6\.1-/,
    differ: [
      'value head/alignment_offset = 0',
      'value head/discard_alignment = 0',
      'value head/queue/optimal_io_size = 512',
    ],
  },
  {
    why: 'dynamic majors: these are of 6.12',
    only: /6\.1-/,
    differ: [
      'value controller/dev',
      'value controller/uevent',
      'value generic/dev',
      'value generic/uevent',
    ],
  },
];
