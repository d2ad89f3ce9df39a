/**
 * A file whose ioctls are answered when a test likes: the root directory of a FUSE file system. To
 * the thread that asks it is what a device that hangs is. Its server is a process of its own
 * (ioctl-server-process.ts), so that a test that dies with an ioctl under way can die.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Answer, Event } from './ioctl-server-process.js';

/** An ioctl that waits for its answer. */
export interface WaitingIoctl {
  readonly command: number;
  /** What its argument points to, as far as the command's number says its size. */
  readonly argument: Buffer;
  /** What the ioctl returns, or a negative errno; `argument` is what it points to then. */
  readonly answer: (result: number, argument?: Uint8Array) => void;
}

export class IoctlServer {
  readonly directory: string;
  readonly #process: ChildProcess;
  readonly #ioctls: WaitingIoctl[] = [];
  #changed = (): void => undefined;
  /** Descriptions of the file that are open. */
  opened = 0;

  static async start(): Promise<IoctlServer> {
    const server = fork(fileURLToPath(new URL('./ioctl-server-process.js', import.meta.url)));
    const [directory] = (await once(server, 'message')) as [string];
    return new IoctlServer(server, directory);
  }

  private constructor(server: ChildProcess, directory: string) {
    this.#process = server;
    this.directory = directory;
    server.on('message', (message) => this.#event(message as Event));
  }

  /** The next ioctl, once it is there. */
  async next(): Promise<WaitingIoctl> {
    await this.until(() => this.#ioctls.length > 0);
    return this.#ioctls.shift()!;
  }

  /** Resolves once `holds`, looked at whenever something happens to the file. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => (this.#changed = resolve));
  }

  async close(): Promise<void> {
    this.#process.disconnect();
    await once(this.#process, 'exit');
    rmdirSync(this.directory);
  }

  #event(event: Event): void {
    if (event.kind === 'opened') {
      this.opened = event.count;
    } else {
      const { id, command } = event;
      this.#ioctls.push({
        command,
        argument: Buffer.from(event.argument, 'hex'),
        answer: (result, argument = new Uint8Array(0)) => {
          const answer: Answer = { id, result, argument: Buffer.from(argument).toString('hex') };
          this.#process.send(answer);
        },
      });
    }
    this.#changed();
  }
}
