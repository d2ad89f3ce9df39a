/** SCSI disks in sysfs (drivers/scsi/scsi_sysfs.c). */
import { basename } from 'node:path';
import { decodeDesignators, lunId } from '../drivers/scsi/device-identification.js';
import { isRefusal } from '../drivers/scsi/refusal.js';
import { decodeSerialNumber } from '../drivers/scsi/vpd.js';
import { attribute } from '../drivers/sysfs.js';
import { bytes, label, printable } from './attributes.js';
import type { KindOfDisk } from './discover.js';

/** `unit`: the directory of the scsi_device. */
export function scsiDisk(unit: string): KindOfDisk {
  const address = basename(unit);
  const serial = decodeSerialNumber(bytes(`${unit}/vpd_pg80`));
  return {
    kind: 'scsi',
    wwid: wwidOf(unit),
    address,
    model: `${label(`${unit}/vendor`)} ${label(`${unit}/model`)}`.trim(),
    serial: isRefusal(serial) ? '' : printable(serial.serial),
    namespace: undefined,
    directory: unit,
    inUse: false,
    unusable:
      attribute(`${unit}/state`) === 'offline'
        ? 'the kernel has taken it offline; bring it back: ' +
          `echo running > /sys/class/scsi_device/${address}/device/state`
        : undefined,
  };
}

/** The attribute fails where the kernel finds no id in the page. */
function wwidOf(unit: string): string | undefined {
  const shown = attribute(`${unit}/wwid`);
  if (shown !== undefined && shown !== '') return shown;
  const designators = decodeDesignators(bytes(`${unit}/vpd_pg83`));
  return isRefusal(designators) ? undefined : lunId(designators);
}
