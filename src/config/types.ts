import type { TransportType } from '../drivers/nvme/transport-type.js';
import type { AccessStateName, IopolicyName } from '../multipath/names.js';
import type { TargetsConfig } from './targets.js';

/**
 * A checked configuration: every default filled in, but for what a device may say of itself. That
 * is undefined where it is not configured; see topology/identify.ts.
 */
export interface Config {
  readonly disks: readonly DiskConfig[];
  /** Take in the machine's disks, those that `allow` and `deny` let. */
  readonly scan: boolean;
  /** Globs over wwid and device. Without any, all are allowed. */
  readonly allow: readonly string[];
  /** Never a path, not even of a disk that is there. */
  readonly deny: readonly string[];
  readonly targets: TargetsConfig;
  readonly machine: MachineConfig;
}

/** What the machine looks like to the policies. */
export interface MachineConfig {
  /**
   * NUMA node of each CPU, by CPU number, where it should differ from the machine's own
   * (to try NUMA behaviour on a machine with one node). Empty: the machine's own.
   */
  readonly cpu_nodes: readonly number[];
  /** Request entries of each queue. */
  readonly queue_depth: number;
  /** Who connects to NVMe controllers; undefined: as nvme-cli has it, else one of this machine's own. */
  readonly hostnqn: string | undefined;
  readonly hostid: string | undefined;
}

export interface DiskConfig {
  /** The personality: names, tree and vocabulary. */
  readonly kind: 'nvme' | 'scsi';
  /** Unique id as shown in sysfs. A file without one has it made from its device and inode. */
  readonly wwid: string | undefined;
  /** Undefined: the module parameter. */
  readonly iopolicy: IopolicyName | undefined;
  readonly delayed_removal_secs: number;
  readonly logical_block_size: 512 | 4096 | undefined;
  /** Disks with the same subsystem name share it, and its iopolicy. NVMe only. */
  readonly subsysnqn: string | undefined;
  /** NVMe only. Undefined: the lowest that is free in the subsystem. */
  readonly nsid: number | undefined;
  readonly model: string | undefined;
  /** Undefined: made from the wwid. */
  readonly serial: string | undefined;
  readonly firmware_rev: string | undefined;
  /** Seconds between two checks of a path, and between two attempts to reconnect. */
  readonly reconnect_delay: number;
  /** Seconds; -1 = off, never given up. */
  readonly ctrl_loss_tmo: number;
  /** Seconds; -1 = off. */
  readonly fast_io_fail_tmo: number;
  /** So many errors within so many seconds make a path marginal; 0 errors: never. */
  readonly marginal_path_failures: number;
  readonly marginal_path_window_secs: number;
  /** Seconds without an error that make it a normal path again; 0: it stays marginal. */
  readonly marginal_path_recovery_secs: number;
  readonly paths: readonly PathConfig[];
}

export interface PathConfig {
  /** A block device or regular file, absolute, or a port of a software target. */
  readonly device: string;
  /** -1 = no node. */
  readonly numa_node: number | undefined;
  /** Of a device that has none of its own. Undefined: optimized. */
  readonly access_state: AccessStateName | undefined;
  /** NVMe: of the path's controller, here and below. Undefined: loop. */
  readonly transport: TransportType | undefined;
  /** Undefined: `traddr=` and the device. */
  readonly address: string | undefined;
  /** Paths of one subsystem with the same number share a controller. Undefined: one of its own. */
  readonly cntlid: number | undefined;
  /** Undefined: the cntlid. */
  readonly ana_grpid: number | undefined;
}
