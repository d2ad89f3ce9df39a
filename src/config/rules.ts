/** Rules between keys, and the defaults that depend on other disks. */
import { resolve } from 'node:path';
import type { Config, DiskConfig, PathConfig } from './types.js';
import type { KeyPath } from './lines.js';
import type { ConfigText, DiskText } from './schema.js';
import { SCSI_ACCESS_STATES } from './schema.js';

/** What a rule found: the key at fault and why. */
export interface Finding {
  readonly path: KeyPath;
  readonly reason: string;
}

/** Everything that is wrong between keys which are right by themselves. */
export function findings(text: ConfigText, directory: string): Finding[] {
  return [...sharedDevices(text, directory), ...sharedWwids(text), ...subsystemConflicts(text)];
}

/** The configuration with every default filled in. */
export function complete(text: ConfigText, directory: string): Config {
  return {
    machine: text.machine,
    disks: text.disk.map((disk, index) => completeDisk(text, disk, index, directory)),
  };
}

function completeDisk(
  text: ConfigText,
  disk: DiskText,
  index: number,
  directory: string,
): DiskConfig {
  const lead = leader(text, index);
  const first = text.disk[lead] ?? disk;
  return {
    kind: disk.kind,
    wwid: disk.wwid,
    iopolicy: disk.iopolicy ?? first.iopolicy ?? 'numa',
    delayed_removal_secs: disk.delayed_removal_secs,
    logical_block_size: disk.logical_block_size,
    subsysnqn: subsystem(disk),
    model: disk.model ?? first.model ?? 'mpathfs disk',
    serial: disk.serial ?? first.serial ?? `mpathfs${lead}`,
    firmware_rev: disk.firmware_rev ?? first.firmware_rev ?? '1.0',
    reconnect_delay: disk.reconnect_delay,
    ctrl_loss_tmo: disk.ctrl_loss_tmo,
    fast_io_fail_tmo: disk.fast_io_fail_tmo,
    paths: completePaths(disk, directory),
  };
}

function completePaths(disk: DiskText, directory: string): PathConfig[] {
  const common = (path: DiskText['path'][number]) => ({
    device: resolve(directory, path.device),
    numa_node: path.numa_node,
  });
  return disk.kind === 'nvme'
    ? disk.path.map((path) => ({ ...common(path), access_state: path.ana_state }))
    : disk.path.map((path) => ({
        ...common(path),
        access_state: SCSI_ACCESS_STATES[path.access_state],
      }));
}

/**
 * Names are compared, not inodes: two links to one device are the way to try several paths
 * on a machine that has one.
 */
function* sharedDevices(text: ConfigText, directory: string): Generator<Finding> {
  const seen = new Map<string, { disk: number; path: number }>();
  for (const [d, disk] of text.disk.entries()) {
    for (const [p, path] of disk.path.entries()) {
      const device = resolve(directory, path.device);
      const first = seen.get(device);
      if (first === undefined) seen.set(device, { disk: d, path: p });
      else
        yield {
          path: ['disk', d, 'path', p, 'device'],
          reason: `is already disk[${first.disk}].path[${first.path}].device (${device})`,
        };
    }
  }
}

function* sharedWwids(text: ConfigText): Generator<Finding> {
  const seen = new Map<string, number>();
  for (const [d, disk] of text.disk.entries()) {
    if (disk.wwid === undefined) continue;
    const first = seen.get(disk.wwid);
    if (first === undefined) seen.set(disk.wwid, d);
    else yield { path: ['disk', d, 'wwid'], reason: `is already the wwid of disk[${first}]` };
  }
}

/** These belong to the subsystem, so its disks can't differ in them. */
function* subsystemConflicts(text: ConfigText): Generator<Finding> {
  for (const [d, disk] of text.disk.entries()) {
    const lead = leader(text, d);
    const first = text.disk[lead];
    if (lead === d || first === undefined) continue;
    for (const key of ['iopolicy', 'model', 'serial', 'firmware_rev'] as const) {
      if (disk[key] !== undefined && disk[key] !== first[key])
        yield {
          path: ['disk', d, key],
          reason: `must be that of disk[${lead}], which is in the same subsystem`,
        };
    }
  }
}

/** The first disk of the same subsystem: the disk itself where it has none. */
function leader(text: ConfigText, index: number): number {
  const disk = text.disk[index];
  const name = disk && subsystem(disk);
  if (name === undefined) return index;
  return text.disk.findIndex((other) => subsystem(other) === name);
}

function subsystem(disk: DiskText): string | undefined {
  return disk.kind === 'nvme' ? disk.subsysnqn : undefined;
}
