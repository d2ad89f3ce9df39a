import { isUsable, type FoundDisk } from './found-disks.js';
import type { FoundDevice } from './found-device.js';
import { printable } from './attributes.js';
import { sizeText } from './size-text.js';

/**
 * A configuration of the disks. It holds what names a disk and its paths; everything else the devices
 * say themselves, and right, whatever their names are then. What can't be used is there as a comment.
 */
export function toToml(disks: readonly FoundDisk[]): string {
  return disks.map(diskText).join('\n');
}

function diskText(disk: FoundDisk): string {
  const { kind, wwid, model, serial, size, devices } = disk;
  const about = [kind, sizeText(size), model, serial === '' ? '' : `serial ${serial}`];
  const lines = [`# ${about.filter((word) => word !== '').join(', ')}`];
  if (devices.some(isUsable)) {
    lines.push('[[disk]]', `kind = ${quote(kind)}`, `wwid = ${quote(wwid ?? '')}`);
  }
  for (const device of devices) lines.push(...pathLines(device));
  return lines.map((line) => `${line}\n`).join('');
}

function pathLines({ device, address, numaNode, unusable }: FoundDevice): string[] {
  if (unusable !== undefined) return [`# ${device}: ${printable(unusable)}`];
  const node = numaNode < 0 ? '' : `, node ${numaNode}`;
  return ['[[disk.path]]', `device = ${quote(device)} # ${address}${node}`];
}

/** A basic string of TOML; its escapes are those of JSON. */
function quote(text: string): string {
  return JSON.stringify(text);
}
