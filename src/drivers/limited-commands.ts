import type { Clock } from '../multipath/clock.js';
import { Errno } from '../shared/errno.js';
import { systemError } from '../shared/system-error.js';

/** What every command has. */
interface Command {
  readonly data: Uint8Array | undefined;
  readonly timeoutMs: number;
}

/**
 * Commands to one device through the kernel, each given up at the end of its time. The kernel keeps
 * its own times (SG_IO at least 7 s, and then its error handling; NVMe until the controller is
 * connected again or given up), and its threads stay in the ioctl that long. So nothing further is
 * sent to a device while a command that was given up is still on its way: a device that hangs
 * holds no more threads than it had commands when that began.
 */
export class LimitedCommands {
  readonly #clock: Clock;
  #lost = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Has `send` send the command with a buffer of its own: what the kernel puts there after the
   * end of its time is nobody's. Rejects with ETIMEDOUT then, and with the errors of `send`.
   */
  run<T>(command: Command, send: (data: Uint8Array | undefined) => Promise<T>): Promise<T> {
    const { data, timeoutMs } = command;
    if (this.#lost > 0) return Promise.reject(timedOut('an earlier command still hangs'));
    const own = data?.slice();
    const sent = send(own);
    return new Promise((resolve, reject) => {
      let late = false;
      const timer = this.#clock.after(timeoutMs, () => {
        late = true;
        this.#lost += 1;
        reject(timedOut(`no answer within ${timeoutMs} ms`));
      });
      const ended = (): void => {
        if (late) this.#lost -= 1;
        else timer.cancel();
      };
      sent.then(
        (result) => {
          ended();
          if (!late && own !== undefined) data?.set(own);
          resolve(result);
        },
        (error: Error) => {
          ended();
          reject(error);
        },
      );
    });
  }
}

function timedOut(why: string): Error {
  return systemError(Errno.ETIMEDOUT, why);
}
