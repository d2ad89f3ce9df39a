/**
 * What a device says of itself is the truth: it fills in what the configuration leaves open, and
 * a configuration that says otherwise is refused.
 */
import { fstatSync } from 'node:fs';
import type { DiskConfig, PathConfig } from '../config/types.js';
import type { Identity } from '../drivers/identity.js';
import type { NewDisk, NewPath } from './personality.js';
import { TopologyError } from './topology-error.js';
import { madeWwid } from './wwid.js';

/** A disk as one of its paths shows it. */
export interface Identified extends Pick<NewDisk, 'config' | 'wwid'> {
  readonly path: NewPath;
}

/** What the configuration and the device say together. Throws a TopologyError. */
export function identify(config: NewDisk['config'], path: NewPath): Identified {
  const { device } = path.config;
  const { identity } = path.opened;
  if (identity === undefined) return { config, wwid: configuredWwid(config, path), path };
  const refuse = (key: string, configured: unknown, said: unknown): void => {
    if (configured === undefined || configured === said) return;
    throw refusal(
      `${device}: ${key}: the configuration says ${quoted(configured)}, the device ` +
        `${quoted(said)}; take the device's, or leave the key out`,
    );
  };
  refuse('kind', config.kind, identity.kind);
  const disk = diskKeys(identity);
  for (const [key, said] of Object.entries(disk)) refuse(key, config[key as keyof Said], said);
  const keys = pathKeys(identity);
  for (const [key, said] of Object.entries(keys)) refuse(key, path.config[key as keyof Port], said);
  if (path.config.access_state !== undefined) {
    throw refusal(
      `${device}: ${config.kind === 'nvme' ? 'ana_state' : 'access_state'}: is what the device ` +
        `says; leave the key out`,
    );
  }
  const { wwid, numaNode } = identity;
  if (wwid !== '') refuse('wwid', config.wwid, wwid);
  else if (config.wwid === undefined) {
    throw refusal(
      `${device}: wwid: the device has no unique id; give the disk a wwid of your own, ` +
        `if you know that its paths lead to the same data`,
    );
  }
  return {
    config: { ...config, ...disk },
    wwid: config.wwid ?? wwid,
    path: {
      ...path,
      config: { ...path.config, ...keys, numa_node: path.config.numa_node ?? numaNode },
    },
  };
}

/** What the paths of one disk have alike, and where it was found. */
export interface SameDisk {
  /** A path or a disk, for the message. */
  readonly name: string;
  readonly wwid: string;
  readonly subsysnqn: string | undefined;
  readonly nsid: number | undefined;
}

export function sameDisk({ config, wwid }: Identified, name: string): SameDisk {
  return { name, wwid, subsysnqn: config.subsysnqn, nsid: config.nsid };
}

/** Throws a TopologyError if the device says that it is another disk. */
export function checkSameDisk({ config, wwid, path }: Identified, disk: SameDisk): void {
  const said = { wwid, subsysnqn: config.subsysnqn, nsid: config.nsid };
  for (const key of ['wwid', 'subsysnqn', 'nsid'] as const) {
    if (disk[key] === undefined || said[key] === undefined || said[key] === disk[key]) continue;
    throw refusal(
      `${path.config.device}: ${key}: the device's is ${quoted(said[key])}, that of ${disk.name} ` +
        `${quoted(disk[key])}; it is no path of this disk: make it a disk of its own`,
    );
  }
}

/** Throws a TopologyError if two devices are the same way to the same disk. */
export function checkOtherWay(paths: readonly NewPath[]): void {
  const seen = new Map<string, string>();
  for (const { config, opened } of paths) {
    if (opened.identity === undefined) continue;
    const { key, value } = wayOf(opened.identity);
    const other = seen.get(value);
    if (other !== undefined) {
      throw refusal(
        `${config.device}: ${key}: is ${value}, as that of ${other}: both are one path; ` +
          `leave one of them out`,
      );
    }
    seen.set(value, config.device);
  }
}

function wayOf(identity: Identity): { readonly key: string; readonly value: string } {
  return identity.kind === 'nvme'
    ? { key: 'cntlid', value: String(identity.cntlid) }
    : { key: 'address', value: identity.address };
}

type Said = Pick<DiskConfig, 'subsysnqn' | 'nsid' | 'model' | 'serial' | 'firmware_rev'>;

function diskKeys(identity: Identity): Partial<Said> {
  const { model, serial } = identity;
  if (identity.kind === 'scsi') return { model, serial, firmware_rev: identity.revision };
  const { subsysnqn, nsid, firmwareRev } = identity;
  return { subsysnqn, nsid, model, serial, firmware_rev: firmwareRev };
}

type Port = Pick<PathConfig, 'cntlid' | 'transport' | 'address' | 'ana_grpid'>;

function pathKeys(identity: Identity): Partial<Port> {
  if (identity.kind === 'scsi') return {};
  const { cntlid, transport, address, anaGrpid } = identity;
  return { cntlid, transport, address, ana_grpid: anaGrpid };
}

/** Of a device that does not say who it is. */
function configuredWwid({ kind, wwid }: NewDisk['config'], { opened }: NewPath): string {
  return wwid ?? madeWwid(kind, fstatSync(opened.fd, { bigint: true }));
}

function quoted(value: unknown): string {
  return value === undefined ? 'none' : JSON.stringify(value);
}

function refusal(message: string): TopologyError {
  return new TopologyError('MPATHFS_PATH_IDENTITY', message);
}
