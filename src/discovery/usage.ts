/** Who uses a disk or one of its partitions: mounts, swap space, and other block devices on top. */
import { attribute } from '../drivers/sysfs.js';
import { parseMountinfo, unmangle, type MountEntry } from '../shared/mountinfo.js';
import { list, printable } from './attributes.js';

/** What of the machine's use of disks is not told by the disks themselves. */
export interface Usage {
  readonly mounts: readonly MountEntry[];
  /** Device names, `/dev/sda2`. */
  readonly swaps: readonly string[];
}

/** A disk, or a partition of it. */
export interface BlockNode {
  /** `sda1`. */
  readonly name: string;
  readonly device: string;
  /** Its directory in sysfs. */
  readonly directory: string;
}

export function readUsage(proc: string): Usage {
  return {
    mounts: parseMountinfo(attribute(`${proc}/self/mountinfo`) ?? ''),
    swaps: parseSwaps(attribute(`${proc}/swaps`) ?? ''),
  };
}

/** Who uses the node and what to do about it; undefined: nobody. */
export function usedBy(node: BlockNode, usage: Usage, sys: string): string | undefined {
  const devt = attribute(`${node.directory}/dev`);
  const mount = usage.mounts.find((other) => other.devt === devt || other.source === node.device);
  if (mount !== undefined) {
    const at = printable(mount.mountpoint);
    return `${node.name} is mounted at ${at}; unmount it first: umount ${at}`;
  }
  if (usage.swaps.includes(node.device)) {
    return `${node.name} is swap space; switch it off first: swapoff ${node.device}`;
  }
  const [holder] = list(`${node.directory}/holders`);
  return holder === undefined
    ? undefined
    : `${node.name} is held by ${holding(`${sys}/block/${holder}`, holder)}`;
}

/** The holder by the name that its tools know it by, and how to end it. */
function holding(directory: string, holder: string): string {
  const name = attribute(`${directory}/dm/name`);
  if (name !== undefined) {
    const uuid = attribute(`${directory}/dm/uuid`) ?? '';
    const shown = printable(name);
    if (uuid.startsWith('mpath-')) {
      return (
        `dm-multipath as ${shown} (${holder}); blacklist it in /etc/multipath.conf, ` +
        `then: multipath -f ${shown}`
      );
    }
    const remove = uuid.startsWith('LVM-') ? 'lvchange -an' : 'dmsetup remove';
    const what = uuid.startsWith('LVM-') ? `/dev/mapper/${shown}` : shown;
    return `the device mapper as ${shown} (${holder}); remove that first: ${remove} ${what}`;
  }
  return holder.startsWith('md')
    ? `the array ${holder}; stop it first: mdadm --stop /dev/${holder}`
    : `${holder}; remove that first`;
}

/** mm/swapfile.c: swap_show. A line of headings, then `/dev/sda2 partition SIZE USED PRIORITY`. */
function parseSwaps(text: string): string[] {
  const [, ...lines] = text.split('\n');
  return lines.map((line) => unmangle(line.split(/\s/, 1)[0] ?? '')).filter((name) => name !== '');
}
