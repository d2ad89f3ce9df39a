/** The disks of a mount: those that are configured, and those that the machine has. */
import type { Logger } from 'pino';
import type { Config, DiskConfig } from '../config/types.js';
import { discover, discovery, MACHINE } from '../discovery/discover.js';
import type { FoundDevice } from '../discovery/found-device.js';
import { relocate } from '../discovery/relocate.js';
import { scannedDisks } from '../discovery/scan-rules.js';
import { native } from '../native/binding.js';
import type { Topology } from '../topology/topology.js';
import { systemClock } from './clock.js';
import { startHotplug, type Hotplug } from './hotplug.js';

/** What was found when the mount began, and what it is to have of it. */
export interface FoundDisks {
  readonly found: readonly FoundDevice[];
  /** As configured, each path with the device that it has now. */
  readonly configured: readonly DiskConfig[];
  /** Those that `scan` adds. */
  readonly scanned: readonly DiskConfig[];
}

export function findDisks(config: Config, log: Logger): FoundDisks {
  const found = discover(MACHINE);
  return {
    found,
    configured: relocate(config.disks, found, log),
    scanned: scannedDisks(found, config.disks, config),
  };
}

/** Rejects when a configured disk can't be had; without a scanned one the mount goes on. */
export async function addDisks(
  topology: Topology,
  { configured, scanned }: FoundDisks,
  log: Logger,
): Promise<void> {
  await topology.addDisks(configured);
  for (const disk of scanned) {
    await topology.addDisks([disk]).catch((err: unknown) => {
      log.warn({ err, wwid: disk.wwid }, `disk ${disk.wwid} was found, but not added`);
    });
  }
}

/** From now on paths come and go with the machine's devices. */
export function followMachine(
  topology: Topology,
  config: Config,
  { found }: FoundDisks,
  log: Logger,
): Pick<Hotplug, 'close'> {
  try {
    return startHotplug({
      topology,
      disks: config.disks,
      rules: config,
      discovery: discovery(MACHINE),
      found,
      watch: (message) => native.watchUevents(message),
      clock: systemClock,
      log,
    });
  } catch (err) {
    log.warn({ err }, "the kernel's uevents can't be read: no path comes or goes by itself");
    return { close: () => undefined };
  }
}
