import type { Config, DiskConfig } from '../config/types.js';
import { resolved } from '../drivers/sysfs.js';
import { diskConfigs } from './disk-configs.js';
import type { FoundDevice } from './found-device.js';
import { foundDisks } from './found-disks.js';
import { matchesGlob } from './glob.js';

/**
 * Which devices are taken without being configured: with `scan`, those that a pattern of `allow`
 * matches, or all if it is empty, unless a pattern of `deny` matches. A pattern is matched with the wwid
 * and with the name in /dev; `deny` wins.
 */
export type ScanRules = Pick<Config, 'scan' | 'allow' | 'deny'>;

export function isAllowed(rules: ScanRules, device: FoundDevice): boolean {
  if (!rules.scan || isDenied(rules, device)) return false;
  return rules.allow.length === 0 || rules.allow.some((pattern) => matches(pattern, device));
}

/** A device that appears is kept out then even if it is a path of a disk that is there. */
export function isDenied({ deny }: ScanRules, device: FoundDevice): boolean {
  return deny.some((pattern) => matches(pattern, device));
}

/**
 * The disks to be made of what was found and is allowed. Not those that are configured, by wwid or
 * by a device: their other paths are for startHotplug to add.
 */
export function scannedDisks(
  found: readonly FoundDevice[],
  configured: readonly DiskConfig[],
  rules: ScanRules,
): readonly DiskConfig[] {
  const wwids = new Set(configured.map(({ wwid }) => wwid));
  const names = new Set(
    configured.flatMap(({ paths }) => paths.map(({ device }) => resolved(device) ?? device)),
  );
  const disks = foundDisks(found).filter(
    ({ wwid, devices }) => !wwids.has(wwid) && !devices.some(({ device }) => names.has(device)),
  );
  const allowed = disks.flatMap(({ devices }) =>
    devices.filter((device) => isAllowed(rules, device)),
  );
  return diskConfigs(foundDisks(allowed));
}

function matches(pattern: string, { wwid, device }: FoundDevice): boolean {
  return matchesGlob(pattern, device) || (wwid !== undefined && matchesGlob(pattern, wwid));
}
