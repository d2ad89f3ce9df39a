import { MAX_PATHS_PER_HEAD } from '../shared/layout.js';
import type { FoundDevice } from './found-device.js';

/** A disk: the devices with one wwid. One without a wwid is a disk of its own. */
export interface FoundDisk {
  readonly kind: FoundDevice['kind'];
  readonly wwid: string | undefined;
  /** Bytes. */
  readonly size: number;
  readonly model: string;
  readonly serial: string;
  readonly devices: readonly FoundDevice[];
}

/** Groups devices, disks and their devices in the order of `found`. */
export function foundDisks(found: readonly FoundDevice[]): FoundDisk[] {
  const groups = new Map<string, FoundDevice[]>();
  for (const device of found) {
    const key = device.wwid === undefined ? device.device : `${device.kind} ${device.wwid}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [device]);
    else group.push(device);
  }
  return [...groups.values()].flatMap((group) => {
    const first = group.find(isUsable) ?? group[0];
    if (first === undefined) return [];
    const { kind, wwid, size, model, serial } = first;
    return [{ kind, wwid, size, model, serial, devices: fitting(group, first) }];
  });
}

export function isUsable({ unusable }: FoundDevice): boolean {
  return unusable === undefined;
}

/** Why a device of a disk can't be a path: another device of it is in use. */
export function usedElsewhere(
  { kind, wwid, device }: FoundDevice,
  others: Iterable<FoundDevice>,
): string | undefined {
  if (wwid === undefined) return undefined;
  for (const other of others) {
    if (!other.inUse || other.device === device) continue;
    if (other.kind !== kind || other.wwid !== wwid) continue;
    return `it is the same disk as ${other.device}, and ${other.unusable}`;
  }
  return undefined;
}

/** What only shows beside the others: a size that is another, and one path too many. */
function fitting(group: readonly FoundDevice[], first: FoundDevice): FoundDevice[] {
  let room = MAX_PATHS_PER_HEAD;
  return group.map((device) => {
    if (!isUsable(device)) return device;
    if (device.size !== first.size) {
      const unusable =
        `its size is ${device.size} bytes, that of ${first.device} is ${first.size}; ` +
        `have the kernel read it again: ${rescanCommand(device)}`;
      return { ...device, unusable };
    }
    if (room-- > 0) return device;
    return { ...device, unusable: `a disk has at most ${MAX_PATHS_PER_HEAD} paths` };
  });
}

function rescanCommand({ address, namespace }: FoundDevice): string {
  return namespace === undefined
    ? `echo 1 > /sys/class/scsi_device/${address}/device/rescan`
    : `echo 1 > /sys/class/nvme/${namespace.controller}/rescan_controller`;
}
