import { Errno } from '../../shared/errno.js';
import { systemError } from '../../shared/system-error.js';
import type { AdminQueue, Failure } from './admin-queue.js';
import { isRefusal, type Refusal } from './bytes.js';
import {
  IDENTIFY_BYTES,
  identifyController,
  identifyDescriptors,
  identifyNamespace,
} from './commands.js';
import { decodeController, type ControllerData } from './identify-controller.js';
import { decodeNamespace, type NamespaceData } from './identify-namespace.js';
import { decodeDescriptors } from './namespace-descriptors.js';
import type { NamespaceIds } from './wwid.js';

/** NVMe 1.3 brought the descriptor list: a controller of before may not know the command. */
const VERSION_1_3 = 0x10300;

/** What a namespace and its controller say of themselves. */
export interface Identified {
  readonly controller: ControllerData;
  readonly namespace: NamespaceData;
  readonly ids: NamespaceIds;
}

/** Rejects with Node's kind of error. `log` hears of what is wrong but does not matter. */
export async function identify(
  queue: AdminQueue,
  nsid: number,
  log: (message: string) => void,
): Promise<Identified> {
  const controller = orThrow(await readController(queue));
  const namespace = orThrow(await readNamespace(queue, nsid));
  const { nguid, eui64 } = namespace;
  if (controller.ver < VERSION_1_3)
    return { controller, namespace, ids: { uuid: undefined, nguid, eui64 } };
  const name = 'Identify Namespace Descriptors';
  const list = await queue.read(name, identifyDescriptors(nsid), IDENTIFY_BYTES);
  const found = decodeDescriptors(orThrow(list));
  if (found.error !== undefined) log(`${name}: ${found.error}`);
  // drivers/nvme/host/core.c: nvme_scan_ns reads the list first, and fills what it leaves open.
  const ids = { uuid: found.uuid, nguid: found.nguid ?? nguid, eui64: found.eui64 ?? eui64 };
  return { controller, namespace, ids };
}

/** ENXIO where there is no such namespace any more. */
export async function readNamespace(
  queue: AdminQueue,
  nsid: number,
): Promise<NamespaceData | Failure> {
  const name = 'Identify Namespace';
  const data = await queue.read(name, identifyNamespace(nsid), IDENTIFY_BYTES);
  return isRefusal(data) ? data : accepted(name, decodeNamespace(data));
}

async function readController(queue: AdminQueue): Promise<ControllerData | Failure> {
  const name = 'Identify Controller';
  const data = await queue.read(name, identifyController(), IDENTIFY_BYTES);
  return isRefusal(data) ? data : accepted(name, decodeController(data));
}

function accepted<T extends object>(name: string, value: T | Refusal): T | Failure {
  return isRefusal(value) ? { errno: Errno.ENXIO, error: `${name}: ${value.error}` } : value;
}

function orThrow<T extends object>(value: T | Failure): T {
  if (!('errno' in value)) return value;
  throw systemError(value.errno, value.error);
}
