/** A path that fails in the middle of I/O costs no request, no byte, and hardly any time. */
import type { ExecutionContext } from 'ava';
import { IOPOLICY_NAMES } from '../../src/multipath/names.js';
import { cat } from '../support/bash.js';
import { delay } from '../support/child.js';
import { makeItFail, mountDisk, pathIos, setIopolicy, untilState } from '../support/disk.js';
import type { TestDisk } from '../support/disk.js';
import { verifyingFio } from '../support/load.js';
import { TRANSPORTS } from '../support/mpathfs.js';
import { requires } from '../support/requires.js';

/** The longest that an I/O may take while paths come and go, milliseconds. */
const LONGEST_STALL_MS = 50;
/** reconnect_delay is 1 s: one attempt, and some time for the machine. */
const RECONNECT_MS = 2500;
/** Failing I/O takes a path out at once; where numa leaves a path idle, its next check does, within 1 s. */
const NOTICED_MS = { numa: 1500, 'round-robin': 500, 'queue-depth': 500 } as const;

for (const [transport, needs] of TRANSPORTS) {
  const check = requires('root', 'fio', ...needs);

  for (const policy of IOPOLICY_NAMES) {
    check(`${transport}, ${policy}: paths fail and come back under a verifying fio`, async (t) => {
      // A path that fails so often in a minute would be marginal, and idle.
      const disk = await mountDisk(t, transport, { keys: ['marginal_path_failures = 0'] });
      await setIopolicy(disk, policy);
      // Other work on the machine stalls I/O too, without any failure: the best of three counts.
      let longest = Infinity;
      for (let attempt = 0; attempt < 3 && longest >= LONGEST_STALL_MS; attempt++) {
        longest = Math.min(longest, await failAndRecover(t, disk, NOTICED_MS[policy]));
        t.log(`longest I/O: ${longest.toFixed(1)} ms`);
      }
      t.true(longest < LONGEST_STALL_MS, `an I/O took ${longest} ms`);
      const failovers = await cat(`${disk.path(0)}/diag/multipath_failover_count`);
      t.true(Number(failovers) > 0, 'I/O was in flight on the path when it failed');
    });
  }

  check(`${transport}: SCSI paths fail over too`, async (t) => {
    const disk = await mountDisk(t, transport, { kind: 'scsi', paths: 4 });
    await setIopolicy(disk, 'round-robin');
    const load = verifyingFio(disk.file, disk.size, 3);
    t.teardown(() => load.child.stop());
    await delay(500);
    for (const path of [0, 1, 2]) await makeItFail(disk, path, true);
    await delay(300);
    const before = await pathIos(disk, 3);
    await delay(300);
    t.true((await pathIos(disk, 3)) - before > 100);
    for (const path of [0, 1, 2]) await makeItFail(disk, path, false);
    const result = await load.result;
    t.is(result.error, 0, load.child.log());
    await untilState(disk, 0, 'running', RECONNECT_MS);
  });
}

/** Fails each path in turn under load; returns the longest I/O, milliseconds. */
async function failAndRecover(
  t: ExecutionContext,
  disk: TestDisk,
  noticedMs: number,
): Promise<number> {
  const load = verifyingFio(disk.file, disk.size, 10);
  t.teardown(() => load.child.stop());
  await delay(700);
  for (const path of [0, 1, 0]) {
    await makeItFail(disk, path, true);
    await untilState(disk, path, 'connecting', noticedMs);
    const before = [await pathIos(disk, path), await pathIos(disk, 1 - path)] as const;
    await delay(300);
    const after = [await pathIos(disk, path), await pathIos(disk, 1 - path)] as const;
    t.true(after[1] - before[1] > 100, 'the other path does the I/O');
    t.true(after[0] - before[0] <= 2, 'the failed path does none');
    await makeItFail(disk, path, false);
    await untilState(disk, path, 'live', RECONNECT_MS);
  }
  const result = await load.result;
  t.is(result.error, 0, load.child.log());
  t.true(result.write.ios > 1000);
  t.true(result.read.ios > 1000, 'fio read back what it had written');
  return Math.max(result.read.maxMs, result.write.maxMs);
}
