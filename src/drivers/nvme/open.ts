import type { Clock } from '../../multipath/clock.js';
import { Errno } from '../../shared/errno.js';
import { systemError } from '../../shared/system-error.js';
import type { DeviceFile } from '../device-file.js';
import type { OpenedPath } from '../opened-path.js';
import { AdminQueue } from './admin-queue.js';
import { AnaAccess } from './ana-access.js';
import { anaFormat } from './ana-format.js';
import { isRefusal } from './bytes.js';
import type { NvmeMember } from './controller.js';
import type { NvmeControllers } from './controllers.js';
import { identify, type Identified } from './identify.js';
import { NvmePathDriver } from './path-driver.js';
import type { NvmeAttachment } from './port.js';
import { wwidOf, type NamespaceIds } from './wwid.js';

export interface NvmeContext {
  readonly clock: Clock;
  readonly controllers: NvmeControllers;
  readonly log?: { warn(message: string): void } | undefined;
}

/**
 * Opens an NVMe namespace as a path, which closes `file` with itself. Rejects with Node's kind of
 * error: ENOTCONN (the controller is not live), ETIMEDOUT, ENXIO (no such namespace, or it can't be understood), or what the port or the
 * command's status says; `file` is the caller's then.
 */
export async function openNvmePath(
  file: DeviceFile,
  attachment: NvmeAttachment,
  context: NvmeContext,
): Promise<OpenedPath> {
  const { clock } = context;
  const { nsid, address } = attachment;
  const warn = (message: string): void => context.log?.warn(message);
  const log = (message: string): void => warn(`${address} namespace ${nsid}: ${message}`);
  const state = attachment.state();
  // A command would wait until the system gives the controller up, or has it back.
  if (state !== undefined && state !== 'live') {
    throw systemError(Errno.ENOTCONN, `the controller is ${state}`);
  }
  const queue = new AdminQueue(attachment.port, clock);
  const found = await identify(queue, nsid, log);
  const format = anaFormat(found.controller);
  if (format !== undefined && isRefusal(format)) log(`${format.error}; ANA is disabled`);
  const access = new AnaAccess(nsid, found.namespace.anagrpid);
  const member: NvmeMember = { queue, access, attachment };
  const names = namesOf(attachment, found);
  const { controllers } = context;
  const controller =
    format === undefined || isRefusal(format)
      ? undefined
      : controllers.join(names, format, member, { clock, log: warn });
  // Without a log the path is pending, until a check has one.
  await controller?.readAfter(controller.moment, queue);
  const { fd, capacity, blockSize, limits, direct, inMemory, block, devt } = file;
  return {
    ...{ fd, capacity, blockSize, limits, direct, inMemory, block, devt },
    size: () => file.size(),
    driver: new NvmePathDriver(member, controller, names.trusted ? found.namespace : {}, log),
    identity: {
      kind: 'nvme',
      wwid: names.wwid,
      subsysnqn: names.subsysnqn,
      model: printable(found.controller.mn),
      serial: printable(found.controller.sn),
      firmwareRev: printable(found.controller.fr),
      nsid,
      cntlid: names.cntlid,
      transport: attachment.transport,
      address,
      numaNode: attachment.numaNode,
      ...(names.trusted ? found.ids : NO_IDS),
      get anaGrpid() {
        return controller === undefined ? undefined : access.grpid;
      },
    },
    get accessState() {
      return controller === undefined ? undefined : access.state;
    },
    aluaState: undefined,
    attach(path) {
      if (controller !== undefined) access.attach(path);
    },
    close() {
      controller?.leave(member);
      queue.close();
      file.close();
    },
  };
}

const NO_IDS: NamespaceIds = { uuid: undefined, nguid: undefined, eui64: undefined };

/**
 * What the namespace and its controller are called. The system's own names win: it has a list of
 * devices whose identifiers are not unique (NVME_QUIRK_BOGUS_NID). `trusted`: it has no others
 * than the device.
 */
function namesOf({ nsid, wwid, subsysnqn }: NvmeAttachment, { controller, ids }: Identified) {
  const own = wwidOf(controller, nsid, ids);
  return {
    wwid: wwid ?? own,
    trusted: wwid === undefined || wwid === own,
    subsysnqn: subsysnqn ?? controller.subsysnqn,
    cntlid: controller.cntlid,
  };
}

/** As `%s` prints it: up to the first NUL. */
function printable(text: string): string {
  return text.split('\0', 1)[0] ?? '';
}
