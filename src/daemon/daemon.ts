/** Puts the whole together: devices, engine, reactors, tree and mount, and their orderly end. */
import { closeSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import type { Config } from '../config/types.js';
import { openFile } from '../drivers/file/open.js';
import { Drivers } from '../drivers/open.js';
import type { OpenedPath } from '../drivers/opened-path.js';
import { mountFuse, unmountFuse } from '../fuse/connection.js';
import { negotiate } from '../fuse/init.js';
import { Reactors, type ReactorPlace } from '../fuse/reactors.js';
import { Session } from '../fuse/session.js';
import type { TransportName } from '../fuse/worker-data.js';
import { Engine } from '../multipath/engine.js';
import { native } from '../native/binding.js';
import { buildTree } from '../sysfs/tree.js';
import { createTargets } from '../target/create-targets.js';
import { Topology } from '../topology/topology.js';
import { systemClock } from './clock.js';
import { DiskSizes } from './disk-sizes.js';
import { addDisks, findDisks, followMachine } from './disks.js';
import { logTopology } from './engine-log.js';
import { hostIdentity } from './host-identity.js';
import { readMachine, type Machine } from './machine.js';
import { makeTables } from './tables.js';

export interface DaemonOptions {
  /** An existing directory, absolute. */
  readonly mountpoint: string;
  readonly transport: TransportName | 'auto';
  /** Undefined: as root yes, else no. */
  readonly allowOther: boolean | undefined;
  /** Undefined: one for each online CPU. */
  readonly reactors: number | undefined;
  /** poll() always wakes, at the cost of I/O through io_uring. */
  readonly poll: boolean;
  readonly log: Logger;
}

export interface Daemon {
  /** Resolves when the mount is gone and everything is closed. */
  readonly finished: Promise<void>;
  /** Unmounts. Rejects with `code` EBUSY if the mount is in use and `lazy` is false. */
  stop(lazy: boolean): Promise<void>;
}

/**
 * Opens the devices, starts the reactors and mounts. Resolves once requests are served; if it
 * rejects, nothing is left mounted or open.
 */
export async function startDaemon(config: Config, options: DaemonOptions): Promise<Daemon> {
  const { log, mountpoint } = options;
  protectProcess(log);
  const machine = readMachine(config.machine.cpu_nodes, configuredNodes(config));
  const places = placeReactors(machine, options.reactors);
  const found = findDisks(config, log);
  const tables = makeTables([...found.configured, ...found.scanned], machine, places.length);
  const host = hostIdentity(config.machine);
  const targets = createTargets(config.targets, {
    clock: systemClock,
    openFile: (device) => openFile(device),
    hostid: host.hostid,
  });
  let session: Session | undefined;
  let sizes: DiskSizes | undefined;
  const reactors = new Reactors(tables, places, config.machine.queue_depth, {
    request: (request) => session!.handle(request),
    interrupted: (unique) => session?.interrupt(unique),
    pathFailed: (path, errno) => engine.pathFailed(path, errno),
    wrotePastEnd: (bdev) => void sizes?.restore(bdev),
    pollRefused: () =>
      log.info('io_uring came before poll(): poll() wakes nobody; -o poll has it always work'),
    failed: (reactor, message) => {
      // Its requests would wait for ever: end the connection, so that they fail.
      log.fatal({ reactor }, message);
      reactors.stop();
      unmountFuse(mountpoint, true).catch((err: unknown) => log.error({ err }, 'not unmounted'));
    },
  });
  const engine: Engine = new Engine({
    tables,
    clock: systemClock,
    reactors,
    nodes: machine.nodes,
  });

  const ended = async (): Promise<void> => {
    hotplug?.close();
    await reactors.finished;
    await engine.shutdown();
    targets.close();
  };
  let hotplug: { close(): void } | undefined;
  try {
    const drivers = new Drivers({
      clock: systemClock,
      readCheck: (path) => reactors.check(path.number),
      targets,
      log,
    });
    const topology = new Topology({
      engine,
      openPath: (device) => openLogged(drivers, device, log),
      readPage: (head, offset) => reactors.readPage(head, offset),
      ...host,
      log,
    });
    logTopology(topology, log);
    const info = {
      version: version(),
      pid: process.pid,
      transport: '',
      reactors: places.length,
      queueDepth: config.machine.queue_depth,
      heapUsed: () => reactors.heapUsed(),
    };
    const root = buildTree(topology, info, targets);
    session = new Session({ root, uid: process.getuid!(), gid: process.getgid!(), log });
    root.watch(session);
    await addDisks(topology, found, log);
    sizes = new DiskSizes(mountpoint, topology, log);
    const allowOther = options.allowOther ?? process.geteuid?.() === 0;
    const fuseFd = mountFuse(mountpoint, { allowOther });
    const fds = [fuseFd];
    try {
      session.connect(fuseFd);
      const { transport, reason } = negotiate(fuseFd, options.transport);
      while (transport === 'devfuse' && fds.length < places.length)
        fds.push(native.cloneFuse(fuseFd));
      info.transport = transport;
      if (options.poll) reactors.servePoll();
      reactors.serve(transport, fds.length === 1 ? places.map(() => fuseFd) : fds);
      hotplug = followMachine(topology, config, found, log);
      log.info({ mountpoint, reactors: places.length }, `transport ${transport}: ${reason}`);
    } catch (error) {
      fds.forEach(closeSync);
      await unmountFuse(mountpoint, true);
      throw error;
    }
    return {
      finished: reactors.finished.then(async () => {
        await ended();
        await session?.disconnect();
        fds.forEach(closeSync);
      }),
      stop: (lazy) => {
        // Who waits for uevents would keep a detached mount for ever.
        if (lazy) session?.endStreams();
        return unmountFuse(mountpoint, lazy);
      },
    };
  } catch (error) {
    reactors.stop();
    await ended();
    throw error;
  }
}

async function openLogged(drivers: Drivers, device: string, log: Logger): Promise<OpenedPath> {
  const opened = await drivers.open(device);
  if (!opened.direct) {
    log.warn({ device }, 'opened without O_DIRECT, which its file system does not have');
  }
  return opened;
}

/** A storage daemon must survive memory pressure: reclaim waits for the I/O that it does. */
function protectProcess(log: Logger): void {
  try {
    native.setIoFlusher();
    writeFileSync('/proc/self/oom_score_adj', '-900');
  } catch (error) {
    log.debug({ err: error }, 'not protected from memory pressure');
  }
}

function configuredNodes(config: Config): number {
  const nodes = config.disks.flatMap(({ paths }) => paths.map((path) => path.numa_node ?? -1));
  return 1 + Math.max(-1, ...nodes);
}

/** Reactor i runs on the i-th online CPU and serves every queue q with q % reactors = i. */
function placeReactors(machine: Machine, wanted: number | undefined): ReactorPlace[] {
  const count = Math.min(wanted ?? machine.onlineCpus.length, machine.onlineCpus.length);
  const queues = Array.from({ length: machine.possibleCpus }, (_, queue) => queue);
  return Array.from({ length: count }, (_, index) => {
    const cpu = machine.onlineCpus[index]!;
    return {
      cpu: count === machine.onlineCpus.length ? cpu : -1,
      node: machine.cpuNode[cpu]!,
      queues: queues.filter((queue) => queue % count === index),
    };
  });
}

function version(): string {
  const file = new URL('../../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(fileURLToPath(file), 'utf8')) as { version: string }).version;
}
