/** A mount with a software target behind each disk: an NVMe subsystem and a SCSI logical unit. */
import { join } from 'node:path';
import { cat } from './bash.js';
import { delay, until } from './child.js';
import { pathIos, store } from './disk.js';
import type { TestDisk } from './disk.js';
import { mount } from './mpathfs.js';
import type { Transport } from './mpathfs.js';
import { makeImage, scratch } from './scratch.js';
import type { Owner } from './scratch.js';

const MEBIBYTES = 32;
export const NQN = 'nqn.2026-11.org.example:array';
const WWNS = [1, 2, 3, 4].map((port) => `naa.500140500000000${port}`);

export interface TargetDisk extends TestDisk {
  /** The attribute of path n that shows its access state. */
  accessState(path: number): string;
  /** In the target's tree of configuration: the state of group n, from 1; a port's for NVMe. */
  group(number: number): string;
}

/** `nvme0n1` behind two ports, optimized and non-optimized, and room for a third. */
export async function mountNvmet(owner: Owner, transport: Transport): Promise<TargetDisk> {
  const directory = scratch(owner);
  const size = MEBIBYTES * 2 ** 20;
  const device = makeImage(join(directory, 'image'), size);
  const port = (id: number, state: string): string =>
    `[[nvmet.port]]\nid = ${id}\nsubsystems = ["${NQN}"]\nana_groups = { "1" = "${state}" }\n`;
  const path = (id: number): string => `[[disk.path]]\ndevice = "nvmet:${id}/${NQN}/1"\n`;
  const mounted = await mount(owner, {
    config:
      `[[nvmet.subsystem]]\nnqn = "${NQN}"\n` +
      `namespace = [{ nsid = 1, device_path = "image" }]\n` +
      port(1, 'optimized') +
      port(2, 'non-optimized') +
      port(3, 'optimized') +
      `[[disk]]\nkind = "nvme"\niopolicy = "round-robin"\n` +
      path(1) +
      path(2),
    transport,
    directory,
  });
  const sys = (name: string): string => mounted.file(`sys/${name}`);
  const pathAt = (number: number): string => sys(`block/nvme0n1/multipath/nvme0c${number}n1`);
  return {
    mount: mounted,
    device,
    size,
    file: mounted.file('dev/nvme0n1'),
    head: sys('block/nvme0n1'),
    path: pathAt,
    state: (number) => sys(`class/nvme/nvme${number}/state`),
    iopolicy: sys('class/nvme-subsystem/nvme-subsys0/iopolicy'),
    accessState: (number) => join(pathAt(number), 'ana_state'),
    group: (number) => sys(`kernel/config/nvmet/ports/${number}/ana_groups/1/ana_state`),
  };
}

/** `sda` behind four ports: two in the group `left`, optimized, two in `right`, non-optimized. */
export async function mountLun(owner: Owner, transport: Transport): Promise<TargetDisk> {
  const directory = scratch(owner);
  const size = MEBIBYTES * 2 ** 20;
  const device = makeImage(join(directory, 'image'), size);
  const mounted = await mount(owner, {
    config:
      `[[target.unit]]\nname = "lun"\nfile = "image"\n` +
      `group = [\n  { name = "left", id = 1 },\n` +
      `  { name = "right", id = 2, access_state = "active/non-optimized" },\n]\nport = [\n` +
      WWNS.map((wwn, i) => `  { wwn = "${wwn}", group = "${i < 2 ? 'left' : 'right'}" },\n`).join(
        '',
      ) +
      `]\n[[disk]]\nkind = "scsi"\niopolicy = "round-robin"\n` +
      WWNS.map((wwn) => `[[disk.path]]\ndevice = "target:${wwn}/0"\n`).join(''),
    transport,
    directory,
  });
  const sys = (name: string): string => mounted.file(`sys/${name}`);
  const path = (number: number): string => sys(`block/sda/multipath/sda:${number}`);
  const alua = (number: number): string =>
    sys(`kernel/config/target/core/fileio_0/lun/alua/${['left', 'right'][number - 1]}`);
  return {
    mount: mounted,
    device,
    size,
    file: mounted.file('dev/sda'),
    head: sys('block/sda'),
    path,
    state: (number) => join(path(number), 'device/state'),
    iopolicy: sys('class/scsi_mpath_device/scsi_mpath_device0/iopolicy'),
    accessState: (number) => join(path(number), 'device/access_state'),
    group: (number) => join(alua(number), 'alua_access_state'),
  };
}

/** Sets the state of a group, and waits until the paths behind it show it. */
export async function setGroup(
  disk: TargetDisk,
  group: number,
  value: string | number,
  shown: string,
  paths: readonly number[],
): Promise<void> {
  await store(disk.group(group), value);
  await untilShown(disk, shown, paths);
}

export async function untilShown(
  disk: TargetDisk,
  shown: string,
  paths: readonly number[],
): Promise<void> {
  for (const path of paths) {
    await until(
      `path ${path} is ${shown}`,
      async () => (await cat(disk.accessState(path))).trim() === shown,
      5000,
    );
  }
}

/**
 * Waits until those paths, and no others of the first `count`, do I/O; what is in flight when
 * a state changes ends where it is. Throws with those that do, if that takes too long.
 */
export async function untilUsed(
  disk: TestDisk,
  count: number,
  expected: readonly number[] | ((used: readonly number[]) => boolean),
): Promise<void> {
  const matches =
    typeof expected === 'function'
      ? expected
      : (used: readonly number[]) => used.join() === expected.join();
  const deadline = Date.now() + USED_MS;
  for (;;) {
    const used = await usedPaths(disk, count);
    if (matches(used)) return;
    if (Date.now() > deadline) throw new Error(`I/O goes over the paths ${used.join(', ')}`);
  }
}

/** The longest until I/O is where it belongs, milliseconds. */
const USED_MS = 5000;

async function usedPaths(disk: TestDisk, count: number): Promise<number[]> {
  const numbers = Array.from({ length: count }, (_, path) => path);
  const ios = (): Promise<number[]> => Promise.all(numbers.map((path) => pathIos(disk, path)));
  const before = await ios();
  await delay(300);
  const after = await ios();
  return numbers.filter((path) => (after[path] ?? 0) > (before[path] ?? 0));
}
