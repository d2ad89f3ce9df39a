/** What belongs to one NVMe subsystem: disks by their subsysnqn, paths by their cntlid. */
import type { ConfigText, DiskText, NvmePathText } from './schema.js';

/** Which disks and paths belong together. */
export class Subsystems {
  /** By disk: the first disk of the same subsystem, itself where it has none. */
  readonly #leaders: readonly number[];
  /** By subsystem and cntlid: the first path with them. */
  readonly #controllers = new Map<string, NvmePathText>();

  constructor({ disk: disks }: ConfigText) {
    const named = new Map<string, number>();
    this.#leaders = disks.map((disk, index) => {
      const name = subsystemOf(disk);
      if (name === undefined) return index;
      const lead = named.get(name) ?? index;
      named.set(name, lead);
      return lead;
    });
    for (const [index, disk] of disks.entries()) {
      for (const path of disk.kind === 'nvme' ? disk.path : []) {
        const key = this.#key(index, path);
        if (!this.#controllers.has(key)) this.#controllers.set(key, path);
      }
    }
  }

  leader(disk: number): number {
    return this.#leaders[disk] ?? disk;
  }

  /** The first path on the same controller: the path itself where it has no cntlid. */
  controller(disk: number, path: NvmePathText): NvmePathText {
    if (path.cntlid === undefined) return path;
    return this.#controllers.get(this.#key(disk, path)) ?? path;
  }

  #key(disk: number, { cntlid }: NvmePathText): string {
    return `${this.leader(disk)} ${cntlid}`;
  }
}

/** The name of a disk's subsystem, if it has one. */
export function subsystemOf(disk: DiskText): string | undefined {
  return disk.kind === 'nvme' ? disk.subsysnqn : undefined;
}
