/**
 * The kernel's NVMe target with two ports and two namespaces, each in an ANA group of its own. The
 * groups change places between the ports again and again in the middle of I/O on both disks.
 */
import assert from 'node:assert/strict';
import { until } from '../../support/child.js';
import { namespaces } from '../guest/kernel-nvme.js';
import { Load } from '../guest/load.js';
import { heads, untilUsed } from '../guest/heads.js';
import type { HeadView, PathView } from '../guest/heads.js';
import { mountScanned, umount } from '../guest/mpathfs.js';
import { Nvmet } from '../guest/nvmet.js';
import type { AnaState, NvmetTransport } from '../guest/nvmet.js';
import { say, scenario, step } from '../guest/report.js';

/** The state of group 1 on port 1 and port 2; group 2 has them the other way round. */
const STATES: readonly (readonly [AnaState, AnaState])[] = [
  ['optimized', 'non-optimized'],
  ['non-optimized', 'optimized'],
  ['optimized', 'inaccessible'],
  ['inaccessible', 'optimized'],
  ['change', 'optimized'],
  ['optimized', 'persistent-loss'],
  ['optimized', 'optimized'],
];
const GROUPS = [1, 2];
/** The driver learns of a change by asking, every reconnect_delay. */
const NOTICED_MS = 15_000;

await scenario(async () => {
  const transport = process.argv[2] as NvmetTransport;
  const nvmet = await Nvmet.start({ transport, ports: 2, namespaces: 2 });
  const found = namespaces();
  say(found.map(({ name, nsid, address }) => `${name} nsid ${nsid} ${address}`).join('\n'));

  await step('two heads with two paths each', async () => {
    await mountScanned();
    const wwids = new Set(found.map((disk) => disk.wwid));
    assert.deepEqual(new Set(heads().map((head) => head.wwid)), wwids);
    for (const head of heads()) assert.equal(head.paths.length, 2);
  });

  const disks = GROUPS.map((group) => headOfNamespace(group));
  const loads = disks.map((head) => new Load(head.file));
  for (const head of disks) head.iopolicy = 'round-robin';
  for (const states of STATES) {
    await step(`group 1 ${states.join(', ')}; group 2 the other way round`, async () => {
      for (const load of loads) load.assertRunning();
      // Up first: with every path inaccessible I/O would wait, which is another step.
      const changes = GROUPS.flatMap((group) =>
        nvmet.ports.map((port) => ({ group, port, state: stateOf(states, group, port) })),
      );
      for (const { port, group, state } of [...changes].sort(better)) {
        nvmet.setState(port, group, state);
      }
      for (const { port, group, state } of changes) {
        const path = pathTo(disks[group - 1], nvmet.address(port));
        await until(
          `group ${group} is ${state} on port ${port}`,
          () => path.accessState === state,
          NOTICED_MS,
        );
      }
      for (const group of GROUPS) {
        const best = changes.filter((change) => {
          return change.group === group && change.state === 'optimized';
        });
        const paths = best.map(({ port }) => pathTo(disks[group - 1], nvmet.address(port)));
        await untilUsed(paths, NOTICED_MS);
      }
    });
  }
  await step('with every path inaccessible, I/O waits and goes on', async () => {
    for (const port of nvmet.ports) nvmet.setState(port, 1, 'inaccessible');
    const [disk] = disks;
    assert.ok(disk !== undefined);
    const total = (): number => disk.paths.reduce((sum, path) => sum + path.ios, 0);
    const inaccessible = (path: PathView): boolean => path.accessState === 'inaccessible';
    await until('both paths are inaccessible', () => disk.paths.every(inaccessible), NOTICED_MS);
    const before = total();
    nvmet.setState(2, 1, 'optimized');
    await until('I/O goes on', () => total() > before, NOTICED_MS);
    nvmet.setState(1, 1, 'optimized');
    await untilUsed(disk.paths, NOTICED_MS);
    for (const load of loads) load.assertRunning();
  });
  await step('namespace 1 moves to group 2, and back', async () => {
    const [first, second] = disks;
    assert.ok(first !== undefined && second !== undefined);
    const follows = async (group: number, state: AnaState): Promise<void> => {
      const path = pathTo(first, nvmet.address(1));
      await until(
        `namespace 1 is in group ${group}, ${state}`,
        () => path.read('ana_grpid') === String(group) && path.accessState === state,
        NOTICED_MS,
      );
    };
    nvmet.setState(1, 2, 'non-optimized');
    nvmet.move(1, 2);
    await follows(2, 'non-optimized');
    nvmet.setState(1, 2, 'inaccessible');
    await follows(2, 'inaccessible');
    await untilUsed([pathTo(first, nvmet.address(2))], NOTICED_MS);
    nvmet.move(1, 1);
    await follows(1, 'optimized');
    assert.equal(pathTo(second, nvmet.address(1)).accessState, 'inaccessible');
    nvmet.setState(1, 2, 'optimized');
    await untilUsed([...first.paths, ...second.paths], NOTICED_MS);
    for (const load of loads) load.assertRunning();
  });
  await step('no I/O failed, no byte is wrong', async () => {
    for (const load of loads) await load.stop();
  });
  await step('the mount ends', () => umount());
});

function stateOf(states: readonly [AnaState, AnaState], group: number, port: number): AnaState {
  return group === port ? states[0] : states[1];
}

function better(a: { state: AnaState }, b: { state: AnaState }): number {
  return Number(b.state === 'optimized') - Number(a.state === 'optimized');
}

function headOfNamespace(nsid: number): HeadView {
  const wwid = namespaces().find((disk) => disk.nsid === nsid)?.wwid;
  const head = heads().find((candidate) => candidate.wwid === wwid);
  assert.ok(head !== undefined, `no head of namespace ${nsid}`);
  return head;
}

function pathTo(head: HeadView | undefined, address: string): PathView {
  const path = head?.paths.find((candidate) => candidate.address.startsWith(address));
  assert.ok(path !== undefined, `${head?.name} has no path to ${address}`);
  return path;
}
