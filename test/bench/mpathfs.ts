/** mpathfs as a system of the benchmark: one daemon, one disk, one subject for each policy. */
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { IOPOLICY_NAMES } from '../../src/multipath/names.js';
import type { IopolicyName } from '../../src/multipath/names.js';
import { cat, echo } from '../support/bash.js';
import { has } from '../support/capability.js';
import { mount, TRANSPORTS } from '../support/mpathfs.js';
import type { Mount, Transport } from '../support/mpathfs.js';
import { attachLoop } from '../support/scratch.js';
import type { Backing, Subject, System } from './system.js';

const HEAD = 'sys/block/nvme0n1';
const IOPOLICY = 'sys/class/nvme-subsystem/nvme-subsys0/iopolicy';

export function onePath(transport: Transport): string {
  return `mpathfs ${transport}, 1 path`;
}

export function twoPaths(transport: Transport, policy: IopolicyName): string {
  return `mpathfs ${transport}, 2 paths, ${policy}`;
}

/** With one path the policy decides nothing, so it is measured once. */
export function mpathfsSystem(transport: Transport, backing: Backing, paths: 1 | 2): System {
  const policies: readonly IopolicyName[] = paths === 1 ? ['numa'] : IOPOLICY_NAMES;
  const title = (policy: IopolicyName): string =>
    paths === 1 ? onePath(transport) : twoPaths(transport, policy);
  return {
    backing,
    names: policies.map(title),
    unavailable: () => {
      const needed = TRANSPORTS.find(([name]) => name === transport)?.[1] ?? [];
      const missing = needed.filter((capability) => !has(capability));
      return missing.length === 0 ? '' : `needs ${missing.join(', ')}`;
    },
    start: async (owner, image) => {
      const directory = join(image.directory, `mpathfs-${transport}-${backing}-${paths}`);
      mkdirSync(directory);
      const store = backing === 'file' ? image.file : await attachLoop(owner, image.file);
      const mounted = await mount(owner, {
        config: config(directory, store, paths),
        transport,
        directory,
      });
      return policies.map((policy) => subject(title(policy), mounted, policy, paths));
    },
  };
}

/** A device can't be listed twice in one disk, but two names of it can. */
function config(directory: string, store: string, paths: number): string {
  let text = '[[disk]]\nkind = "nvme"\niopolicy = "numa"\n';
  for (let path = 0; path < paths; path++) {
    const device = join(directory, `path${path}`);
    symlinkSync(store, device);
    text += `[[disk.path]]\ndevice = "${device}"\nnuma_node = 0\n`;
  }
  return text;
}

function subject(name: string, mounted: Mount, policy: IopolicyName, paths: number): Subject {
  let before: readonly number[] = [];
  return {
    name,
    file: mounted.file('dev/nvme0n1'),
    before: async () => {
      const complaint = await echo(policy, mounted.file(IOPOLICY));
      if (complaint !== '') throw new Error(`${name}: iopolicy: ${complaint}`);
      before = await pathIos(mounted, paths);
    },
    after: async (ios) => {
      const done = (await pathIos(mounted, paths)).map(
        (count, path) => count - (before[path] ?? 0),
      );
      checkShares(name, policy, done, ios);
    },
  };
}

/** Reads and writes that each path has done. */
async function pathIos(mounted: Mount, paths: number): Promise<readonly number[]> {
  const counts = [];
  for (let path = 0; path < paths; path++) {
    const stat = await cat(mounted.file(`${HEAD}/multipath/nvme0c${path}n1/stat`));
    const fields = stat.trim().split(/\s+/).map(Number);
    counts.push((fields[0] ?? 0) + (fields[4] ?? 0));
  }
  return counts;
}

/** The paths did all of fio's I/O, and shared it as the policy says. */
function checkShares(
  name: string,
  policy: IopolicyName,
  done: readonly number[],
  ios: number,
): void {
  const shares = `the paths did ${done.join(' + ')} I/Os of fio's ${ios}`;
  const total = done.reduce((sum, count) => sum + count, 0);
  if (total < ios) throw new Error(`${name}: ${shares}`);
  if (done.length < 2) return;
  const least = Math.min(...done) / total;
  // The checker reads from an idle path too, about once a second.
  if (policy === 'numa' && least > 0.02) throw new Error(`${name} used two paths: ${shares}`);
  if (policy === 'round-robin' && least < 0.4) throw new Error(`${name}: unequal: ${shares}`);
}
