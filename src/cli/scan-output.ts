/** What `mpathfs scan` prints for people, and for programs. */
import { printable } from '../discovery/attributes.js';
import type { FoundDevice } from '../discovery/found-device.js';
import { isUsable, type FoundDisk } from '../discovery/found-disks.js';
import { sizeText } from '../discovery/size-text.js';

/** A line for each disk, and below it one for each device. */
export function scanTable(disks: readonly FoundDisk[]): string {
  const rows = disks.flatMap(({ devices }) => devices.map(cells));
  const widths = [0, 1, 2].map((column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]): string =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd();
  const usable = disks.filter(({ devices }) => devices.some(isUsable)).length;
  return [
    ...disks.flatMap((disk) => [
      heading(disk),
      ...disk.devices.map((path) => line(cells(path))),
      '',
    ]),
    usable === 0
      ? 'None of them can be used.'
      : 'mpathfs scan --toml prints a configuration of what can be used.',
  ]
    .map((text) => `${text}\n`)
    .join('');
}

function heading({ kind, wwid, size, model }: FoundDisk): string {
  const name = wwid === undefined ? '(no unique id)' : printable(wwid);
  return `${name}  ${kind}  ${sizeText(size)}  ${model}`.trimEnd();
}

function cells({ device, address, numaNode, unusable }: FoundDevice): string[] {
  return [
    device,
    address === '' ? '-' : address,
    numaNode < 0 ? '-' : `node ${numaNode}`,
    unusable === undefined ? 'usable' : `not usable: ${printable(unusable)}`,
  ];
}

/** Its keys stay: programs read them. Missing values are null. */
export function scanJson(disks: readonly FoundDisk[]): object {
  return {
    disks: disks.map(({ kind, wwid, size, model, serial, devices }) => ({
      kind,
      wwid: wwid ?? null,
      size,
      model,
      serial,
      paths: devices.map((device) => ({
        device: device.device,
        address: device.address,
        major: device.devt.major,
        minor: device.devt.minor,
        numa_node: device.numaNode,
        usable: isUsable(device),
        reason: device.unusable ?? null,
        nvme: device.namespace ?? null,
      })),
    })),
  };
}
