/** The device mapper's multipath target (drivers/md/dm-mpath.c), set up without multipathd. */
import { join } from 'node:path';
import { output } from '../../support/child.js';
import type { ScsiDisk } from './kernel-scsi.js';
import { modprobe, read } from './sys.js';

const NAME = 'comparison';

export class DmMultipath {
  readonly #disks: readonly ScsiDisk[];
  /** `/dev/dm-0` */
  readonly file: string;

  private constructor(disks: readonly ScsiDisk[], file: string) {
    this.#disks = disks;
    this.file = file;
  }

  /** Two groups of the paths, the first half in the one that is preferred. */
  static async create(disks: readonly ScsiDisk[]): Promise<DmMultipath> {
    await modprobe('dm-multipath');
    await modprobe('dm-round-robin');
    const half = disks.length / 2;
    const groups = [disks.slice(0, half), disks.slice(half)].map((group) => {
      return `round-robin 0 ${half} 1 ${group.map((disk) => `${disk.device} 1`).join(' ')}`;
    });
    const sectors = read(join('/sys/block', disks[0]?.name ?? '', 'size'));
    const table = `0 ${sectors} multipath 0 1 alua ${groups.length} 1 ${groups.join(' ')}`;
    await dmsetup('create', NAME, '--table', table);
    const info = ['-c', '--noheadings', '-o', 'blkdevname', NAME];
    return new DmMultipath(disks, `/dev/${(await dmsetup('info', ...info)).trim()}`);
  }

  /** Takes every path into use again, as multipathd does with those that answer. */
  async reinstate(): Promise<void> {
    for (const disk of this.#disks) {
      const { device } = disk;
      await dmsetup('message', NAME, '0', 'reinstate_path', device);
    }
  }

  async remove(): Promise<void> {
    await dmsetup('remove', NAME);
  }
}

function dmsetup(command: string, ...args: readonly string[]): Promise<string> {
  // There is no udev to wait for.
  return output(['env', 'DM_DISABLE_UDEV=1', 'dmsetup', command, ...args]);
}
