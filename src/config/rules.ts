/** Rules between keys, and the defaults that depend on other disks. */
import { resolve } from 'node:path';
import type { z } from 'zod';
import { isTargetName } from '../drivers/target-name.js';
import { completeTargets, targetsFindings } from './targets.js';
import type { Config, DiskConfig, PathConfig } from './types.js';
import type { KeyPath } from './lines.js';
import type { ConfigText, DiskText, NvmePathText } from './schema.js';
import { SCSI_ACCESS_STATES } from './schema.js';
import { Subsystems, subsystemOf } from './subsystems.js';

/** What a rule found: the key at fault and why. */
export interface Finding {
  readonly path: KeyPath;
  readonly reason: string;
}

/** What the schema found. */
export function fromIssue(issue: z.core.$ZodIssue): Finding[] {
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
  if (issue.code !== 'unrecognized_keys') return [{ path, reason: issue.message }];
  return issue.keys.map((key) => ({
    path: [...path, key],
    reason: 'is not a key that exists here',
  }));
}

/** Everything that is wrong between keys which are right by themselves. */
export function findings(text: ConfigText, directory: string): Finding[] {
  const subsystems = new Subsystems(text);
  return [
    ...targetsFindings(text),
    ...uselessAllow(text),
    ...statesOfTargets(text),
    ...sharedDevices(text, directory),
    ...sharedWwids(text),
    ...subsystemConflicts(text, subsystems),
    ...sharedNsids(text, subsystems),
    ...controllerConflicts(text, subsystems),
  ];
}

/** The configuration with every default filled in. */
export function complete(text: ConfigText, directory: string): Config {
  const { hostnqn, hostid, ...machine } = text.machine;
  const subsystems = new Subsystems(text);
  return {
    machine: { ...machine, hostnqn, hostid },
    scan: text.scan,
    allow: text.allow ?? [],
    deny: text.deny ?? [],
    targets: completeTargets(text, directory),
    disks: text.disk.map((disk, index) => completeDisk(text, subsystems, disk, index, directory)),
  };
}

function completeDisk(
  text: ConfigText,
  subsystems: Subsystems,
  disk: DiskText,
  index: number,
  directory: string,
): DiskConfig {
  const first = text.disk[subsystems.leader(index)] ?? disk;
  return {
    kind: disk.kind,
    wwid: disk.wwid,
    iopolicy: disk.iopolicy ?? first.iopolicy,
    delayed_removal_secs: disk.delayed_removal_secs,
    logical_block_size: disk.logical_block_size,
    subsysnqn: subsystemOf(disk),
    nsid: disk.kind === 'nvme' ? disk.nsid : undefined,
    model: disk.model ?? first.model,
    serial: disk.serial ?? first.serial,
    firmware_rev: disk.firmware_rev ?? first.firmware_rev,
    reconnect_delay: disk.reconnect_delay,
    ctrl_loss_tmo: disk.ctrl_loss_tmo,
    fast_io_fail_tmo: disk.fast_io_fail_tmo,
    marginal_path_failures: disk.marginal_path_failures,
    marginal_path_window_secs: disk.marginal_path_window_secs,
    marginal_path_recovery_secs: disk.marginal_path_recovery_secs,
    paths:
      disk.kind === 'nvme'
        ? disk.path.map((path) =>
            completeNvmePath(path, subsystems.controller(index, path), directory),
          )
        : disk.path.map((path) => ({
            device: deviceName(path.device, directory),
            numa_node: path.numa_node,
            access_state: path.access_state && SCSI_ACCESS_STATES[path.access_state],
            transport: undefined,
            address: undefined,
            cntlid: undefined,
            ana_grpid: undefined,
          })),
  };
}

/** `first`: the first path with the same controller. */
function completeNvmePath(path: NvmePathText, first: NvmePathText, directory: string): PathConfig {
  return {
    device: deviceName(path.device, directory),
    numa_node: path.numa_node ?? first.numa_node,
    access_state: path.ana_state,
    transport: path.transport ?? first.transport,
    address: path.address ?? first.address,
    cntlid: path.cntlid,
    ana_grpid: path.ana_grpid,
  };
}

/** Absolute, or the name of a target's port. */
function deviceName(device: string, directory: string): string {
  return isTargetName(device) ? device : resolve(directory, device);
}

/** What is denied is so for the paths of configured disks, too. */
function* uselessAllow({ scan, allow }: ConfigText): Generator<Finding> {
  if (!scan && allow !== undefined) yield { path: ['allow'], reason: 'needs scan = true' };
}

/** A target says itself what the states of its ports are. */
function* statesOfTargets(text: ConfigText): Generator<Finding> {
  for (const [d, disk] of text.disk.entries()) {
    const key = disk.kind === 'nvme' ? 'ana_state' : 'access_state';
    for (const [p, path] of disk.path.entries()) {
      if (!isTargetName(path.device) || !Object.hasOwn(path, key)) continue;
      yield {
        path: ['disk', d, 'path', p, key],
        reason: 'is what the target says; configure it there',
      };
    }
  }
}

/**
 * Names are compared, not inodes: two links to one device are the way to try several paths
 * on a machine that has one.
 */
function* sharedDevices(text: ConfigText, directory: string): Generator<Finding> {
  const seen = new Map<string, { disk: number; path: number }>();
  for (const [d, disk] of text.disk.entries()) {
    for (const [p, path] of disk.path.entries()) {
      const device = deviceName(path.device, directory);
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
function* subsystemConflicts(text: ConfigText, subsystems: Subsystems): Generator<Finding> {
  for (const [d, disk] of text.disk.entries()) {
    const lead = subsystems.leader(d);
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

function* sharedNsids(text: ConfigText, subsystems: Subsystems): Generator<Finding> {
  const seen = new Map<string, number>();
  for (const [d, disk] of text.disk.entries()) {
    if (disk.kind !== 'nvme' || disk.nsid === undefined) continue;
    const key = `${subsystems.leader(d)} ${disk.nsid}`;
    const first = seen.get(key);
    if (first === undefined) seen.set(key, d);
    else
      yield {
        path: ['disk', d, 'nsid'],
        reason: `is already the nsid of disk[${first}], which is in the same subsystem`,
      };
  }
}

/** A controller has one path to a disk, and one transport, address and node. */
function* controllerConflicts(text: ConfigText, subsystems: Subsystems): Generator<Finding> {
  const seen = new Set<string>();
  for (const [d, disk] of text.disk.entries()) {
    if (disk.kind !== 'nvme') continue;
    for (const [p, path] of disk.path.entries()) {
      if (path.cntlid === undefined) continue;
      const at = (key: string): KeyPath => ['disk', d, 'path', p, key];
      if (seen.has(`${d} ${path.cntlid}`)) {
        yield { path: at('cntlid'), reason: 'is already that of another path of the disk' };
      }
      seen.add(`${d} ${path.cntlid}`);
      const first = subsystems.controller(d, path);
      for (const key of ['transport', 'address', 'numa_node'] as const) {
        if (path[key] !== undefined && path[key] !== first[key])
          yield { path: at(key), reason: 'must be that of the first path with the same cntlid' };
      }
    }
  }
}
