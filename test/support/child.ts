/**
 * Child processes for tests and benchmarks. Whatever touches a mount runs in one of these,
 * never in the test's own process: a mount that doesn't answer then costs a time limit
 * instead of a hung test run. Each child leads a process group, which is killed as a whole.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';

export interface RunOptions {
  /** Killed with its whole group after this. Default 20 s. */
  readonly timeoutMs?: number;
  readonly input?: string | Uint8Array;
  readonly cwd?: string;
  /** Has the kernel kill it when this process ends in whatever way (setpriv --pdeathsig). */
  readonly dieWithParent?: boolean;
}

export interface Finished {
  /** Exit code; -1 when it was killed by a signal or by the time limit. */
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
  readonly timedOut: boolean;
  /** Wall clock time, milliseconds. */
  readonly elapsedMs: number;
}

/** A command that failed where it had to succeed. */
export class CommandFailed extends Error {
  readonly code = 'ERR_COMMAND_FAILED';
  readonly finished: Finished;

  constructor(command: readonly string[], finished: Finished) {
    const how = finished.timedOut ? 'timed out' : `exited with ${finished.code}`;
    super(`${command.join(' ')}: ${how} after ${finished.elapsedMs} ms\n${finished.stderr}`);
    this.finished = finished;
  }
}

/** A child that runs on: a daemon, or a load in the background. */
export interface Running {
  readonly pid: number;
  /** What it has written to its standard error so far. */
  log(): string;
  /** The same of its standard output. */
  output(): string;
  running(): boolean;
  /** Resolves when it ended, or when its time limit passed (it is killed then). */
  readonly finished: Promise<Finished>;
  /** Sends a signal to it alone; false when it has ended. */
  kill(signal: NodeJS.Signals): boolean;
  /** SIGKILL to its process group, and waits for the end. */
  stop(): Promise<void>;
}

/** Runs a command to its end. Never throws for what the command does. */
export function run(command: readonly string[], options: RunOptions = {}): Promise<Finished> {
  return start(command, { timeoutMs: 20_000, ...options }).finished;
}

/** Runs a command that has to succeed; its standard output as text. */
export async function output(
  command: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  return (await bytes(command, options)).toString();
}

/** Runs a command that has to succeed; its standard output. */
export async function bytes(command: readonly string[], options: RunOptions = {}): Promise<Buffer> {
  const finished = await run(command, options);
  if (finished.code !== 0) throw new CommandFailed(command, finished);
  return finished.stdout;
}

/** Starts a command; without a timeoutMs it may run for ever. */
export function start(command: readonly string[], options: RunOptions = {}): Running {
  const prefix = options.dieWithParent === true ? ['setpriv', '--pdeathsig', 'KILL'] : [];
  const [file, ...args] = [...prefix, ...command];
  if (file === undefined) throw new TypeError('an empty command');
  const started = Date.now();
  const child = spawn(file, args, {
    detached: true,
    stdio: 'pipe',
    cwd: options.cwd,
    env: { ...process.env, LC_ALL: 'C' },
  });
  const stdout: Buffer[] = [];
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  // EPIPE of a child that doesn't read its input is its own business.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input);

  let ended = false;
  const finished = new Promise<Finished>((resolve) => {
    const end = (code: number | null, timedOut: boolean): void => {
      clearTimeout(limit);
      ended = true;
      resolve({
        code: code ?? -1,
        stdout: Buffer.concat(stdout),
        stderr,
        timedOut,
        elapsedMs: Date.now() - started,
      });
    };
    // A process stuck in the kernel doesn't die of SIGKILL: the limit holds without its exit.
    const limit = setTimeout(() => {
      killGroup(child);
      end(null, true);
    }, options.timeoutMs ?? 0x7fffffff);
    child.on('error', (error) => {
      stderr += error.message;
      end(127, false);
    });
    child.on('close', (code) => end(code, false));
  });
  return {
    pid: child.pid ?? -1,
    log: () => stderr,
    output: () => Buffer.concat(stdout).toString(),
    running: () => !ended,
    finished,
    kill: (signal) => !ended && child.kill(signal),
    stop: async () => {
      if (!ended) killGroup(child);
      await Promise.race([finished, delay(5000)]);
    },
  };
}

/** Resolves after `ms` milliseconds. */
export function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Asks every 20 ms until `condition` holds; rejects naming `what` after `timeoutMs`. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs: number,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await delay(20);
  }
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
