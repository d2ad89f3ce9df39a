/** The entry of a reactor's Worker: puts the parts together and runs the loop. */
import { parentPort, workerData } from 'node:worker_threads';
import { BioTable, type BioEnd } from '../multipath/bio.js';
import { Submitter } from '../multipath/submitter.js';
import { Arena } from '../reactor/arena.js';
import { DiskIo } from '../reactor/disk-io.js';
import type { ReactorMessage } from '../reactor/frontend.js';
import { Outbox } from '../reactor/outbox.js';
import { PageReads } from '../reactor/page-reads.js';
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
  const { entries } = data.arenaShape;
  const bios = new BioTable(arena.bios);
  const queue = new SubmissionQueue(arena.bios + 1);
  const workers = new RingWorkers(queue, data.cpu);
  const fuseSlot = data.sizes.paths;
  queue.ring.registerFiles(data.sizes.paths + 1);

  const outbox = new Outbox(post);
  const shared = { tables, index: data.index, bios, arena, queue };
  const pageReads = new PageReads({ ...shared, post });
  const frontend = new FuseFrontend({
    ...shared,
    askMain: (entry) => outbox.request(entry),
    wrotePastEnd: (bdev) => post({ kind: 'wrotePastEnd', bdev }),
    pollRefused: () => post({ kind: 'pollRefused' }),
    openTransport: (name, fuseFd, requests) => {
      queue.ring.updateFile(fuseSlot, fuseFd);
      return transportOf(name, arena, queue, fuseFd, fuseSlot, requests);
    },
  });
  const disk = new DiskIo(tables, data.index, bios, arena, queue);
  const ends: BioEnd = {
    end: (bio, error) => {
      if (bio < entries) frontend.end(bio, error);
      else pageReads.end(bio, error);
    },
  };
  const submitter = new Submitter(tables, data.index, data.node, bios, disk, ends, {
    pathFailed: (path, errno) => post({ kind: 'pathFailed', path, errno }),
  });
  frontend.connect(submitter);
  new Reactor({
    ...shared,
    workers,
    disk,
    submitter,
    frontend,
    pageReads,
    outbox,
    eventFd: data.eventFd,
    post,
  }).run();
  queue.ring.close();
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
