import type { Logger } from 'pino';
import type { Engine } from '../multipath/engine.js';
import { CONTROLLER_STATE_NAMES, ControllerState, IOPOLICY_NAMES } from '../multipath/names.js';

/** Logs what the engine does, by path and head number of the tables. */
export function logEngine(engine: Engine, log: Logger): void {
  engine.on('headLive', (head) => log.info({ head: head.number }, 'disk live'));
  engine.on('headRemoved', (head) => log.warn({ head: head.number }, 'disk removed'));
  engine.on('pathRemoved', (path) => log.warn({ path: path.number }, 'path removed'));
  engine.on('controllerState', (path, from, reason) => {
    const { state } = path.controller;
    const level = state === ControllerState.LIVE ? 'info' : 'warn';
    log[level](
      { head: path.head.number, path: path.number, reason },
      `path ${CONTROLLER_STATE_NAMES[from]} -> ${CONTROLLER_STATE_NAMES[state]}`,
    );
  });
  engine.on('iopolicyChanged', (head, from) =>
    log.info(
      { head: head.number },
      `iopolicy changed from ${IOPOLICY_NAMES[from]} to ${IOPOLICY_NAMES[head.iopolicy]}`,
    ),
  );
}
