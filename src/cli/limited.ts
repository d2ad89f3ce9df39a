/**
 * Commands with a time limit. Whatever touches a mount may hang for ever, and a process that
 * waits in the kernel for a FUSE answer can't even be killed; so it is done in a child that
 * is left behind if need be.
 */
import { spawn } from 'node:child_process';

export interface Outcome {
  /** Exit status; undefined if it was killed, could not be started, or did not end in time. */
  readonly status: number | undefined;
  readonly timedOut: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command for at most `ms` milliseconds. Never rejects, and is never late. */
export function runLimited(command: string, args: readonly string[], ms: number): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: '/',
      env: { ...process.env, LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    const end = (status: number | undefined, timedOut: boolean) => {
      clearTimeout(timer);
      child.stdout.destroy();
      child.stderr.destroy();
      child.unref();
      resolve({ status, timedOut, stdout, stderr });
    };
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      end(undefined, true);
    }, ms);
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', (error) => {
      stderr += error.message;
      end(undefined, false);
    });
    child.on('close', (status) => end(status ?? undefined, false));
  });
}
