/** The kernel's SCSI target (drivers/target) on its loopback fabric: a disk with four ports. */
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import assert from 'node:assert/strict';
import { scsiDisks, untilScsiDisks } from './kernel-scsi.js';
import type { ScsiDisk } from './kernel-scsi.js';
import { make, modprobe, write } from './sys.js';

const ROOT = '/sys/kernel/config/target';
const STORE = join(ROOT, 'core/rd_mcp_0/disk');
const PAGES = 8192;

/** As SPC numbers them. */
export const ALUA_STATES = {
  'active/optimized': 0,
  'active/non-optimized': 1,
  standby: 2,
  unavailable: 3,
  transitioning: 15,
} as const;
export type AluaState = keyof typeof ALUA_STATES;

export const PORTS = 4;
export const GROUPS = [1, 2] as const;
export type Group = (typeof GROUPS)[number];

export function groupOf(port: number): Group {
  return port <= 2 ? 1 : 2;
}

/** Ports 1 and 2 are in group 1, ports 3 and 4 in group 2; all are active/optimized. */
export class Lio {
  /** By port, from 0: `2:0:1:0`. */
  readonly #addresses: readonly string[];

  private constructor(addresses: readonly string[]) {
    this.#addresses = addresses;
  }

  static async start(): Promise<Lio> {
    // Where the target keeps reservations and ALUA states over a restart.
    for (const kept of ['pr', 'alua']) mkdirSync(join('/var/target', kept), { recursive: true });
    await modprobe('target_core_mod');
    await modprobe('tcm_loop');
    await modprobe('sd_mod');
    makeStore();
    const addresses: string[] = [];
    for (let port = 1; port <= PORTS; port++) addresses.push(await makePort(port));
    return new Lio(addresses);
  }

  setState(group: Group, state: AluaState): void {
    write(join(groupDirectory(group), 'alua_access_state'), ALUA_STATES[state]);
  }

  setPreferred(group: Group, preferred: boolean): void {
    write(join(groupDirectory(group), 'preferred'), Number(preferred));
  }

  /** How long a transition may take that the target has not been asked for. */
  setTransitionSecs(group: Group, secs: number): void {
    write(join(groupDirectory(group), 'implicit_trans_secs'), secs);
  }

  /** The port's disk as the kernel names it now. */
  disk(port: number): ScsiDisk {
    const address = this.#addresses[port - 1];
    const disk = scsiDisks().find((candidate) => candidate.address === address);
    assert.ok(disk !== undefined, `port ${port} has no disk`);
    return disk;
  }

  /** The port's link: an initiator sees DID_TRANSPORT_DISRUPTED while it is offline. */
  setTransport(port: number, status: 'online' | 'offline'): void {
    write(join(tpgDirectory(port), 'transport_status'), status);
  }
}

function makeStore(): void {
  mkdirSync(STORE, { recursive: true });
  write(join(STORE, 'control'), `rd_pages=${PAGES}`);
  write(join(STORE, 'wwn/vpd_unit_serial'), 'a5a5a5a5-0000-4000-8000-000000000001');
  write(join(STORE, 'enable'), 1);
  for (const group of GROUPS) {
    make(groupDirectory(group), { tg_pt_gp_id: group, alua_access_type: 1, alua_access_state: 0 });
  }
}

/** Returns the address of the disk that the initiator has of it. */
async function makePort(port: number): Promise<string> {
  const before = new Set(scsiDisks().map((disk) => disk.address));
  const tpg = tpgDirectory(port);
  mkdirSync(join(tpg, 'lun/lun_0'), { recursive: true });
  write(join(tpg, 'rtpi'), port);
  write(join(tpg, 'nexus'), wwn(port + 0x10));
  symlinkSync(STORE, join(tpg, 'lun/lun_0/disk'));
  write(join(tpg, 'lun/lun_0/alua_tg_pt_gp'), `group${groupOf(port)}`);
  const disk = (await untilScsiDisks(port)).find(({ address }) => !before.has(address));
  assert.ok(disk !== undefined);
  // The initiator has read the port's page before it was in its group.
  disk.rescan();
  return disk.address;
}

function groupDirectory(group: Group): string {
  return join(STORE, `alua/group${group}`);
}

function tpgDirectory(port: number): string {
  return join(ROOT, 'loopback', wwn(port), 'tpgt_1');
}

function wwn(number: number): string {
  return `naa.60014050000000${number.toString(16).padStart(2, '0')}`;
}
