import { existsSync } from 'node:fs';
import { attribute, blockDirectory, subsystemOf, type Devt } from './sysfs.js';

/**
 * What the kernel has behind a block device: `nvme`, a namespace of one controller; `nvme-head`,
 * one that the kernel reaches through several controllers itself; `scsi`, a disk.
 */
export type KernelDevice = 'nvme' | 'nvme-head' | 'scsi' | 'other';

/** SCSI peripheral device types that are disks: direct access, simplified, host-managed zoned. */
const SCSI_DISKS: readonly (string | undefined)[] = ['0', '14', '20'];

/** Tells whole disks apart by their sysfs; a partition is `other`. */
export function kernelDevice(sys: string, devt: Devt): KernelDevice {
  const directory = blockDirectory(sys, devt);
  if (existsSync(`${directory}/partition`)) return 'other';
  const subsystem = subsystemOf(`${directory}/device`);
  if (subsystem === 'nvme') return 'nvme';
  if (subsystem === 'nvme-subsystem') return 'nvme-head';
  const disk = SCSI_DISKS.includes(attribute(`${directory}/device/type`));
  return subsystem === 'scsi' && disk ? 'scsi' : 'other';
}
