import { LowestFree } from '../shared/lowest-free.js';
import type { NvmeSubsystem } from './nvme.js';
import type { OpenedDisk } from './open-disk.js';
import { TopologyError } from './topology-error.js';

/**
 * The same disks with an nsid for every NVMe disk and a cntlid for each of its paths: those that
 * have none get the lowest numbers that no other of the subsystem has. Disks that turn out to be
 * in one subsystem can't differ in its iopolicy: throws a TopologyError.
 */
export function numbered(
  disks: readonly OpenedDisk[],
  subsystem: (subsysnqn: string) => NvmeSubsystem | undefined,
): OpenedDisk[] {
  const result = [...disks];
  const subsystems = new Map<string, number[]>();
  for (const [index, { config }] of disks.entries()) {
    if (config.kind !== 'nvme') continue;
    const name = config.subsysnqn ?? `${index}`;
    const members = subsystems.get(name);
    if (members === undefined) subsystems.set(name, [index]);
    else members.push(index);
  }
  for (const [name, members] of subsystems) {
    const { heads = [], controllers = [] } = subsystem(name) ?? {};
    const before = members.flatMap((index) => disks[index] ?? []);
    checkIopolicies(before);
    const nsids = others([...heads, ...before.map(({ config }) => config)].map(({ nsid }) => nsid));
    const paths = before.flatMap((disk) => disk.paths.map(({ config }) => config));
    const cntlids = others([...controllers, ...paths].map(({ cntlid }) => cntlid));
    for (const [place, disk] of before.entries()) {
      result[members[place] ?? 0] = {
        ...disk,
        config: { ...disk.config, nsid: disk.config.nsid ?? nsids.take() },
        paths: disk.paths.map((path) => ({
          ...path,
          config: { ...path.config, cntlid: path.config.cntlid ?? cntlids.take() },
        })),
      };
    }
  }
  return result;
}

function checkIopolicies([first, ...rest]: readonly OpenedDisk[]): void {
  for (const { config, paths } of rest) {
    if (config.iopolicy === undefined || config.iopolicy === first?.config.iopolicy) continue;
    throw new TopologyError(
      'MPATHFS_PATH_IDENTITY',
      `${paths[0]?.config.device}: iopolicy: must be that of ` +
        `${first?.paths[0]?.config.device}, which is in the same subsystem`,
    );
  }
}

/** Gives out numbers from 1 that are not among those. */
function others(used: readonly (number | undefined)[]): LowestFree {
  const numbers = new LowestFree(1);
  for (const number of used) if (number !== undefined) numbers.reserve(number);
  return numbers;
}
