/** The kernel's pretended SCSI disk (drivers/scsi/scsi_debug.c) with an error for every taste. */
import { join } from 'node:path';
import { untilScsiDisks } from './kernel-scsi.js';
import type { ScsiDisk } from './kernel-scsi.js';
import type { Direction } from './errno.js';
import { modprobe, write } from './sys.js';

const FAIL_COMMAND = 2;
const OPCODES: Readonly<Record<Direction, string>> = { read: '28', write: '2a' };
const MEBIBYTES = 16;

/** How a command ends. */
export interface Ending {
  /** Sense key, additional sense code and its qualifier. */
  readonly sense?: readonly [number, number, number];
  /** SAM status; CHECK CONDITION if there is sense. */
  readonly status?: number;
  /** DID_... */
  readonly host?: number;
}

/**
 * A disk with a path through each of these hosts. It reports a port group of its own for every
 * host: number 0, 3, 6 ... are active/optimized, 1, 4, 7 ... non-optimized, the others standby.
 */
export async function startScsiDebug(hosts: readonly number[]): Promise<readonly ScsiDisk[]> {
  await modprobe('sd_mod');
  const count = Math.max(...hosts) + 1;
  const same = ['vpd_use_hostno=0', 'per_host_store=0'];
  await modprobe('scsi_debug', `add_host=${count}`, `dev_size_mb=${MEBIBYTES}`, ...same);
  const disks = await untilScsiDisks(count);
  const hostOf = (disk: ScsiDisk): number => Number(disk.address.split(':')[0]);
  for (const disk of disks) if (!hosts.includes(hostOf(disk))) disk.delete();
  const left = await untilScsiDisks(hosts.length);
  return [...left].sort((a, b) => hosts.indexOf(hostOf(a)) - hosts.indexOf(hostOf(b)));
}

/** Has reads or writes through one path end like that, the next one or all of them. */
export function inject(
  disk: ScsiDisk,
  direction: Direction,
  ending: Ending,
  times: 'once' | 'always',
): void {
  const { sense = [0, 0, 0], host = 0 } = ending;
  const status = ending.status ?? (ending.sense === undefined ? 0 : 2);
  const numbers = [host, 0, status, ...sense].map((number) => `0x${number.toString(16)}`);
  // A negative count is how often, a positive one means always.
  const count = times === 'once' ? -1 : 1;
  write(rules(disk), [FAIL_COMMAND, count, `0x${OPCODES[direction]}`, ...numbers].join(' '));
}

export function heal(disk: ScsiDisk, direction: Direction): void {
  write(rules(disk), `- ${FAIL_COMMAND} 0x${OPCODES[direction]}`);
}

function rules(disk: ScsiDisk): string {
  return join('/sys/kernel/debug/scsi_debug', disk.address, 'error');
}
