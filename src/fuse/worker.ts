/** The entry of a reactor's Worker: puts the parts together and runs the loop. */
import { parentPort, workerData } from 'node:worker_threads';
import { BioTable } from '../multipath/bio.js';
import { Submitter } from '../multipath/submitter.js';
import { Arena } from '../reactor/arena.js';
import { DiskIo } from '../reactor/disk-io.js';
import type { ReactorMessage } from '../reactor/frontend.js';
import { Reactor } from '../reactor/reactor.js';
import { RingWorkers } from '../reactor/ring-workers.js';
import { SubmissionQueue } from '../reactor/submission-queue.js';
import { Tables } from '../shared/tables.js';
import { DevfuseTransport } from './devfuse-transport.js';
import { FuseFrontend } from './frontend.js';
import { RingTransport } from './ring-transport.js';
import type { Requests, Transport } from './transport.js';
import type { TransportName, WorkerData } from './worker-data.js';

const data = workerData as WorkerData;
const post = (message: ReactorMessage): void => parentPort?.postMessage(message);

function run(): void {
  const tables = new Tables(data.sizes, data.tables);
  const arena = new Arena(data.arenaShape, data.arena);
  const { entries, checks } = data.arenaShape;
  const bios = new BioTable(entries + checks);
  const queue = new SubmissionQueue(entries + checks + 1);
  const workers = new RingWorkers(queue, data.cpu);
  const fuseSlot = data.sizes.paths;
  queue.ring.registerFiles(data.sizes.paths + 1);

  const frontend = new FuseFrontend({
    tables,
    index: data.index,
    bios,
    arena,
    queue,
    askMain: (entry) => post({ kind: 'request', entry }),
    wrotePastEnd: (head) => post({ kind: 'wrotePastEnd', head }),
    openTransport: (name, fuseFd, requests) => {
      queue.ring.updateFile(fuseSlot, fuseFd);
      return transportOf(name, arena, queue, fuseFd, fuseSlot, requests);
    },
  });
  const disk = new DiskIo(tables, data.index, bios, arena, queue, pinMemory(queue, arena));
  const submitter = new Submitter(tables, data.index, data.node, bios, disk, frontend, {
    pathFailed: (path, errno) => post({ kind: 'pathFailed', path, errno }),
  });
  frontend.connect(submitter);
  new Reactor({
    tables,
    index: data.index,
    bios,
    arena,
    queue,
    workers,
    disk,
    submitter,
    frontend,
    eventFd: data.eventFd,
    post,
  }).run();
  queue.ring.close();
}

/**
 * Has the kernel keep the arena's pages at hand instead of looking them up for each I/O. False
 * without the right to lock that much memory (RLIMIT_MEMLOCK): it works all the same.
 */
function pinMemory(queue: SubmissionQueue, arena: Arena): boolean {
  try {
    queue.ring.registerBuffer(arena.words);
    return true;
  } catch {
    return false;
  }
}

function transportOf(
  name: TransportName,
  arena: Arena,
  queue: SubmissionQueue,
  fd: number,
  slot: number,
  requests: Requests,
): Transport {
  const { entries } = data.arenaShape;
  if (name === 'devfuse') {
    return new DevfuseTransport(arena, queue, fd, slot, 0, entries, requests);
  }
  const ringEntries = data.queues.length * data.depth;
  const control =
    entries > ringEntries
      ? new DevfuseTransport(arena, queue, fd, slot, ringEntries, entries - ringEntries, requests)
      : undefined;
  return new RingTransport(arena, queue, slot, data.queues, data.depth, control, requests);
}

try {
  run();
} catch (error) {
  post({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
}
parentPort?.close();
