/** No path is left: wait, or fail. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { bytes, delay, run, start } from '../support/child.js';
import { makeItFail, mountDisk, store, untilState } from '../support/disk.js';
import type { TestDisk } from '../support/disk.js';
import { TRANSPORTS } from '../support/mpathfs.js';
import { requires } from '../support/requires.js';

for (const [transport, needs] of TRANSPORTS) {
  const check = requires('root', ...needs);

  check(`${transport}: all paths lost for 2 s with delayed_removal_secs: I/O waits`, async (t) => {
    const disk = await mountDisk(t, transport, { keys: ['delayed_removal_secs = 10'] });
    await failAll(disk, true);
    const data = randomBytes(4096);
    const write = start(writeBlock(disk), { input: data, timeoutMs: 15_000 });
    await delay(2000);
    t.is(write.log(), '', 'it waits');
    await failAll(disk, false);
    const written = await write.finished;
    t.is(written.code, 0, written.stderr);
    t.true(written.elapsedMs >= 2000);
    t.true(written.elapsedMs < 5000, `it took ${written.elapsedMs} ms`);
    const image = ['dd', 'status=none', 'bs=4096', 'skip=3', 'count=1', `if=${disk.device}`];
    t.true(data.equals(await bytes(image)));
  });

  check(`${transport}: all paths lost without delayed_removal_secs: EIO at once`, async (t) => {
    const disk = await mountDisk(t, transport);
    await failAll(disk, true);
    const read = await run(readBlock(disk));
    t.regex(read.stderr, /Input\/output error/);
    t.true(read.elapsedMs < 1000, `it took ${read.elapsedMs} ms`);
    const write = await run(writeBlock(disk), { input: randomBytes(4096) });
    t.regex(write.stderr, /Input\/output error/);
    t.true(write.elapsedMs < 1000, `it took ${write.elapsedMs} ms`);
    // And nothing is broken for ever.
    await failAll(disk, false);
    await untilState(disk, 0, 'live', 2500);
    t.is((await run(readBlock(disk))).code, 0);
  });

  check(`${transport}: a SCSI disk's I/O waits until fast_io_fail_tmo`, async (t) => {
    const disk = await mountDisk(t, transport, { kind: 'scsi', keys: ['fast_io_fail_tmo = 2'] });
    await failAll(disk, true);
    const read = await run(readBlock(disk), { timeoutMs: 10_000 });
    t.regex(read.stderr, /Input\/output error/);
    t.true(read.elapsedMs > 1000 && read.elapsedMs < 5000, `it took ${read.elapsedMs} ms`);
  });

  check(`${transport}: delayed_removal_secs = 0 ends what waits`, async (t) => {
    const disk = await mountDisk(t, transport, { keys: ['delayed_removal_secs = 100'] });
    await failAll(disk, true);
    const read = start(readBlock(disk), { timeoutMs: 10_000 });
    await delay(500);
    await store(join(disk.head, 'delayed_removal_secs'), 0);
    const ended = await read.finished;
    t.regex(ended.stderr, /Input\/output error/);
    t.true(ended.elapsedMs < 2000, `it took ${ended.elapsedMs} ms`);
  });

  check(`${transport}: a mount with waiting I/O can be ended`, async (t) => {
    const disk = await mountDisk(t, transport, { keys: ['delayed_removal_secs = 100'] });
    await failAll(disk, true);
    const read = start(readBlock(disk), { timeoutMs: 30_000 });
    await delay(500);
    const killed = Date.now();
    read.kill('SIGKILL');
    await read.finished;
    t.true(Date.now() - killed < 5000, 'the reader could be killed');
    const ended = await disk.mount.terminate();
    t.is(ended.code, 0, ended.stderr);
  });
}

async function failAll(disk: TestDisk, fail: boolean): Promise<void> {
  for (const path of [0, 1]) await makeItFail(disk, path, fail);
}

function readBlock(disk: TestDisk): readonly string[] {
  return [
    'dd',
    'status=none',
    `if=${disk.file}`,
    'of=/dev/null',
    'bs=4096',
    'count=1',
    'iflag=direct',
  ];
}

function writeBlock(disk: TestDisk): readonly string[] {
  const where = [`of=${disk.file}`, 'seek=3', 'oflag=direct'];
  return ['dd', 'status=none', 'bs=4096', 'count=1', 'conv=notrunc', 'iflag=fullblock', ...where];
}
