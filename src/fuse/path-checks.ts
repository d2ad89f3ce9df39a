import type { MailSender } from './mail-sender.js';
import { Mail } from '../reactor/mailbox.js';

/** Path checks that one reactor runs at once; further ones wait for their turn. */
export const CHECKS = 64;

interface Asked {
  readonly answer: Promise<number>;
  resolve(errno: number): void;
}

/** Path checks by one reactor. */
export class PathChecks {
  readonly #mail: MailSender;
  readonly #waiting: number[] = [];
  readonly #asked = new Map<number, Asked>();
  #running = 0;

  constructor(mail: MailSender) {
    this.#mail = mail;
  }

  /** Reads the path's first page; 0 or an errno. Who asks meanwhile gets the same answer. */
  check(path: number): Promise<number> {
    const asked = this.#asked.get(path);
    if (asked !== undefined) return asked.answer;
    let resolve: ((errno: number) => void) | undefined;
    const answer = new Promise<number>((settle) => (resolve = settle));
    this.#asked.set(path, { answer, resolve: (errno) => resolve?.(errno) });
    this.#waiting.push(path);
    this.#start();
    return answer;
  }

  /** The reactor's report: path, errno, path, errno ... */
  answered(answers: readonly number[]): void {
    this.#running -= answers.length / 2;
    this.#start();
    for (let i = 0; i < answers.length; i += 2) {
      const path = answers[i]!;
      const asked = this.#asked.get(path);
      this.#asked.delete(path);
      asked?.resolve(answers[i + 1]!);
    }
  }

  #start(): void {
    const now = this.#waiting.splice(0, CHECKS - this.#running);
    this.#running += now.length;
    for (const path of now) this.#mail.post(Mail.CHECK, path);
  }
}
