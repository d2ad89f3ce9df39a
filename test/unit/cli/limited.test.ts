import test from 'ava';
import { runLimited } from '../../../src/cli/limited.js';

test('a command that ends gives its status and output', async (t) => {
  const outcome = await runLimited('sh', ['-c', 'echo out; echo err >&2; exit 3'], 10_000);
  t.deepEqual(outcome, { status: 3, timedOut: false, stdout: 'out\n', stderr: 'err\n' });
});

test('a command that does not end is left after its time', async (t) => {
  const start = Date.now();
  const { status, timedOut } = await runLimited('sleep', ['100'], 50);
  t.true(timedOut);
  t.is(status, undefined);
  t.true(Date.now() - start < 5000);
});

test('a command that is not there says so', async (t) => {
  const { status, timedOut, stderr } = await runLimited('/no/such/command', [], 1000);
  t.is(status, undefined);
  t.false(timedOut);
  t.regex(stderr, /ENOENT/);
});
