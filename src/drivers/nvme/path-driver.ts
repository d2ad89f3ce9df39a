import { Diagnosis, type PathDriver } from '../../multipath/driver.js';
import { Errno } from '../../shared/errno.js';
import type { Failure } from './admin-queue.js';
import { isRefusal } from './bytes.js';
import type { NvmeController, NvmeMember } from './controller.js';
import { readNamespace } from './identify.js';
import type { NamespaceData } from './identify-namespace.js';
import { isAnaError } from './status.js';

/** Identifiers by which a namespace is known again. Those of a device with bogus ones are not here. */
export type KnownIds = Partial<Pick<NamespaceData, 'nguid' | 'eui64'>>;

/** Checks and diagnoses one path. */
export class NvmePathDriver implements PathDriver {
  readonly #member: NvmeMember;
  /** Undefined: it has no ANA. */
  readonly #controller: NvmeController | undefined;
  readonly #ids: KnownIds;
  readonly #log: (message: string) => void;
  /** What was last logged, until a check succeeds. */
  #told: string | undefined;

  constructor(
    member: NvmeMember,
    controller: NvmeController | undefined,
    ids: KnownIds,
    log: (message: string) => void,
  ) {
    this.#member = member;
    this.#controller = controller;
    this.#ids = ids;
    this.#log = log;
  }

  /**
   * The controller is live to the system, answers an Identify for the namespace, which is the one
   * that was opened, and the ANA log is up to date. Takes at most three times ANSWER_MS: for the
   * Identify, for a log that another path reads, and for one of its own if that fails.
   *
   * A check that fails is the controller's failure to the core. So one of several namespaces that
   * is gone, or another one, only has its own path taken out of use.
   */
  async check(): Promise<number> {
    const { attachment, queue, access } = this.#member;
    const moment = this.#controller?.moment ?? 0;
    const state = attachment.state();
    if (state === undefined) return Errno.ENODEV;
    if (state !== 'live') return Errno.ENOTCONN;
    const namespace = await readNamespace(queue, attachment.nsid);
    const errno = isRefusal(namespace) ? this.#unread(namespace) : this.#read(namespace);
    if ((errno === Errno.ENXIO || errno === Errno.ESTALE) && this.#controller?.isShared === true) {
      access.lose();
      return 0;
    }
    if (errno !== 0) return errno;
    const log = await this.#controller?.readAfter(moment, queue);
    // A log that can't be understood is no reason not to use a device that answers.
    if (log !== undefined && 'errno' in log) return log.errno;
    this.#told = undefined;
    return 0;
  }

  /**
   * An ANA error reaches a block device as a plain EIO: the log says whether it was one. It was if
   * the namespace is not to be used now, or if its group is not as it was believed to be, so that
   * the I/O may have met it in between.
   */
  async diagnose(): Promise<number> {
    const { attachment, queue, access } = this.#member;
    const controller = this.#controller;
    if (controller === undefined || attachment.state() !== 'live') return Diagnosis.DEVICE;
    const before = access.version;
    const log = await controller.readAfter(controller.moment, queue);
    if (isRefusal(log)) return Diagnosis.DEVICE;
    return access.usable && access.version === before ? Diagnosis.DEVICE : Diagnosis.ACCESS;
  }

  /** An ANA error is an answer too. */
  #unread({ errno, status = 0, error }: Failure): number {
    return isAnaError(status) ? 0 : this.#failed(errno, error);
  }

  #read(namespace: NamespaceData): number {
    const { nsid } = this.#member.attachment;
    for (const name of ['nguid', 'eui64'] as const) {
      const [was, is] = [this.#ids[name], namespace[name]];
      if (was === undefined || was === is) continue;
      const error = `namespace ${nsid} is another one: its ${name} is ${is ?? 'gone'}, not ${was}`;
      return this.#failed(Errno.ESTALE, error);
    }
    this.#member.access.grpid = namespace.anagrpid;
    return 0;
  }

  #failed(errno: number, error: string): number {
    if (error !== this.#told) this.#log(error);
    this.#told = error;
    return errno;
  }
}
