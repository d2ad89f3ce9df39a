import type { AccessStateName, IopolicyName } from '../multipath/names.js';

/** What connects an NVMe controller, as its attribute `transport` shows it. */
export const TRANSPORT_TYPES = ['loop', 'pcie', 'tcp', 'rdma', 'fc'] as const;
export type TransportType = (typeof TRANSPORT_TYPES)[number];

/** A checked configuration: every default filled in. */
export interface Config {
  readonly disks: readonly DiskConfig[];
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
  /** Unique id as shown in sysfs; made from the first path's device and inode if not given. */
  readonly wwid: string | undefined;
  /** Undefined: the module parameter. */
  readonly iopolicy: IopolicyName | undefined;
  readonly delayed_removal_secs: number;
  readonly logical_block_size: 512 | 4096 | undefined;
  /** Disks with the same subsystem name share it, and its iopolicy. NVMe only. */
  readonly subsysnqn: string | undefined;
  /** NVMe only. Undefined: the lowest that is free in the subsystem. */
  readonly nsid: number | undefined;
  readonly model: string;
  readonly serial: string;
  readonly firmware_rev: string;
  /** Seconds between two checks of a path, and between two attempts to reconnect. */
  readonly reconnect_delay: number;
  /** Seconds; -1 = off, never given up. */
  readonly ctrl_loss_tmo: number;
  /** Seconds; -1 = off. */
  readonly fast_io_fail_tmo: number;
  readonly paths: readonly PathConfig[];
}

export interface PathConfig {
  /** A block device or regular file, absolute. */
  readonly device: string;
  /** -1 = no node. */
  readonly numa_node: number;
  readonly access_state: AccessStateName;
  /** NVMe: of the path's controller, here and below. */
  readonly transport: TransportType;
  /** Undefined: `traddr=` and the device. */
  readonly address: string | undefined;
  /** Paths of one subsystem with the same number share a controller. Undefined: one of its own. */
  readonly cntlid: number | undefined;
  /** Undefined: the cntlid. */
  readonly ana_grpid: number | undefined;
}
