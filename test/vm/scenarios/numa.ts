/** Two NUMA nodes with a controller each: `numa` keeps to the near path, round-robin to none. */
import assert from 'node:assert/strict';
import { until } from '../../support/child.js';
import { fio } from '../../support/fio.js';
import { untilNamespaces } from '../guest/kernel-nvme.js';
import { onlyHead } from '../guest/heads.js';
import type { HeadView } from '../guest/heads.js';
import { mountScanned, umount } from '../guest/mpathfs.js';
import { say, scenario, step } from '../guest/report.js';
import { modprobe, read } from '../guest/sys.js';

const IOS = 1000;
const NODES = [0, 1];

await scenario(async () => {
  await modprobe('nvme');
  for (const { name, address } of await untilNamespaces(2)) {
    say(`${name} ${address} node ${read(`/sys/block/${name}/device/numa_node`)}`);
  }
  await mountScanned();
  const head = onlyHead(2);
  await step('each path is on its node', () => {
    assert.deepEqual(head.paths.map(nodeOf).sort(), NODES);
  });
  await step('numa: each node keeps to its own path', async () => {
    head.iopolicy = 'numa';
    const shares = await readFromEveryNode(head);
    // Which node a request goes by is that of the thread that takes it: both have some.
    for (const share of shares) assert.ok(share > 0, shares.join(' '));
    await until(
      'each path is the current one of its node',
      () => {
        return head.paths.every((path) => path.read('numa_nodes') === String(nodeOf(path)));
      },
      5000,
    );
  });
  await step('round-robin: both take half of it', async () => {
    head.iopolicy = 'round-robin';
    const shares = await readFromEveryNode(head);
    for (const share of shares) assert.ok(Math.abs(share - 0.5) < 0.05, shares.join(' '));
  });
  await step('the mount ends', () => umount());
});

function nodeOf(path: { read(attribute: string): string }): number {
  return Number(path.read('device/numa_node'));
}

/** Reads from both CPUs; what share of it each path had. */
async function readFromEveryNode(head: HeadView): Promise<readonly number[]> {
  const before = head.paths.map((path) => path.ios);
  const options = {
    filename: head.file,
    rw: 'randread',
    bs: '4k',
    size: '8m',
    direct: 1,
    ioengine: 'libaio',
    iodepth: 8,
    numjobs: NODES.length,
    cpus_allowed: '0,1',
    cpus_allowed_policy: 'split',
    number_ios: IOS,
  };
  assert.equal((await fio(options, 60_000)).error, 0);
  const after = head.paths.map((path, index) => path.ios - (before[index] ?? 0));
  say(after.map((ios, index) => `${head.paths[index]?.name} ${ios}`).join(', '));
  return after.map((ios) => ios / (IOS * NODES.length));
}
