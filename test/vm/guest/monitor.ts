/** QEMU's monitor (QMP), as this machine has it on a port: unplugs and plugs in hardware. */
import { closeSync, constants, openSync, readSync, readdirSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { delay } from '../../support/child.js';
import { read } from './sys.js';

const PORTS = '/sys/class/virtio-ports';
const ANSWER_MS = 20_000;
const POLL_MS = 20;

/** One message of QMP: the greeting, an answer, or an event. */
interface Message {
  readonly return?: unknown;
  readonly error?: { readonly desc: string };
  readonly event?: string;
  readonly data?: { readonly device?: string };
}

export class Monitor {
  readonly #fd: number;
  #unread = '';

  private constructor(fd: number) {
    this.#fd = fd;
  }

  static async open(): Promise<Monitor> {
    const port = readdirSync(PORTS).find((name) => read(join(PORTS, name, 'name')) === 'monitor');
    if (port === undefined) throw new Error('this machine has no monitor port');
    const flags = constants.O_RDWR | constants.O_NONBLOCK;
    const monitor = new Monitor(openSync(join('/dev', port), flags));
    await monitor.execute('qmp_capabilities', {});
    return monitor;
  }

  /** Resolves when the machine's kernel has let go of the device. */
  async unplug(id: string): Promise<void> {
    await this.execute('device_del', { id });
    await this.#until(
      (message) => message.event === 'DEVICE_DELETED' && message.data?.device === id,
    );
  }

  plug(device: Readonly<Record<string, string>>): Promise<void> {
    return this.execute('device_add', device);
  }

  async execute(command: string, args: Readonly<Record<string, string>>): Promise<void> {
    writeSync(this.#fd, JSON.stringify({ execute: command, arguments: args }));
    const answer = await this.#until((message) => 'return' in message || 'error' in message);
    if (answer.error !== undefined) throw new Error(`${command}: ${answer.error.desc}`);
  }

  close(): void {
    closeSync(this.#fd);
  }

  /** The next message that is `wanted`; others are of no interest. */
  async #until(wanted: (message: Message) => boolean): Promise<Message> {
    for (let waited = 0; waited < ANSWER_MS; waited += POLL_MS) {
      this.#unread += this.#available();
      for (let end = this.#unread.indexOf('\n'); end >= 0; end = this.#unread.indexOf('\n')) {
        const message = JSON.parse(this.#unread.slice(0, end)) as Message;
        this.#unread = this.#unread.slice(end + 1);
        if (wanted(message)) return message;
      }
      await delay(POLL_MS);
    }
    throw new Error(`the monitor has not answered in ${ANSWER_MS} ms`);
  }

  #available(): string {
    const buffer = Buffer.alloc(4096);
    try {
      return buffer.toString('utf8', 0, readSync(this.#fd, buffer));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return '';
      throw error;
    }
  }
}
