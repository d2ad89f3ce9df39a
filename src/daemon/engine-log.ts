import type { Logger } from 'pino';
import type { Engine } from '../multipath/engine.js';
import type { Head } from '../multipath/head.js';
import { CONTROLLER_STATE_NAMES, ControllerState, IOPOLICY_NAMES } from '../multipath/names.js';
import type { Path } from '../multipath/path.js';
import { disksOf, type Topology } from '../topology/topology.js';

/** Logs the disks as they are, and from then on what the engine does to them, by name. */
export function logEngine(topology: Topology, log: Logger): void {
  const { engine } = topology;
  const names = new Map<Head | Path, string>();
  for (const disk of disksOf(topology)) {
    names.set(disk.head, disk.name);
    for (const path of disk.paths) names.set(path.path, path.name);
    const live = disk.paths.filter(({ path }) => isLive(path)).length;
    log.info(
      { disk: disk.name, wwid: disk.wwid, bytes: disk.head.capacity },
      `${disk.name}: ${live} of ${disk.paths.length} paths live`,
    );
  }
  const name = (of: Head | Path): string => names.get(of) ?? `${of.number}`;
  follow(engine, log, name);
}

function follow(engine: Engine, log: Logger, name: (of: Head | Path) => string): void {
  engine.on('headLive', (head) => log.info({ disk: name(head) }, 'disk live'));
  engine.on('headRemoved', (head) => log.warn({ disk: name(head) }, 'disk removed'));
  engine.on('pathRemoved', (path) => log.warn({ path: name(path) }, 'path removed'));
  engine.on('controllerState', (path, from, reason) => {
    const to = CONTROLLER_STATE_NAMES[path.controller.state];
    log[isLive(path) ? 'info' : 'warn'](
      { path: name(path), reason },
      `path ${CONTROLLER_STATE_NAMES[from]} -> ${to}`,
    );
  });
  engine.on('iopolicyChanged', (head, from) =>
    log.info(
      { disk: name(head) },
      `iopolicy changed from ${IOPOLICY_NAMES[from]} to ${IOPOLICY_NAMES[head.iopolicy]}`,
    ),
  );
}

function isLive(path: Path): boolean {
  return path.controller.state === ControllerState.LIVE;
}
