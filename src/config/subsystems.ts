/** What belongs to one NVMe subsystem: disks by their subsysnqn, paths by their cntlid. */
import { LowestFree } from '../shared/lowest-free.js';
import type { ConfigText, DiskText, NvmePathText } from './schema.js';
import type { Config } from './types.js';

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

/**
 * The same configuration with an nsid for every NVMe disk and a cntlid for every path: the
 * lowest numbers that no other of the subsystem has.
 */
export function numbered(config: Config): Config {
  const disks = [...config.disks];
  const subsystems = new Map<string, number[]>();
  for (const [index, { kind, subsysnqn }] of disks.entries()) {
    if (kind !== 'nvme') continue;
    const name = subsysnqn ?? `${index}`;
    const members = subsystems.get(name);
    if (members === undefined) subsystems.set(name, [index]);
    else members.push(index);
  }
  for (const members of subsystems.values()) {
    const before = members.flatMap((index) => disks[index] ?? []);
    const nsids = others(before.flatMap((disk) => disk.nsid ?? []));
    const cntlids = others(before.flatMap(({ paths }) => paths.flatMap((p) => p.cntlid ?? [])));
    for (const [place, disk] of before.entries()) {
      const paths = disk.paths.map((path) => ({ ...path, cntlid: path.cntlid ?? cntlids.take() }));
      disks[members[place] ?? 0] = { ...disk, nsid: disk.nsid ?? nsids.take(), paths };
    }
  }
  return { ...config, disks };
}

/** Gives out numbers from 1 that are not among those. */
function others(used: readonly number[]): LowestFree {
  const numbers = new LowestFree(1);
  for (const number of used) numbers.reserve(number);
  return numbers;
}

/** The name of a disk's subsystem, if it has one. */
export function subsystemOf(disk: DiskText): string | undefined {
  return disk.kind === 'nvme' ? disk.subsysnqn : undefined;
}
