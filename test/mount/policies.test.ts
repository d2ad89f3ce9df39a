/** The policies change under load, and each is seen at work in the statistics of the paths. */
import { join } from 'node:path';
import { cat, echo } from '../support/bash.js';
import { delay } from '../support/child.js';
import { mountDisk, pathIos, store } from '../support/disk.js';
import type { TestDisk } from '../support/disk.js';
import { verifyingFio } from '../support/load.js';
import { TRANSPORTS } from '../support/mpathfs.js';
import { requires } from '../support/requires.js';

for (const [transport, needs] of TRANSPORTS) {
  const check = requires('root', 'fio', ...needs);

  check(`${transport}: iopolicy is changed under a verifying fio at QD32`, async (t) => {
    const disk = await mountDisk(t, transport, { paths: 3 });
    // A path that is slower than the others: queue-depth has to leave it alone.
    await store(join(disk.path(2), 'make-it-slow'), 20_000);
    const load = verifyingFio(disk.file, disk.size, 8);
    t.teardown(() => load.child.stop());
    await delay(500);

    await store(disk.iopolicy, 'numa');
    await delay(300);
    const numa = await moved(disk, 1000);
    t.is(numa.filter((ios) => ios > 0).length, 1, `numa uses one path: ${numa.join(' ')}`);

    await store(disk.iopolicy, 'round-robin');
    await delay(300);
    const [a = 0, b = 0, c = 0] = await moved(disk, 1000);
    t.true(a > 0 && b > 0 && c > 0, `round-robin uses all: ${a} ${b} ${c}`);
    t.true(Math.max(a, b, c) - Math.min(a, b, c) <= 64, `evenly: ${a} ${b} ${c}`);

    await store(disk.iopolicy, 'queue-depth');
    await delay(300);
    const [d = 0, e = 0, f = 0] = await moved(disk, 1000);
    t.true(d > 0 && e > 0, `queue-depth uses the fast ones: ${d} ${e} ${f}`);
    t.true(f * 4 < Math.min(d, e), `and hardly the slow one: ${d} ${e} ${f}`);

    for (const [bad, after] of [
      ['NUMA', 'queue-depth'],
      [' numa', 'queue-depth'],
      ['foo', 'queue-depth'],
    ] as const) {
      t.is(await echo(bad, disk.iopolicy), 'Invalid argument', bad);
      t.is(await cat(disk.iopolicy), `${after}\n`);
    }
    const result = await load.result;
    t.is(result.error, 0, load.child.log());
    t.true(result.write.ios > 1000);
  });
}

/** I/Os that each path did within `ms`. */
async function moved(disk: TestDisk, ms: number): Promise<number[]> {
  const all = (): Promise<number[]> => Promise.all([0, 1, 2].map((path) => pathIos(disk, path)));
  const before = await all();
  await delay(ms);
  return (await all()).map((ios, path) => ios - (before[path] ?? 0));
}
