import type { MailSender } from './mail-sender.js';
import { Mail } from '../reactor/mailbox.js';

/** Path checks that one reactor runs at once; further ones wait for their turn. */
export const CHECKS = 64;

/** Path checks by one reactor. */
export class PathChecks {
  readonly #mail: MailSender;
  readonly #waiting: number[] = [];
  readonly #answers = new Map<number, (errno: number) => void>();
  #running = 0;

  constructor(mail: MailSender) {
    this.#mail = mail;
  }

  /** Reads the path's first page; 0 or an errno. One check of a path at a time. */
  check(path: number): Promise<number> {
    return new Promise((resolve) => {
      this.#answers.set(path, resolve);
      this.#waiting.push(path);
      this.#start();
    });
  }

  /** The reactor's report: path, errno, path, errno ... */
  answered(answers: readonly number[]): void {
    this.#running -= answers.length / 2;
    this.#start();
    for (let i = 0; i < answers.length; i += 2) {
      const path = answers[i]!;
      const resolve = this.#answers.get(path);
      this.#answers.delete(path);
      resolve?.(answers[i + 1]!);
    }
  }

  #start(): void {
    const now = this.#waiting.splice(0, CHECKS - this.#running);
    this.#running += now.length;
    for (const path of now) this.#mail.post(Mail.CHECK, path);
  }
}
