import type { Partition } from '../topology/disk.js';
import type { NvmeHead } from '../topology/nvme.js';
import type { ScsiHead } from '../topology/scsi.js';

/**
 * The names that disks and partitions have below `dev/disk`, as udev's rules
 * 60-persistent-storage.rules and sg3-utils' 58-scsi-sg3_symlink.rules give them.
 */

/** By namespace; by model and serial number, which all namespaces of a subsystem share. */
export function nvmeNames({ wwid, nsid, subsystem }: NvmeHead): string[] {
  const model = replaceChars(subsystem.model.trimEnd());
  const serial = replaceChars(subsystem.serial.trimEnd());
  const names = [`nvme-${wwid}`];
  if (model === '' || serial === '') return names;
  return [...names, `nvme-${model}_${serial}`, `nvme-${model}_${serial}_${nsid}`];
}

/** By VPD page 0x83 as scsi_id shows it, its designator's type first; by page 0x80. */
export function scsiNames({ wwid, vendor, model, serial }: ScsiHead): string[] {
  const names = designatorNames(wwid);
  const identity = [vendor, model, serial].map(replaceWhitespace);
  return identity.includes('') ? names : [...names, `scsi-S${identity.join('_')}`];
}

/** A name of a disk, for one of its partitions. */
export function partName(name: string, { number }: Partition): string {
  return `${name}-part${number}`;
}

/** In `by-partlabel`: what is not a plain character is `\x` and its code, as libblkid writes it. */
export function partLabel(label: string): string {
  const plain = label.toWellFormed().trimEnd();
  return plain.replace(OTHER, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

function designatorNames(wwid: string): string[] {
  const dot = wwid.indexOf('.');
  const id = wwid.slice(dot + 1);
  switch (wwid.slice(0, dot)) {
    case 'naa':
      return [`wwn-0x${id}`, `scsi-3${id}`];
    case 'eui':
      return [`scsi-2${id}`];
    case 't10':
      return [`scsi-1${replaceWhitespace(id)}`];
    default:
      return [];
  }
}

/** What is neither a letter, a digit, `#+-.:=@_` nor beyond ASCII. */
const OTHER = /[^\w#+\-.:=@\u0080-\u{10ffff}]/gu;

/** shared/device-nodes.c: udev_replace_chars. */
function replaceChars(text: string): string {
  return text.replace(OTHER, '_');
}

/** shared/util.c: util_replace_whitespace, then udev_replace_chars. */
function replaceWhitespace(text: string): string {
  return replaceChars(text.trim().replace(/\s+/g, '_'));
}
