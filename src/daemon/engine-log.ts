import type { Logger } from 'pino';
import type { Controller } from '../multipath/controller.js';
import {
  ACCESS_STATE_NAMES,
  CONTROLLER_STATE_NAMES,
  ControllerState,
  IOPOLICY_NAMES,
} from '../multipath/names.js';
import type { HeadDisk } from '../topology/disk.js';
import type { NvmeController, NvmeSubsystem } from '../topology/nvme.js';
import type { AnyPath } from '../topology/personality.js';
import type { ScsiMpathDevice, ScsiPath } from '../topology/scsi.js';
import type { Topology } from '../topology/topology.js';

/** Logs what comes, goes and changes, by name. */
export function logTopology(topology: Topology, log: Logger): void {
  const live = (disk: HeadDisk): void =>
    log.info(
      { disk: disk.name, wwid: disk.wwid, bytes: disk.head.capacity },
      `disk ${disk.name} live`,
    );
  const removed = ({ name }: HeadDisk): void => log.warn({ disk: name }, `disk ${name} removed`);
  const pathAdded = ({ name, device }: AnyPath): void =>
    log.info({ path: name, device }, `path ${name} added`);
  const pathRemoved = ({ name }: AnyPath): void => log.warn({ path: name }, `path ${name} removed`);
  topology.on('nvmeHeadLive', live);
  topology.on('scsiHeadLive', live);
  topology.on('nvmeHeadRemoved', removed);
  topology.on('scsiHeadRemoved', removed);
  topology.on('nvmePathAdded', pathAdded);
  topology.on('scsiPathAdded', pathAdded);
  topology.on('nvmePathRemoved', pathRemoved);
  topology.on('scsiPathRemoved', pathRemoved);
  topology.on('resized', ({ name, head }) =>
    log.info({ disk: name, bytes: head.capacity }, `disk ${name} has another size`),
  );
  topology.on('iopolicy', (owner) =>
    log.info(`${ownerName(owner)}: iopolicy is ${IOPOLICY_NAMES[owner.iopolicy]}`),
  );
  topology.on('accessState', ({ name, path }) =>
    log.info({ path: name }, `path ${name} is ${ACCESS_STATE_NAMES[path.accessState]}`),
  );
  topology.on('marginal', ({ name, path: { marginal } }) => {
    if (marginal)
      log.warn({ path: name }, `path ${name} is marginal: used if nothing else is left`);
    else log.info({ path: name }, `path ${name} is no longer marginal`);
  });
  topology.on('controllerState', (owner, controller, from, reason) =>
    logState(log, owner, controller, from, reason),
  );
}

function logState(
  log: Logger,
  { name }: NvmeController | ScsiPath,
  { state }: Controller,
  from: number,
  reason: string,
): void {
  const change = `${CONTROLLER_STATE_NAMES[from]} -> ${CONTROLLER_STATE_NAMES[state]}`;
  log[levelOf(from, state)]({ controller: name, reason }, `${name} ${change}`);
}

/** That a new one connects is no news: its path was logged. */
function levelOf(from: number, to: number): 'debug' | 'info' | 'warn' {
  if (to !== ControllerState.LIVE) return 'warn';
  return from === ControllerState.NEW ? 'debug' : 'info';
}

function ownerName(owner: NvmeSubsystem | ScsiMpathDevice): string {
  return 'subsysnqn' in owner ? owner.name : owner.disk.name;
}
