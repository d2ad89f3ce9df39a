/** Access states that an array changes while it is used: the software targets, through a mount. */
import { join } from 'node:path';
import { IOPOLICY_NAMES } from '../../src/multipath/names.js';
import { cat, echo } from '../support/bash.js';
import { delay, start } from '../support/child.js';
import { setIopolicy, store } from '../support/disk.js';
import { verifyingFio } from '../support/load.js';
import { TRANSPORTS } from '../support/mpathfs.js';
import { requires } from '../support/requires.js';
import { mountLun, mountNvmet, NQN, setGroup, untilShown, untilUsed } from '../support/target.js';

for (const [transport, needs] of TRANSPORTS) {
  const check = requires('root', 'fio', ...needs);

  check(`${transport}: ANA states flip under a verifying fio`, async (t) => {
    const disk = await mountNvmet(t, transport);
    const load = verifyingFio(disk.file, disk.size, 16);
    t.teardown(() => load.child.stop());
    await delay(500);
    await untilUsed(disk, 2, [0]);
    await setGroup(disk, 1, 'inaccessible', 'inaccessible', [0]);
    await untilUsed(disk, 2, [1]);
    await setGroup(disk, 2, 'optimized', 'optimized', [1]);
    await setGroup(disk, 1, 'optimized', 'optimized', [0]);
    await untilUsed(disk, 2, [0, 1]);
    await setGroup(disk, 2, 'change', 'change', [1]);
    await untilUsed(disk, 2, [0]);
    await setGroup(disk, 1, 'persistent-loss', 'persistent-loss', [0]);
    await untilUsed(disk, 2, []);
    t.true(load.child.running(), 'it waits');
    await setGroup(disk, 2, 'non-optimized', 'non-optimized', [1]);
    await untilUsed(disk, 2, [1]);
    await setGroup(disk, 1, 'optimized', 'optimized', [0]);
    await untilUsed(disk, 2, [0]);
    const result = await load.result;
    t.is(result.error, 0, load.child.log());
    t.is(await cat(disk.state(0)), 'live\n');
    t.is(await cat(disk.state(1)), 'live\n');
    t.is(await cat(join(disk.head, 'diag/io_fail_no_available_path_count')), '0\n');
  });

  check(`${transport}: ALUA states and the preferred bit flip under a verifying fio`, async (t) => {
    const disk = await mountLun(t, transport);
    const load = verifyingFio(disk.file, disk.size, 20);
    t.teardown(() => load.child.stop());
    await delay(500);
    await untilUsed(disk, 4, [0, 1]);
    await setGroup(disk, 1, 2, 'standby', [0, 1]);
    await untilUsed(disk, 4, (used) => used.length > 0 && used.every((path) => path >= 2));
    await setGroup(disk, 2, 0, 'active/optimized', [2, 3]);
    await setGroup(disk, 1, 0, 'active/optimized', [0, 1]);
    await untilUsed(disk, 4, [0, 1, 2, 3]);
    await store(disk.group(2).replace(/[^/]+$/, 'preferred'), 1);
    await untilUsed(disk, 4, [2, 3]);
    t.is(await cat(join(disk.path(2), 'device/preferred_path')), '1\n');
    await setGroup(disk, 2, 15, 'transitioning', [2, 3]);
    await untilUsed(disk, 4, [0, 1]);
    await setGroup(disk, 1, 3, 'unavailable', [0, 1]);
    await untilUsed(disk, 4, []);
    t.true(load.child.running(), 'it waits');
    await setGroup(disk, 2, 1, 'active/non-optimized', [2, 3]);
    const result = await load.result;
    t.is(result.error, 0, load.child.log());
    t.is(await cat(disk.state(0)), 'running\n');
  });

  check(`${transport}: I/O waits while all is inaccessible, and goes on`, async (t) => {
    const disk = await mountNvmet(t, transport);
    for (const [group, path] of [
      [1, 0],
      [2, 1],
    ] as const) {
      await setGroup(disk, group, 'inaccessible', 'inaccessible', [path]);
    }
    const block = ['bs=4096', 'count=1', 'iflag=direct', 'of=/dev/null', 'status=none'];
    const read = start(['dd', `if=${disk.file}`, ...block], { timeoutMs: 10_000 });
    await delay(1000);
    t.true(read.running(), 'it waits');
    await store(disk.group(2), 'non-optimized');
    const ended = await read.finished;
    t.is(ended.code, 0, ended.stderr);
    await untilShown(disk, 'non-optimized', [1]);
  });

  check(`${transport}: the access state is the array's to set`, async (t) => {
    const disk = await mountNvmet(t, transport);
    t.is(await echo('inaccessible', disk.accessState(0)), 'Permission denied');
    t.is(await cat(disk.accessState(0)), 'optimized\n');
    t.is(await echo('very-optimized', disk.group(1)), 'Invalid argument');
    t.is(await cat(disk.group(1)), 'optimized\n');
  });

  check(`${transport}: a port is added as a path, and removed`, async (t) => {
    const disk = await mountNvmet(t, transport);
    const add = disk.mount.file('sys/bus/mpath/add_path');
    await store(add, `nvmet:3/${NQN}/1`);
    t.is(await cat(disk.accessState(2)), 'optimized\n');
    t.is(await cat(join(disk.path(2), 'device/cntlid')), '3\n');
    t.is(await echo(`nvmet:3/${NQN}/1`, add), 'File exists');
    t.is(await echo(`nvmet:4/${NQN}/1`, add), 'No such device');
    await store(join(disk.path(2), 'device/delete_controller'), 1);
    await store(add, `nvmet:3/${NQN}/1`);
    t.is(await cat(join(disk.head, 'multipath/nvme0c2n1/ana_state')), 'optimized\n');
  });

  // blktests nvme/070.
  check(`${transport}: a marginal path is used when nothing else is`, async (t) => {
    const disk = await mountNvmet(t, transport);
    await store(disk.mount.file('sys/bus/mpath/add_path'), `nvmet:3/${NQN}/1`);
    const load = verifyingFio(disk.file, disk.size, 20);
    t.teardown(() => load.child.stop());
    const marginal = (path: number, on: boolean): Promise<void> =>
      store(join(disk.path(path), 'marginal'), on ? 1 : 0);
    await delay(500);
    for (const policy of IOPOLICY_NAMES) {
      await setIopolicy(disk, policy);
      await marginal(0, true);
      await untilUsed(disk, 3, [2]);
      await marginal(2, true);
      await untilUsed(disk, 3, [1]);
      await marginal(1, true);
      // As if none were.
      const optimized = (used: readonly number[]): boolean =>
        !used.includes(1) && used.length === (policy === 'numa' ? 1 : 2);
      await untilUsed(disk, 3, optimized);
      for (const path of [0, 1, 2]) await marginal(path, false);
      await untilUsed(disk, 3, optimized);
    }
    t.true(load.child.running());
    const result = await load.result;
    t.is(result.error, 0, load.child.log());
  });
}
