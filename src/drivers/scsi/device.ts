import type { Clock } from '../../multipath/clock.js';
import { Errno } from '../../shared/errno.js';
import { systemErrno } from '../../shared/system-error.js';
import { LimitedCommands } from '../limited-commands.js';
import { byteAt } from './bytes.js';
import { requestSense } from './commands.js';
import type { Disposition } from './disposition.js';
import { disposition } from './disposition.js';
import type { ScsiPort, ScsiResult } from './port.js';
import { isRefusal } from './refusal.js';
import type { Sense } from './sense.js';
import { decodeSense } from './sense.js';
import { SamStatus } from './status.js';

/** A command that the path sends for itself is given up after so long. */
const TIMEOUT_MS = 10_000;
/** As often a command that is to be sent again is. scsi_dh_alua.c: ALUA_FAILOVER_RETRIES. */
const RETRIES = 5;
const SENSE_LENGTH = 252;

/** How a command ended after all its retries. */
export interface Outcome {
  /** 0, or the errno that a block device would end I/O with. */
  readonly errno: number;
  /** SAM status, when the device gave one. */
  readonly status: number;
  readonly sense: Sense | undefined;
  /** What came in. */
  readonly data: Uint8Array;
}

type Heard = NonNullable<Disposition['alua']>;

/**
 * One logical unit, through one port: sends it the commands that the path has for it, again where
 * the unit asks for that.
 */
export class ScsiDevice {
  readonly #port: ScsiPort;
  readonly #limited: LimitedCommands;
  #heard: (alua: Heard) => void = () => undefined;

  constructor(port: ScsiPort, clock: Clock) {
    this.#port = port;
    this.#limited = new LimitedCommands(clock);
  }

  /** From now on calls `heard` with what any answer says of the port group. */
  listen(heard: (alua: Heard) => void): void {
    this.#heard = heard;
  }

  /**
   * Sends a command that reads up to `length` bytes. Never rejects. What takes the unit some time
   * is not waited for: EIO, and who wants to know asks later.
   */
  async execute(cdb: Uint8Array, length = 0): Promise<Outcome> {
    try {
      for (let retries = 0; ; retries++) {
        const data = new Uint8Array(length);
        const result = await this.#withSense(await this.#send(cdb, data));
        const { action, errno, alua } = disposition(result, {
          opcode: byteAt(cdb, 0),
          online: true,
          mayRetry: true,
          removable: false,
        });
        if (alua !== undefined) this.#heard(alua);
        if ((action === 'retry' || action === 'requeue') && retries < RETRIES) continue;
        const failed = action === 'done' ? 0 : errno === 0 ? Errno.EIO : errno;
        return outcomeOf(result, failed, data);
      }
    } catch (error) {
      const nothing = { status: SamStatus.GOOD, sense: undefined, data: new Uint8Array() };
      return { errno: systemErrno(error) || Errno.EIO, ...nothing };
    }
  }

  #send(cdb: Uint8Array, data: Uint8Array): Promise<ScsiResult> {
    const direction = data.length === 0 ? 'none' : 'in';
    const command = {
      cdb,
      direction,
      data: data.length === 0 ? undefined : data,
      timeoutMs: TIMEOUT_MS,
    } as const;
    return this.#limited.run(command, (own) => this.#port.execute({ ...command, data: own }));
  }

  /** Some adapters leave it to the initiator to fetch the sense data (scsi_error.c: scsi_eh_get_sense). */
  async #withSense(result: ScsiResult): Promise<ScsiResult> {
    if (result.status !== SamStatus.CHECK_CONDITION || result.sense.length > 0) return result;
    const data = new Uint8Array(SENSE_LENGTH);
    const fetched = await this.#send(requestSense(SENSE_LENGTH), data);
    if (fetched.status !== SamStatus.GOOD || fetched.hostStatus !== 0) return result;
    return { ...result, sense: received(fetched, data) };
  }
}

function outcomeOf(result: ScsiResult, errno: number, data: Uint8Array): Outcome {
  const sense = decodeSense(result.sense);
  return {
    errno,
    status: result.status,
    sense: isRefusal(sense) ? undefined : sense,
    data: received(result, data),
  };
}

/** Adapters have been seen to miss more bytes than were asked for, and fewer than none. */
function received({ residual }: ScsiResult, data: Uint8Array): Uint8Array {
  return data.subarray(0, Math.max(0, data.length - residual));
}
