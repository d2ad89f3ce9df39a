import { spawn } from 'node:child_process';
import { once } from 'node:events';
import test from 'ava';
import { waitForExit } from '../../../src/cli/process-exit.js';

test('a process is waited for until it ends, or the time is over', async (t) => {
  const child = spawn('sleep', ['100']);
  await once(child, 'spawn');
  t.false(await waitForExit(child.pid ?? 0, 60));
  child.kill();
  t.true(await waitForExit(child.pid ?? 0, 10_000));
});

test('a process that has ended is not waited for', async (t) => {
  const child = spawn('true');
  await once(child, 'exit');
  t.true(await waitForExit(child.pid ?? 0, 0));
});
