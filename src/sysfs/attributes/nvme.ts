import { CONTROLLER_STATE_NAMES, ControllerState } from '../../multipath/names.js';
import { Errno } from '../../shared/errno.js';
import type { NvmeController, NvmeSubsystem } from '../../topology/nvme.js';
import type { AttributeTable } from '../attribute.js';
import { line, padded } from '../format.js';
import type { MountInfo } from './about.js';

/** drivers/nvme/host/sysfs.c: what a subsystem and its controllers both say. */
export const IDENTITY: AttributeTable<NvmeSubsystem> = [
  // Identify strings have the width of their field.
  { name: 'model', mode: 0o444, show: ({ model }) => padded(model, 40) },
  { name: 'serial', mode: 0o444, show: ({ serial }) => padded(serial, 20) },
  { name: 'firmware_rev', mode: 0o444, show: ({ firmwareRev }) => padded(firmwareRev, 8) },
  { name: 'subsysnqn', mode: 0o444, show: ({ subsysnqn }) => line(subsysnqn) },
];

export const SUBSYSTEM: AttributeTable<NvmeSubsystem> = [
  { name: 'subsystype', mode: 0o444, show: () => line('nvm') },
];

export const CONTROLLER: AttributeTable<NvmeController> = [
  {
    name: 'state',
    mode: 0o444,
    show: ({ controller }) => line(CONTROLLER_STATE_NAMES[controller.state] ?? 'unknown state'),
  },
  { name: 'transport', mode: 0o444, show: ({ transport }) => line(transport) },
  { name: 'address', mode: 0o444, show: ({ address }) => line(address) },
  { name: 'cntlid', mode: 0o444, show: ({ cntlid }) => line(cntlid) },
  { name: 'cntrltype', mode: 0o444, show: () => line('io') },
  { name: 'dctype', mode: 0o444, show: () => line('none') },
  { name: 'numa_node', mode: 0o444, show: ({ numaNode }) => line(numaNode) },
  { name: 'hostnqn', mode: 0o444, show: ({ hostnqn }) => line(hostnqn) },
  { name: 'hostid', mode: 0o444, show: ({ hostid }) => line(hostid) },
  // The seconds between two checks, which keep the connection alive.
  { name: 'kato', mode: 0o444, show: ({ controller }) => line(controller.reconnectDelay) },
  // Commands passed through are not logged, and no switch changes that.
  { name: 'passthru_err_log_enabled', mode: 0o444, show: () => line('off') },
  {
    name: 'delete_controller',
    mode: 0o200,
    // Waits, as nvme_delete_ctrl_sync does.
    store: async (controller) => {
      if (controller.controller.state === ControllerState.NEW) return -Errno.EBUSY;
      await controller.delete();
      return 0;
    },
  },
  { name: 'reset_controller', mode: 0o200, store: (controller) => controller.reset() },
  {
    name: 'rescan_controller',
    mode: 0o200,
    // Who wrote sees the new sizes: the kernel only queues the scan.
    store: async (controller) => {
      await controller.rescan();
      return 0;
    },
  },
];

/** The queues that all controllers share. */
export const CONTROLLER_QUEUES: AttributeTable<MountInfo> = [
  // One for each reactor; the checks, which the main thread does, stand for the admin queue.
  { name: 'queue_count', mode: 0o444, show: ({ reactors }) => line(reactors + 1) },
  // From 0, as in CAP.MQES.
  { name: 'sqsize', mode: 0o444, show: ({ queueDepth }) => line(queueDepth - 1) },
];

/** nvme_class_uevent. Of the keys in the address, those that nvme_sysfs_show_address takes from the options. */
export function controllerEnv({ transport, address }: NvmeController): string[] {
  const env = [`NVME_TRTYPE=${transport}`];
  // PCI has no options: its address is that of the function.
  if (!address.includes('traddr=')) return env;
  const keys = new Map(
    address.split(/,(?=[a-z_]+=)/).map((pair) => {
      const [key = '', ...value] = pair.split('=');
      return [key, value.join('=')] as const;
    }),
  );
  for (const key of ['traddr', 'trsvcid', 'host_traddr', 'host_iface']) {
    env.push(`NVME_${key.toUpperCase()}=${keys.get(key) ?? 'none'}`);
  }
  return env;
}
