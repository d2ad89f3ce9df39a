/** mpathfs in the machine: what scan finds is mounted. */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { output } from '../../support/child.js';
import { mpathfs } from '../../support/mpathfs.js';

export const MOUNTPOINT = '/mnt/mpath';
const CONFIG = '/run/mpathfs.toml';
/** Node takes seconds to start here. */
const START_MS = 60_000;

/** `mpathfs scan --toml > config && mpathfs mount config /mnt`, with its log in the share. */
export async function mountScanned(): Promise<void> {
  writeFileSync(CONFIG, await output(mpathfs('scan', '--toml'), { timeoutMs: START_MS }));
  copyFileSync(CONFIG, '/share/mpathfs.toml');
  mkdirSync(MOUNTPOINT, { recursive: true });
  const options = ['-o', 'log=/share/mpathfs.log'];
  await output(mpathfs('mount', CONFIG, MOUNTPOINT, ...options), { timeoutMs: START_MS });
}

export async function umount(): Promise<void> {
  await output(mpathfs('umount', MOUNTPOINT), { timeoutMs: START_MS });
}
