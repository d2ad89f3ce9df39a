import { spawnSync } from 'node:child_process';
import { accessSync, constants, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import test, { type ExecutionContext, type Implementation } from 'ava';
import { native } from '../../../src/native/binding.js';

/** A write makes the kernel send one, whatever the device. */
const UEVENT = '/sys/devices/virtual/mem/null/uevent';
const BINDING = new URL('../../../src/native/binding.js', import.meta.url);

const withUevents = (title: string, body: Implementation<[]>): void => {
  try {
    accessSync(UEVENT, constants.W_OK);
    test.serial(title, body);
  } catch {
    test.serial.skip(`${title} (needs a writable /sys)`, body);
  }
};

const trigger = (): void => writeFileSync(UEVENT, 'change');

/** Collects messages about our device; `until` waits for one, or for an overrun. */
function watch(t: ExecutionContext): {
  readonly messages: string[];
  readonly until: () => Promise<void>;
} {
  const messages: string[] = [];
  let arrived = (): void => undefined;
  const watcher = native.watchUevents((message) => {
    const text = Buffer.from(message).toString();
    if (text !== '' && !text.startsWith('change@/devices/virtual/mem/null\0')) return;
    messages.push(text);
    arrived();
  });
  // Watching keeps nothing alive.
  const timer = setInterval(() => undefined, 1000);
  t.teardown(() => {
    watcher.close();
    clearInterval(timer);
  });
  return {
    messages,
    until: () => new Promise((resolve) => (arrived = resolve)),
  };
}

withUevents('the kernel tells what changed', async (t) => {
  const { messages, until } = watch(t);
  trigger();
  await until();
  const fields = messages[0]!.split('\0');
  t.is(fields[0], 'change@/devices/virtual/mem/null');
  t.true(fields.includes('ACTION=change'));
  t.true(fields.includes('SUBSYSTEM=mem'));
});

withUevents('messages that were lost are told of, and later ones come', async (t) => {
  const { messages, until } = watch(t);
  for (let i = 0; i < 80_000; i++) trigger();
  while (!messages.includes('')) await until();
  trigger();
  await until();
  t.not(messages.at(-1), '');
});

withUevents(
  'nothing comes after close, which may be said twice, also while one is told',
  async (t) => {
    let calls = 0;
    const told = new Promise<void>((resolve) => {
      const watcher = native.watchUevents(() => {
        calls += 1;
        watcher.close();
        watcher.close();
        resolve();
      });
    });
    const { until } = watch(t);
    trigger();
    trigger();
    await Promise.all([told, until()]);
    trigger();
    await until();
    t.is(calls, 1);
  },
);

withUevents('watching keeps neither a process nor a Worker alive', async (t) => {
  const source = `
    const { native } = await import(${JSON.stringify(BINDING.href)});
    native.watchUevents(() => undefined);
  `;
  const { status, signal } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', source],
    { timeout: 20_000, cwd: fileURLToPath(new URL('.', import.meta.url)) },
  );
  t.deepEqual([status, signal], [0, null]);
  const code = `${source}; setInterval(() => undefined, 1000);
    (await import('node:worker_threads')).parentPort.postMessage('watching');`;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`));
  await new Promise((resolve) => worker.once('message', resolve));
  t.is(await worker.terminate(), 1);
});

withUevents('what the callback throws ends the process, as from any callback', (t) => {
  const source = `
    import { writeFileSync } from 'node:fs';
    const { native } = await import(${JSON.stringify(BINDING.href)});
    native.watchUevents(() => { throw new Error('from the callback'); });
    writeFileSync(${JSON.stringify(UEVENT)}, 'change');
    setTimeout(() => undefined, 10000);
  `;
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', source],
    { timeout: 20_000, encoding: 'utf8' },
  );
  t.is(status, 1);
  t.regex(stderr, /from the callback/);
});
