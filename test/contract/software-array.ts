import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Drivers } from '../../src/drivers/open.js';
import { openFile } from '../../src/drivers/file/open.js';
import { ACCESS_STATE_NAMES, AccessState } from '../../src/multipath/names.js';
import { createTargets, type SoftwareTargets } from '../../src/target/create-targets.js';
import { ALUA_STATES } from '../../src/target/scsi/alua-state.js';
import type { AluaStateName, TargetsConfig } from '../../src/config/targets.js';
import { FakeClock, settle } from '../sim/fake-clock.js';
import type { ArrayState, ContractArray } from './array.js';

const CAPACITY = 1 << 20;
const NQN = 'nqn.2026-11.example:contract';
const WWNS = ['naa.5001405000000001', 'naa.5001405000000002', 'naa.5001405000000003'];

/** What both kinds have in common; `devices` are the names of the paths. */
interface Software {
  readonly targets: SoftwareTargets;
  readonly image: string;
  readonly devices: readonly string[];
  readonly groups: readonly number[];
  readonly states: readonly ArrayState[];
}

/** A namespace behind three ports, each with ANA states of its own. */
export function softwareNvmeArray(): ContractArray {
  const clock = new FakeClock();
  const software = make(clock, (image) => ({
    nvmet: {
      subsystems: [
        {
          nqn: NQN,
          model: 'contract',
          serial: 'C0001',
          firmware_rev: '1.0',
          namespaces: [
            { nsid: 1, device_path: image, uuid: undefined, nguid: undefined, ana_grpid: 1 },
          ],
        },
      ],
      ports: [1, 2, 3].map((id) => ({
        id,
        subsystems: [NQN],
        ana_groups: new Map([[1, 'optimized']]),
      })),
    },
    target: { units: [] },
  }));
  const { nvmet } = software.targets;
  const namespace = nvmet.subsystems.get(NQN)?.namespaces.get(1);
  return {
    ...common(clock, {
      ...software,
      devices: [1, 2, 3].map((port) => `nvmet:${port}/${NQN}/1`),
      groups: [0, 1, 2],
      states: ACCESS_STATE_NAMES.map((name, accessState) => ({
        name,
        accessState,
        usable: accessState <= AccessState.NONOPTIMIZED,
      })),
    }),
    setState: async (group, name) => {
      const state = ACCESS_STATE_NAMES.find((known) => known === name);
      if (state === undefined) throw new Error(name);
      nvmet.ports.get(group + 1)?.setAnaState(1, state);
      await settle();
    },
    remove: async () => {
      namespace?.disable();
      await settle();
    },
    restore: async () => {
      namespace?.enable();
      await settle();
    },
  };
}

const SCSI_STATES: readonly (ArrayState & { readonly name: AluaStateName })[] = [
  { name: 'active/optimized', accessState: AccessState.OPTIMIZED, usable: true },
  { name: 'active/non-optimized', accessState: AccessState.NONOPTIMIZED, usable: true },
  { name: 'standby', accessState: AccessState.INACCESSIBLE, usable: false },
  { name: 'unavailable', accessState: AccessState.INACCESSIBLE, usable: false },
  { name: 'transitioning', accessState: AccessState.CHANGE, usable: false },
];

/** A logical unit behind three ports in two groups. */
export function softwareScsiArray(): ContractArray {
  const clock = new FakeClock();
  const groups = [0, 0, 1];
  const software = make(clock, (image) => ({
    nvmet: { subsystems: [], ports: [] },
    target: {
      units: [
        {
          name: 'disk',
          file: image,
          vendor: 'LIO-ORG',
          model: 'FILEIO',
          serial: 'c0c0c0c0-0000-0000-0000-000000000001',
          wwid: undefined,
          groups: [1, 2].map((id) => ({
            name: `gp${id}`,
            id,
            access_state: 'active/optimized',
            preferred: false,
          })),
          ports: WWNS.map((wwn, path) => ({ wwn, lun: 0, group: `gp${(groups[path] ?? 0) + 1}` })),
        },
      ],
    },
  }));
  const { core } = software.targets;
  const unit = core.units.get('disk');
  const groupOf = (group: number) => unit?.groups.get(`gp${group + 1}`);
  const setOnline = async (path: number, online: boolean): Promise<void> => {
    const port = core.ports.get(WWNS[path] ?? '');
    if (port !== undefined) port.online = online;
    await settle();
  };
  return {
    ...common(clock, {
      ...software,
      devices: WWNS.map((wwn) => `target:${wwn}/0`),
      groups,
      states: SCSI_STATES,
    }),
    setState: async (group, name) => {
      const state = ALUA_STATES[name as AluaStateName];
      await groupOf(group)?.changeState(state);
    },
    setPreferred: (group, preferred) => {
      const found = groupOf(group);
      if (found !== undefined) found.preferred = preferred;
      return Promise.resolve();
    },
    remove: (path) => setOnline(path, false),
    restore: (path) => setOnline(path, true),
  };
}

function make(clock: FakeClock, config: (image: string) => TargetsConfig) {
  const image = join(mkdtempSync(join(tmpdir(), 'mpathfs-contract-')), 'image');
  writeFileSync(image, new Uint8Array(CAPACITY));
  return { image, targets: createTargets(config(image), { clock, openFile }) };
}

function common(
  clock: FakeClock,
  { targets, image, devices, groups, states }: Software,
): ContractArray {
  const drivers = new Drivers({ clock, readCheck: () => Promise.resolve(0), targets });
  return {
    groups,
    clock,
    boundMs: 3000,
    states,
    open: (path) => drivers.open(devices[path] ?? ''),
    wait: (ms) => clock.advance(ms),
    resize: (bytes) => {
      truncateSync(image, bytes);
      return Promise.resolve();
    },
    idle: () => clock.pending === 0,
    close: () => {
      targets.close();
      rmSync(join(image, '..'), { recursive: true, force: true });
      return Promise.resolve();
    },
  };
}
