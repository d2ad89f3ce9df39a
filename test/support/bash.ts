/** Shell commands on a mount, each in a child with a time limit. */
import { CommandFailed, run } from './child.js';
import type { Finished } from './child.js';

/** Runs a bash script with "$1", "$2" ... set; never throws for what the script does. */
export function bash(script: string, ...args: readonly string[]): Promise<Finished> {
  return run(['bash', '-c', script, 'bash', ...args]);
}

/** The contents of a file; throws when cat fails. */
export async function cat(file: string): Promise<string> {
  const finished = await run(['cat', file]);
  if (finished.code !== 0) throw new CommandFailed(['cat', file], finished);
  return finished.stdout.toString();
}

/** `echo text > file`: what the shell complained about, '' when it worked. */
export async function echo(text: string, file: string): Promise<string> {
  const finished = await bash('echo "$1" > "$2"', text, file);
  if (finished.code === 0) return '';
  return finished.stderr.trim().split(': ').at(-1) ?? '';
}

/** SHA-256 of a file as sha256sum prints it: read through the page cache. */
export async function sha256(file: string): Promise<string> {
  const finished = await run(['sha256sum', file]);
  if (finished.code !== 0) throw new CommandFailed(['sha256sum', file], finished);
  return finished.stdout.toString().slice(0, 64);
}
