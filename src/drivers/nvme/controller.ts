import type { Clock } from '../../multipath/clock.js';
import type { AdminQueue, Failure } from './admin-queue.js';
import type { AnaAccess } from './ana-access.js';
import type { AnaFormat } from './ana-format.js';
import { decodeAnaLog, type AnaLog } from './ana-log.js';
import { AnattTimer } from './anatt-timer.js';
import { isAnaChange } from './async-event.js';
import { isRefusal, type Refusal } from './bytes.js';
import { getAnaLog } from './commands.js';
import type { NvmeAttachment } from './port.js';

/** One namespace of the controller, open as a path. */
export interface NvmeMember {
  readonly queue: AdminQueue;
  readonly access: AnaAccess;
  readonly attachment: NvmeAttachment;
}

/**
 * What belongs to a controller with ANA, shared by its open namespaces: the log, its timer, its
 * events. Made by NvmeControllers.
 */
export class NvmeController {
  readonly #format: AnaFormat;
  readonly #log: (message: string) => void;
  readonly #emptied: () => void;
  readonly #members = new Set<NvmeMember>();
  readonly #anatt: AnattTimer;
  #events: { readonly member: NvmeMember; readonly stop: () => void } | undefined;
  /** Reads are numbered from 1 in the order in which they begin. */
  #begun = 0;
  /** The latest read whose log is in force: one that began before it says nothing new. */
  #inForce = 0;
  #last: Promise<AnaLog | Refusal | Failure> | undefined;
  /** Why the last read gave no log, once told. */
  #told: string | undefined;
  /** A namespace was not in the log, and the log was read again for it. */
  #readAgain = false;

  constructor(
    format: AnaFormat,
    clock: Clock,
    log: (message: string) => void,
    emptied: () => void,
  ) {
    this.#format = format;
    this.#log = log;
    this.#emptied = emptied;
    this.#anatt = new AnattTimer(clock, format.transitionSecs, () => {
      log('ANATT timeout, resetting controller.');
      void this.#reset();
    });
  }

  /** Several of its namespaces are open. */
  get isShared(): boolean {
    return this.#members.size > 1;
  }

  join(member: NvmeMember): void {
    this.#members.add(member);
    this.#listen();
  }

  /** The last one takes the timer and the events with it. */
  leave(member: NvmeMember): void {
    if (!this.#members.delete(member)) return;
    if (this.#events?.member === member) {
      this.#events.stop();
      this.#events = undefined;
      this.#listen();
    }
    if (this.#members.size > 0) return;
    this.#anatt.stop();
    this.#emptied();
  }

  /** How many reads have begun: what `readAfter` wants as its moment. */
  get moment(): number {
    return this.#begun;
  }

  /**
   * A log that was read after `moment`, applied to every namespace. Reads once for everybody who
   * asks with one moment; where that read fails, which may be due to the path that it went
   * through, each one's own. Without a log what is known stays. Never rejects.
   */
  async readAfter(moment: number, queue: AdminQueue): Promise<AnaLog | Refusal | Failure> {
    if (this.#last !== undefined && this.#begun > moment) {
      const shared = await this.#last;
      if (!isRefusal(shared)) return shared;
    }
    this.#last = this.#read(++this.#begun, queue);
    return this.#last;
  }

  async #read(number: number, queue: AdminQueue): Promise<AnaLog | Refusal | Failure> {
    const { logBytes, anagrpmax } = this.#format;
    const data = await queue.read('Get ANA log', getAnaLog(logBytes), logBytes);
    const log = isRefusal(data) ? data : decodeAnaLog(data, anagrpmax);
    if (isRefusal(log)) this.#tell(log.error);
    else if (number > this.#inForce && this.#members.size > 0) this.#apply(number, log);
    return log;
  }

  #apply(number: number, log: AnaLog): void {
    this.#inForce = number;
    this.#told = undefined;
    this.#anatt.update(log);
    for (const { access } of this.#members) access.update(log);
    const missing = [...this.#members].find(({ access }) => access.pending);
    // As nvme_mpath_add_disk does; if it does not help, every check is another read.
    const again = missing !== undefined && !this.#readAgain;
    this.#readAgain = missing !== undefined;
    if (again) void this.readAfter(this.#begun, missing.queue);
  }

  /** Events come through any of the attachments, from all of them alike. */
  #listen(): void {
    if (this.#events !== undefined) return;
    const [member] = this.#members;
    if (member === undefined) return;
    const stop = member.attachment.onEvent((result) => {
      if (isAnaChange(result)) void this.readAfter(this.#begun, member.queue);
    });
    this.#events = { member, stop };
  }

  async #reset(): Promise<void> {
    const [member] = this.#members;
    const failure = await member?.queue.reset();
    if (failure !== undefined) this.#log(failure.error);
  }

  #tell(error: string): void {
    if (error === this.#told) return;
    this.#told = error;
    this.#log(error);
  }
}
