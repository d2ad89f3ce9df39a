/** mpathfs in the machine: what scan finds is mounted. */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { output } from '../../support/child.js';
import { mpathfs } from '../../support/mpathfs.js';

export const MOUNTPOINT = '/mnt/mpath';
const CONFIG = '/run/mpathfs.toml';
export const LOG = '/share/mpathfs.log';
/** Node takes seconds to start here. */
const START_MS = 60_000;

/** `mpathfs scan --toml > config && mpathfs mount config /mnt`, with its log in the share. */
export async function mountScanned(): Promise<void> {
  await mountConfig(await output(mpathfs('scan', '--toml'), { timeoutMs: START_MS }));
}

export async function mountConfig(config: string): Promise<void> {
  writeFileSync(CONFIG, config);
  copyFileSync(CONFIG, '/share/mpathfs.toml');
  await remount();
}

/** Mounts what was mounted before. */
export async function remount(): Promise<void> {
  mkdirSync(MOUNTPOINT, { recursive: true });
  const options = ['-o', `log=${LOG}`];
  await output(mpathfs('mount', CONFIG, MOUNTPOINT, ...options), { timeoutMs: START_MS });
}

export async function umount(): Promise<void> {
  await output(mpathfs('umount', MOUNTPOINT), { timeoutMs: START_MS });
}
