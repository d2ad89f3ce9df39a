/**
 * What every driver owes the core, whatever is behind it: the software targets, or real devices.
 * Only node:assert is used, so that the checks run by themselves where there is no test runner.
 */
import assert from 'node:assert/strict';
import { Diagnosis } from '../../src/multipath/driver.js';
import { ControllerState } from '../../src/multipath/names.js';
import { Errno } from '../../src/shared/errno.js';
import type { ArrayState, ContractArray } from './array.js';
import { Core, type Member } from './core.js';

export interface ContractCheck {
  readonly name: string;
  /** What of the array it can't do without. */
  readonly needs: readonly (keyof ContractArray)[];
  run(disk: ContractDisk): Promise<void>;
}

/** An array's disk with all its paths, in the core. */
export interface ContractDisk {
  readonly array: ContractArray;
  readonly core: Core;
  readonly members: readonly Member[];
}

export const CHECKS: readonly ContractCheck[] = [
  { name: 'all paths say that they are the same disk', needs: [], run: oneIdentity },
  { name: 'each path says which one it is', needs: [], run: differentPaths },
  {
    name: 'a well path answers its check with 0, one question at a time',
    needs: [],
    run: wellCheck,
  },
  { name: "a path error on a well path is the device's", needs: [], run: deviceDiagnosis },
  { name: 'a path is opened with its access state', needs: ['setState'], run: openedInState },
  { name: 'access states follow the array', needs: ['setState'], run: statesFollow },
  { name: 'no I/O goes to a path that takes none', needs: ['setState'], run: unusableGetsNone },
  {
    name: 'a path error that the access state explains is no failure',
    needs: ['setState'],
    run: accessDiagnosis,
  },
  {
    name: 'with every path unusable there is none, until one is back',
    needs: ['setState'],
    run: allUnusable,
  },
  {
    name: 'of equal paths the preferred one is used',
    needs: ['setPreferred'],
    run: preferredIsUsed,
  },
  {
    name: 'a path that is gone fails its check, and comes back',
    needs: ['remove', 'restore'],
    run: goneAndBack,
  },
  { name: 'a disk that grew says so on every path', needs: ['resize'], run: grows },
  { name: 'a closed path takes no more part', needs: ['setState'], run: closedIsSilent },
];

/** Opens every path of the array, runs the check, and closes all again. */
export async function runCheck(check: ContractCheck, array: ContractArray): Promise<void> {
  const core = new Core(array.clock);
  try {
    const members: Member[] = [];
    for (const path of array.groups.keys()) members.push(await core.add(await array.open(path)));
    await check.run({ array, core, members });
    await core.close();
    assert.ok(array.idle?.() ?? true, 'something is left to happen when all is closed');
  } finally {
    await core.close();
    await array.close();
  }
}

/** What the array lacks for a check, if anything. */
export function lacks(check: ContractCheck, array: ContractArray): string | undefined {
  const missing = check.needs.filter((need) => array[need] === undefined);
  return missing.length === 0 ? undefined : `the array has no ${missing.join(', ')}`;
}

function oneIdentity({ members }: ContractDisk): Promise<void> {
  const [first] = members;
  assert.ok(first?.opened.identity !== undefined, 'it has an identity');
  const { identity, capacity, blockSize } = first.opened;
  assert.match(identity.wwid, /^(uuid|eui|nvme|naa|t10)\../);
  assert.ok(capacity > 0 && capacity % blockSize === 0);
  for (const { opened } of members) {
    assert.equal(opened.identity?.kind, identity.kind);
    assert.equal(opened.identity?.wwid, identity.wwid);
    assert.equal(opened.identity?.serial, identity.serial);
    assert.equal(opened.capacity, capacity);
    assert.equal(opened.size(), capacity);
    assert.equal(opened.blockSize, blockSize);
    if (identity.kind !== 'nvme' || opened.identity?.kind !== 'nvme') continue;
    assert.equal(opened.identity.subsysnqn, identity.subsysnqn);
    assert.equal(opened.identity.nsid, identity.nsid);
  }
  return Promise.resolve();
}

function differentPaths({ members }: ContractDisk): Promise<void> {
  const names = members.map(({ opened: { identity } }) =>
    identity?.kind === 'nvme' ? `cntlid ${identity.cntlid}` : identity?.address,
  );
  assert.equal(new Set(names).size, members.length, `they are ${names.join(', ')}`);
  return Promise.resolve();
}

async function wellCheck({ array, members }: ContractDisk): Promise<void> {
  for (const { path } of members) {
    await settled(array, () => !path.checking);
    const check = path.check();
    assert.equal(await path.check(), Errno.EBUSY);
    assert.equal(await check, 0);
  }
}

async function deviceDiagnosis({ array, members }: ContractDisk): Promise<void> {
  for (const { path, opened } of members) {
    await settled(array, () => !path.checking);
    assert.equal(await opened.driver.diagnose(path, Errno.EIO), Diagnosis.DEVICE);
  }
}

async function openedInState({ array }: ContractDisk): Promise<void> {
  for (const [path, group] of array.groups.entries()) {
    for (const state of statesOf(array).filter(({ opens = true }) => opens)) {
      await array.setState?.(group, state.name);
      const opened = await openSoon(array, path);
      assert.equal(opened?.accessState, state.accessState, `path ${path} in ${state.name}`);
      opened?.close();
    }
    await array.setState?.(group, initial(array).name);
  }
}

async function statesFollow({ array, members }: ContractDisk): Promise<void> {
  for (const group of new Set(array.groups)) {
    for (const state of [...statesOf(array), initial(array)]) {
      await array.setState?.(group, state.name);
      for (const [index, { path }] of members.entries()) {
        const expected = array.groups[index] === group ? state : initial(array);
        await soon(
          array,
          () => path.accessState === expected.accessState && !path.anaPending,
          () => `path ${index} is ${path.accessState} with group ${group} in ${state.name}`,
        );
      }
    }
  }
}

async function unusableGetsNone({ array, core, members }: ContractDisk): Promise<void> {
  for (const group of new Set(array.groups)) {
    for (const state of statesOf(array).filter(({ usable }) => !usable)) {
      await array.setState?.(group, state.name);
      const shut = members.filter((_, index) => array.groups[index] === group);
      await soon(
        array,
        () => shut.every(({ path }) => !path.carriesIo),
        () => `group ${group} in ${state.name} carries I/O`,
      );
      const chosen = core.chosen();
      assert.ok(chosen !== undefined, 'another path is used');
      assert.ok(!shut.some(({ path }) => path === chosen));
      await array.setState?.(group, initial(array).name);
      await usable(array, core, shut);
    }
  }
}

async function accessDiagnosis({ array, core, members }: ContractDisk): Promise<void> {
  for (const [index, member] of members.entries()) {
    for (const state of statesOf(array).filter(({ usable: takesIo }) => !takesIo)) {
      const { path } = member;
      const resets = path.controller.resetCount;
      await array.setState?.(array.groups[index] ?? 0, state.name);
      core.ioFailed(path, Errno.EIO);
      await soon(
        array,
        () => path.accessState === state.accessState,
        () => `path ${index} is ${path.accessState} after an I/O error in ${state.name}`,
      );
      assert.equal(path.controller.resetCount, resets, `${state.name} is no failure`);
      await array.setState?.(array.groups[index] ?? 0, initial(array).name);
      await usable(array, core, [member]);
    }
  }
}

async function allUnusable({ array, core, members }: ContractDisk): Promise<void> {
  const shut = statesOf(array).find(({ usable: takesIo }) => !takesIo);
  if (shut === undefined) return;
  for (const group of new Set(array.groups)) await array.setState?.(group, shut.name);
  await soon(
    array,
    () => members.every(({ path }) => !path.carriesIo),
    () => 'a path still carries I/O',
  );
  assert.equal(core.chosen(), undefined);
  const [group = 0] = array.groups;
  await array.setState?.(group, initial(array).name);
  const back = members.filter((_, index) => array.groups[index] === group);
  await usable(array, core, back);
  assert.ok(back.some(({ path }) => path === core.chosen()));
}

async function preferredIsUsed({ array, core, members }: ContractDisk): Promise<void> {
  for (const group of new Set(array.groups)) {
    await array.setPreferred?.(group, true);
    await soon(
      array,
      () => members.every(({ path }, i) => path.preferred === (array.groups[i] === group)),
      () => `the paths of group ${group} are not the preferred ones`,
    );
    const chosen = members.findIndex(({ path }) => path === core.chosen());
    assert.equal(array.groups[chosen], group);
    await array.setPreferred?.(group, false);
    await soon(
      array,
      () => members.every(({ path }) => !path.preferred),
      () => 'a path is still preferred',
    );
  }
}

async function goneAndBack({ array, core, members }: ContractDisk): Promise<void> {
  for (const [index, { path }] of members.entries()) {
    await array.remove?.(index);
    let errno = 0;
    await soon(
      array,
      () => errno !== 0,
      () => `path ${index} still answers`,
      async () => {
        const answer = await path.check();
        if (answer !== Errno.EBUSY) errno = answer;
      },
    );
    await array.restore?.(index);
    const opened = await openSoon(array, index);
    assert.ok(opened !== undefined, `path ${index} can't be opened again`);
    const back = await core.add(opened);
    assert.equal(back.opened.identity?.wwid, members[0]?.opened.identity?.wwid);
    await usable(array, core, [back]);
  }
}

async function grows({ array, members }: ContractDisk): Promise<void> {
  const [first] = members;
  const size = (first?.opened.capacity ?? 0) * 2;
  await array.resize?.(size);
  for (const [index, { opened }] of members.entries()) {
    await soon(
      array,
      () => opened.size() === size,
      () => `path ${index} has ${opened.size()} bytes, not ${size}`,
    );
    assert.equal(opened.capacity * 2, size, 'what it was opened with stays');
  }
}

async function closedIsSilent({ array }: ContractDisk): Promise<void> {
  const group = array.groups[0] ?? 0;
  // A core of its own, which knows no other path that could tell of the change.
  const alone = new Core(array.clock);
  const { path, opened } = await alone.add(await array.open(0));
  const before = path.accessState;
  await alone.close();
  const other = statesOf(array).find(({ accessState }) => accessState !== before);
  await array.setState?.(group, other?.name ?? '');
  await array.wait(array.boundMs);
  assert.equal(path.accessState, before);
  opened.close(); // Twice does no harm.
}

/** Every path is well again: it carries I/O as far as the core goes, and answers. */
async function usable(array: ContractArray, core: Core, members: readonly Member[]): Promise<void> {
  for (const { path } of members) {
    await soon(
      array,
      () => path.carriesIo && path.controller.state === ControllerState.LIVE,
      () => `path ${path.number} does not come back`,
    );
  }
  assert.ok(core.chosen() !== undefined);
}

function statesOf({ states = [] }: ContractArray): readonly ArrayState[] {
  return states;
}

function initial({ states }: ContractArray): ArrayState {
  const [first] = states ?? [];
  assert.ok(first !== undefined, 'the array has states');
  return first;
}

/** Real devices may take a moment to be there again. */
async function openSoon(array: ContractArray, path: number) {
  let opened: Awaited<ReturnType<ContractArray['open']>> | undefined;
  await soon(
    array,
    () => opened !== undefined,
    () => `path ${path} can't be opened`,
    async () => {
      opened ??= await array.open(path).catch(() => undefined);
    },
  );
  return opened;
}

function settled(array: ContractArray, done: () => boolean): Promise<void> {
  return soon(array, done, () => 'it does not settle');
}

/** Waits, within the array's bound, until `done`; before each look, `act`. */
async function soon(
  array: ContractArray,
  done: () => boolean,
  complaint: () => string,
  act: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const STEP_MS = 50;
  for (let waited = 0; ; waited += STEP_MS) {
    await act();
    if (done()) return;
    assert.ok(waited < array.boundMs, `${complaint()} after ${array.boundMs} ms`);
    await array.wait(STEP_MS);
  }
}
