/** Waiting for a process that may not be a child of ours. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const INTERVAL_MS = 20;

/** True once process `pid` has ended, false if it has not within `ms` milliseconds. */
export async function waitForExit(pid: number, ms: number): Promise<boolean> {
  const deadline = Date.now() + ms;
  const born = startTime(pid);
  while (born !== undefined && startTime(pid) === born) {
    if (Date.now() >= deadline) return false;
    await sleep(INTERVAL_MS);
  }
  return true;
}

/**
 * When the process was started, in clock ticks since boot: tells it from a later one with its
 * number. undefined if it is gone or only waits for its parent (proc_pid_stat(5)).
 */
function startTime(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The name, field 2, may hold blanks and brackets.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? undefined : fields[19];
}
