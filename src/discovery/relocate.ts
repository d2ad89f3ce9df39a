import { existsSync } from 'node:fs';
import type { DiskConfig, PathConfig } from '../config/types.js';
import { isTargetName } from '../drivers/target-name.js';
import { resolved } from '../drivers/sysfs.js';
import type { FoundDevice } from './found-device.js';
import { isUsable } from './found-disks.js';

export interface RelocateLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/**
 * Names of devices change from boot to boot. A path of a disk with a wwid whose device is missing,
 * or is another disk now, gets the device with that wwid, and with its address where that is
 * configured. One that is nowhere is left out as long as its disk has another path. Disks
 * without a wwid, files and targets stay as they are.
 */
export function relocate(
  disks: readonly DiskConfig[],
  found: readonly FoundDevice[],
  log?: RelocateLog,
): DiskConfig[] {
  return disks.map((disk) => (disk.wwid === undefined ? disk : relocated(disk, found, log)));
}

function relocated(
  disk: DiskConfig,
  found: readonly FoundDevice[],
  log: RelocateLog | undefined,
): DiskConfig {
  const places = disk.paths.map((path) => placeOf(path, disk, found));
  const taken = new Set(places.map(({ wrong, is }) => (wrong === undefined ? is : undefined)));
  const paths = disk.paths.map((path, index): PathConfig | undefined => {
    if (places[index]?.wrong === undefined) return path;
    const other = found.find(
      (device) =>
        isUsable(device) &&
        device.kind === disk.kind &&
        whyWrong(path, disk, device) === undefined &&
        !taken.has(device),
    );
    if (other === undefined) return undefined;
    taken.add(other);
    log?.info({ device: path.device, now: other.device }, `${path.device} is ${other.device} now`);
    return { ...path, device: other.device };
  });
  const there = paths.filter((path) => path !== undefined);
  if (there.length === 0) return disk;
  for (const [index, { device }] of disk.paths.entries()) {
    if (paths[index] !== undefined) continue;
    const why = places[index]?.wrong;
    log?.warn({ device }, `${device}: left out: ${why}; the path joins when it appears`);
  }
  return { ...disk, paths: there };
}

interface Place {
  /** What the path's device is found to be; undefined: nothing of NVMe or SCSI. */
  readonly is: FoundDevice | undefined;
  /** Why that is not the path; undefined: it is. */
  readonly wrong: string | undefined;
}

function placeOf(path: PathConfig, disk: DiskConfig, found: readonly FoundDevice[]): Place {
  const name = resolved(path.device) ?? path.device;
  const is = found.find(({ device }) => device === name);
  if (is !== undefined) {
    return { is, wrong: is.wwid === undefined ? undefined : whyWrong(path, disk, is) };
  }
  const there = isTargetName(path.device) || existsSync(path.device);
  return { is, wrong: there ? undefined : 'there is no such device' };
}

function whyWrong(
  { address }: PathConfig,
  { wwid }: DiskConfig,
  device: FoundDevice,
): string | undefined {
  if (device.wwid !== wwid) return `its wwid is ${device.wwid}, not ${wwid}`;
  if (address === undefined || device.address === address) return undefined;
  return `its address is ${device.address}, not ${address}`;
}
