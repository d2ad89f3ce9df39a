/** The machine's arrays as the contract suite wants them: real devices, and the real clock. */
import assert from 'node:assert/strict';
import { systemClock } from '../../../src/daemon/clock.js';
import { Drivers } from '../../../src/drivers/open.js';
import type { OpenedPath } from '../../../src/drivers/opened-path.js';
import { ACCESS_STATE_NAMES, AccessState } from '../../../src/multipath/names.js';
import type { ArrayState, ContractArray } from '../../contract/array.js';
import { delay } from '../../support/child.js';
import { namespaces } from './kernel-nvme.js';
import { GROUPS, PORTS, groupOf } from './lio.js';
import type { AluaState, Lio } from './lio.js';
import type { AnaState, Nvmet } from './nvmet.js';

/** Changes are found by asking, every second; each answer takes a while here. */
const BOUND_MS = 10_000;

/** Port n is path n - 1, and its ANA group on that port a group of its own. */
export function nvmetArray(nvmet: Nvmet): ContractArray {
  const device = (path: number): string => {
    const address = nvmet.address(path + 1);
    const disk = namespaces().find((candidate) => candidate.address.startsWith(address));
    assert.ok(disk !== undefined, `there is no disk at ${address}`);
    return `/dev/${disk.name}`;
  };
  for (const port of nvmet.ports) nvmet.setState(port, 1, 'optimized');
  return {
    ...common(device),
    groups: nvmet.ports.map((port) => port - 1),
    states: ACCESS_STATE_NAMES.map((name, accessState) => ({
      name,
      accessState,
      usable: accessState <= AccessState.NONOPTIMIZED,
    })),
    setState: (group, name) => {
      nvmet.setState(group + 1, 1, name as AnaState);
      return Promise.resolve();
    },
    remove: (path) => {
      nvmet.unlink(path + 1);
      return Promise.resolve();
    },
    restore: async (path) => {
      nvmet.link(path + 1);
      await nvmet.connect(path + 1);
    },
  };
}

const ALUA: readonly (ArrayState & { readonly name: AluaState })[] = [
  { name: 'active/optimized', accessState: AccessState.OPTIMIZED, usable: true },
  { name: 'active/non-optimized', accessState: AccessState.NONOPTIMIZED, usable: true },
  { name: 'standby', accessState: AccessState.INACCESSIBLE, usable: false },
  { name: 'unavailable', accessState: AccessState.INACCESSIBLE, usable: false },
  { name: 'transitioning', accessState: AccessState.CHANGE, usable: false },
];

/** Four paths in two groups. */
export function lioArray(lio: Lio): ContractArray {
  for (const group of GROUPS) {
    lio.setState(group, 'active/optimized');
    lio.setPreferred(group, false);
  }
  const group = (index: number) => {
    const found = GROUPS[index];
    assert.ok(found !== undefined, `there is no group ${index}`);
    return found;
  };
  return {
    ...common((path) => lio.disk(path + 1).device),
    groups: Array.from({ length: PORTS }, (_, path) => groupOf(path + 1) - 1),
    states: ALUA,
    setState: (index, name) => {
      lio.setState(group(index), name as AluaState);
      return Promise.resolve();
    },
    setPreferred: (index, preferred) => {
      lio.setPreferred(group(index), preferred);
      return Promise.resolve();
    },
    remove: (path) => {
      lio.setTransport(path + 1, 'offline');
      return Promise.resolve();
    },
    restore: (path) => {
      lio.setTransport(path + 1, 'online');
      return Promise.resolve();
    },
  };
}

function common(device: (path: number) => string) {
  const drivers = new Drivers({ clock: systemClock, readCheck: () => Promise.resolve(0) });
  const opened = new Map<number, OpenedPath>();
  return {
    clock: systemClock,
    boundMs: BOUND_MS,
    open: async (path: number): Promise<OpenedPath> => {
      // A block device is open once at a time: the kernel keeps it for who has it.
      opened.get(path)?.close();
      const now = await drivers.open(device(path));
      opened.set(path, now);
      return now;
    },
    wait: delay,
    close: () => Promise.resolve(),
  };
}
