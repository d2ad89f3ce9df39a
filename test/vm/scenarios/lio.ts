/**
 * The kernel's SCSI target with four ports in two target port groups: the groups go through the
 * ALUA states, and ports go offline, lose their link, are deleted and found again, all of it in
 * the middle of I/O.
 */
import assert from 'node:assert/strict';
import { delay, until } from '../../support/child.js';
import { errnoOf } from '../guest/errno.js';
import { GROUPS, Lio, PORTS, groupOf } from '../guest/lio.js';
import type { AluaState, Group } from '../guest/lio.js';
import { Load } from '../guest/load.js';
import { onlyHead, untilAllUsed, untilUsed } from '../guest/heads.js';
import type { HeadView, PathView } from '../guest/heads.js';
import { mountScanned, umount } from '../guest/mpathfs.js';
import { say, scenario, step } from '../guest/report.js';

/** The driver learns of a change by a unit attention or by asking, every second. */
const NOTICED_MS = 20_000;
/** What is in flight when a path is found out of use may still end there. */
const SETTLE_MS = 500;
const TRANSITION_SECS = 3;

/** The states of group 1 and 2. Between them there is always one that takes I/O. */
const STATES: readonly (readonly [AluaState, AluaState])[] = [
  ['active/optimized', 'active/non-optimized'],
  ['active/non-optimized', 'active/optimized'],
  ['active/optimized', 'standby'],
  ['standby', 'active/optimized'],
  ['unavailable', 'active/non-optimized'],
  ['active/optimized', 'active/optimized'],
];

await scenario(async () => {
  const lio = await Lio.start();
  const ports = Array.from({ length: PORTS }, (_, index) => index + 1);
  say(
    ports
      .map((port) => `port ${port}: ${lio.disk(port).name} ${lio.disk(port).address}`)
      .join('\n'),
  );

  await step("one head over the four ports, with the kernel's wwid", async () => {
    await mountScanned();
    assert.equal(onlyHead(PORTS).wwid, lio.disk(1).wwid);
  });
  const head = onlyHead(PORTS);
  head.iopolicy = 'round-robin';
  const load = new Load(head.file);
  await step('every path is used', () => untilAllUsed(head, PORTS, NOTICED_MS));

  const pathsOf = (group: Group): readonly PathView[] =>
    ports.filter((port) => groupOf(port) === group).map((port) => pathTo(head, lio, port));

  for (const states of STATES) {
    await step(`group 1 ${states[0]}, group 2 ${states[1]}`, async () => {
      load.assertRunning();
      await flip(lio, states, pathsOf);
      const used = GROUPS.filter(
        (_, index) => rank(states[index]) === Math.min(...states.map(rank)),
      );
      await untilUsed(used.flatMap(pathsOf), NOTICED_MS);
      await assertIdle(GROUPS.filter((group) => !used.includes(group)).flatMap(pathsOf));
    });
  }

  for (const group of GROUPS) {
    await step(`group ${group} is preferred`, async () => {
      lio.setPreferred(group, true);
      const other = GROUPS.filter((candidate) => candidate !== group).flatMap(pathsOf);
      const preferred = (): boolean =>
        pathsOf(group).every((path) => path.read('device/preferred_path') === '1');
      await until('it is known', preferred, NOTICED_MS);
      await untilUsed(pathsOf(group), NOTICED_MS);
      await assertIdle(other);
      lio.setPreferred(group, false);
      await untilUsed(other, NOTICED_MS);
    });
  }

  await step('group 1 transitioning for a while', async () => {
    load.assertRunning();
    lio.setState(1, 'transitioning');
    await untilState(pathsOf(1), 'transitioning');
    // The kernel holds what it has of the group until the transition is over.
    await delay(2000);
    lio.setState(1, 'active/optimized');
    await untilState(pathsOf(1), 'active/optimized');
    await untilAllUsed(head, PORTS, NOTICED_MS);
  });

  await step('group 2 transitioning for longer than it may', async () => {
    load.assertRunning();
    lio.setTransitionSecs(2, TRANSITION_SECS);
    lio.setState(2, 'transitioning');
    await untilState(pathsOf(2), 'transitioning');
    await untilState(pathsOf(2), 'standby');
    // What the kernel had sent before it holds until the target's transition is over.
    for (const block of [0, 1, 2, 3]) assert.equal(await errnoOf(head.file, 'read', block), '0');
    lio.setState(2, 'active/optimized');
    await untilAllUsed(head, PORTS, NOTICED_MS);
  });

  await step('port 1 is set offline and running again', async () => {
    const path = pathTo(head, lio, 1);
    lio.disk(1).state = 'offline';
    await until('its path is out', () => path.state !== 'running', NOTICED_MS);
    await assertIdle([path]);
    load.assertRunning();
    lio.disk(1).state = 'running';
    await untilAllUsed(head, PORTS, NOTICED_MS);
  });

  await step('the link of port 2 is lost and comes back', async () => {
    const path = pathTo(head, lio, 2);
    lio.setTransport(2, 'offline');
    await until('its path is out', () => path.state !== 'running', NOTICED_MS);
    await assertIdle([path]);
    load.assertRunning();
    lio.setTransport(2, 'online');
    await untilAllUsed(head, PORTS, NOTICED_MS);
  });

  await step('the disk of port 3 is deleted and found again', async () => {
    const disk = lio.disk(3);
    disk.delete();
    await until('its path is gone', () => head.paths.length === PORTS - 1, NOTICED_MS);
    await untilAllUsed(head, PORTS - 1, NOTICED_MS);
    disk.scanHost();
    await untilAllUsed(head, PORTS, NOTICED_MS);
    say(`${disk.name} is ${lio.disk(3).name} now`);
  });

  await step('no I/O failed, no byte is wrong', () => load.stop());
  await step('the mount ends', () => umount());
});

/** How willingly paths in a state are used; only those of the lowest rank are. */
function rank(state: AluaState | undefined): number {
  return state === 'active/optimized' ? 0 : state === 'active/non-optimized' ? 1 : 2;
}

/** Sets both groups' states, the better one first, and waits until mpathfs shows them. */
async function flip(
  lio: Lio,
  states: readonly [AluaState, AluaState],
  pathsOf: (group: Group) => readonly PathView[],
): Promise<void> {
  const order = rank(states[0]) <= rank(states[1]) ? GROUPS : [...GROUPS].reverse();
  for (const group of order) {
    lio.setState(group, states[group - 1] ?? 'active/optimized');
  }
  for (const group of GROUPS) await untilState(pathsOf(group), states[group - 1]);
}

async function untilState(paths: readonly PathView[], state: AluaState | undefined): Promise<void> {
  const what = `${paths.map((path) => path.name).join(' ')} ${state}`;
  await until(what, () => paths.every((path) => path.accessState === state), NOTICED_MS);
}

/** No I/O goes to these any more. */
async function assertIdle(paths: readonly PathView[]): Promise<void> {
  await delay(SETTLE_MS);
  const before = paths.map((path) => path.ios);
  await delay(SETTLE_MS);
  assert.deepEqual(
    paths.map((path) => path.ios),
    before,
    `I/O on ${paths.map((path) => `${path.name} ${path.accessState}`).join(', ')}`,
  );
}

/** The head's path through a port: the one that reports the port's own page. */
function pathTo(head: HeadView, lio: Lio, port: number): PathView {
  const page = lio.disk(port).portPage;
  const path = head.paths.find((candidate) => candidate.portPage === page);
  assert.ok(path !== undefined, `${head.name} has no path to port ${port}`);
  return path;
}
