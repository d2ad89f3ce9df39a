import type { ExecutionContext } from 'ava';
import { CONTROLLER_STATE_NAMES } from '../../../src/multipath/names.js';
import type { Topology } from '../../../src/topology/topology.js';

/** One line for each event from now on: its name and what it is about. */
export function record(topology: Topology): string[] {
  const told: string[] = [];
  const named = [
    ...['subsystemAdded', 'subsystemRemoved', 'controllerAdded', 'controllerRemoved'],
    ...['nvmePathAdded', 'nvmePathRemoved', 'nvmeHeadLive', 'nvmeHeadRemoved'],
    ...['scsiPathAdded', 'scsiPathRemoved', 'scsiHeadLive', 'scsiHeadRemoved'],
    ...['partitionAdded', 'partitionRemoved', 'resized', 'accessState'],
  ] as 'nvmePathAdded'[];
  for (const event of named) topology.on(event, ({ name }) => told.push(`${event} ${name}`));
  const numbered = [
    ...['scsiDeviceAdded', 'scsiDeviceRemoved', 'hostAdded', 'hostRemoved'],
  ] as 'hostAdded'[];
  for (const event of numbered) topology.on(event, ({ number }) => told.push(`${event} ${number}`));
  topology.on('controllerState', ({ name }, { state }, from) =>
    told.push(
      `controllerState ${name} ${CONTROLLER_STATE_NAMES[from]} -> ${CONTROLLER_STATE_NAMES[state]}`,
    ),
  );
  topology.on('iopolicy', (owner) =>
    told.push(`iopolicy ${'heads' in owner ? owner.name : owner.disk.name}`),
  );
  return told;
}

/** Nothing comes twice, goes twice or goes unseen; returns what is there in the end. */
export function balanced(t: ExecutionContext, told: readonly string[]): Set<string> {
  const there = new Set<string>();
  for (const line of told) {
    const [, what, change, name] = /^(\w+?)(Added|Live|Removed) (.*)$/.exec(line) ?? [];
    if (what === undefined) continue;
    const key = `${what} ${name}`;
    if (change === 'Removed') t.true(there.delete(key), `${line}: was not there`);
    else t.false(there.has(key), `${line}: twice`);
    if (change !== 'Removed') there.add(key);
  }
  return there;
}
