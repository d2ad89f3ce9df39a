import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, closeSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { usersOf } from '../../../src/cli/users.js';

test('a process that has a file open is found by name and pid, this one is not', async (t) => {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'mpathfs-users-')));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const fd = openSync(join(directory, 'file'), 'w');
  t.deepEqual(usersOf(directory), []);
  const child = spawn('sleep', ['100'], { stdio: ['ignore', fd, 'ignore'] });
  t.teardown(() => child.kill());
  closeSync(fd);
  await once(child, 'spawn');
  t.deepEqual(usersOf(directory), [`sleep (pid ${child.pid})`]);
});

test('a process that works in the directory is found, one beside it is not', async (t) => {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'mpathfs-users-')));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const child = spawn('sleep', ['100'], { cwd: directory });
  t.teardown(() => child.kill());
  await once(child, 'spawn');
  t.deepEqual(usersOf(directory), [`sleep (pid ${child.pid})`]);
  t.deepEqual(usersOf(directory.slice(0, -1)), []);
});
