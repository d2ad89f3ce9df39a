import type { Clock } from '../../multipath/clock.js';
import { Errno } from '../../shared/errno.js';
import { systemErrno } from '../../shared/system-error.js';
import type { Refusal } from './bytes.js';
import type { NvmePort } from './port.js';
import { statusErrno, statusText } from './status.js';

/** A command without data, and why. */
export interface Failure extends Refusal {
  readonly errno: number;
  /** The controller's answer, where it gave one. */
  readonly status?: number;
}

/**
 * Milliseconds that the system may let an admin command take (nvme_core.admin_timeout). No less:
 * to the kernel a timeout is a reason to reset the controller, and a slow answer is not.
 */
const COMMAND_MS = 60_000;

/** Milliseconds until whoever asked is told ETIMEDOUT; the command stays under way. */
export const ANSWER_MS = 5_000;

/**
 * The admin commands of one open path, one at a time: a controller that does not answer has at
 * most one of them, however often it is asked.
 */
export class AdminQueue {
  readonly #port: NvmePort;
  readonly #clock: Clock;
  /** Resolves when every command before has ended or was called off. */
  #tail: Promise<unknown> = Promise.resolve();
  /** Calls of `read` that have no answer. */
  readonly #asking = new Set<(failure: Failure) => void>();
  #closing = false;

  constructor(port: NvmePort, clock: Clock) {
    this.#port = port;
    this.#clock = clock;
  }

  /** Bytes that a command reads. Never rejects, and resolves within ANSWER_MS. */
  read(name: string, sqe: Uint8Array, bytes: number): Promise<Uint8Array | Failure> {
    return new Promise((resolve) => {
      if (this.#closing) {
        resolve(gone(name));
        return;
      }
      const answer = (result: Uint8Array | Failure): void => {
        this.#asking.delete(answer);
        timer.cancel();
        resolve(result);
      };
      const timer = this.#clock.after(ANSWER_MS, () => {
        answer({ errno: Errno.ETIMEDOUT, error: `${name} had no answer in ${ANSWER_MS / 1000} s` });
      });
      this.#asking.add(answer);
      this.#tail = this.#tail.then(async () => {
        if (!this.#asking.has(answer)) return; // Nobody would have the answer.
        answer(await this.#send(name, sqe, bytes));
      });
    });
  }

  /** Has the controller reset; past the queue, because what stands there may never end. */
  async reset(): Promise<Failure | undefined> {
    if (this.#closing) return gone('reset');
    try {
      await this.#port.reset();
      return undefined;
    } catch (error) {
      return failed('reset', error);
    }
  }

  /** Nothing is sent any more; whoever waits is told ENODEV, and what is under way is on its own. */
  close(): void {
    this.#closing = true;
    for (const answer of this.#asking) answer(gone('command'));
  }

  async #send(name: string, sqe: Uint8Array, bytes: number): Promise<Uint8Array | Failure> {
    const data = new Uint8Array(bytes);
    try {
      const { status } = await this.#port.admin({ sqe, data, timeoutMs: COMMAND_MS });
      const errno = statusErrno(status);
      if (errno === 0) return data;
      return { errno, status, error: `${name} failed: ${statusText(status)}` };
    } catch (error) {
      return failed(name, error);
    }
  }
}

function gone(name: string): Failure {
  return { errno: Errno.ENODEV, error: `${name} failed: the path is closed` };
}

/** Of Node's kind of error. */
function failed(name: string, error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  return {
    errno: systemErrno(error) || Errno.EIO,
    error: `${name} failed: ${message}`,
  };
}
