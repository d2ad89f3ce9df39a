/** Heads and paths as the mount shows them. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { IopolicyName } from '../../../src/multipath/names.js';
import { until } from '../../support/child.js';
import { MOUNTPOINT } from './mpathfs.js';
import { ios, list, read, write } from './sys.js';

/** A path of a head. */
export class PathView {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  get name(): string {
    return basename(this.directory);
  }

  /** Of its controller or scsi_device. */
  get state(): string {
    return read(join(this.directory, 'device/state'));
  }

  /** NVMe: its ana_state; SCSI: its access_state. */
  get accessState(): string {
    const ana = join(this.directory, 'ana_state');
    return read(existsSync(ana) ? ana : join(this.directory, 'device/access_state'));
  }

  /** NVMe: its controller's address. */
  get address(): string {
    return read(join(this.directory, 'device/address'));
  }

  /** SCSI: what the target says of the port. */
  get portPage(): string {
    return readFileSync(join(this.directory, 'device/vpd_pg83')).toString('hex');
  }

  get ios(): number {
    return ios(this.directory);
  }

  get failovers(): number {
    return Number(read(join(this.directory, 'diag/multipath_failover_count')));
  }

  read(attribute: string): string {
    return read(join(this.directory, attribute));
  }
}

/** A head disk. */
export class HeadView {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  get directory(): string {
    return join(MOUNTPOINT, 'sys/block', this.name);
  }

  get exists(): boolean {
    return existsSync(this.directory);
  }

  /** The disk itself. */
  get file(): string {
    return join(MOUNTPOINT, 'dev', this.name);
  }

  get wwid(): string {
    const wwid = join(this.directory, 'wwid');
    return read(existsSync(wwid) ? wwid : join(this.#scsiDevice, 'vpd_id'));
  }

  /** As they are now, in the kernel's order. */
  get paths(): readonly PathView[] {
    const links = join(this.directory, 'multipath');
    return list(links).map((name) => new PathView(join(links, name)));
  }

  set iopolicy(policy: IopolicyName) {
    const subsystem = join(realpathSync(this.directory), '..');
    const own = join(subsystem, 'iopolicy');
    write(existsSync(own) ? own : join(this.#scsiDevice, 'iopolicy'), policy);
  }

  /** SCSI: the scsi_mpath_device with one of the head's paths. */
  get #scsiDevice(): string {
    const root = join(MOUNTPOINT, 'sys/class/scsi_mpath_device');
    const [path] = this.paths;
    assert.ok(path !== undefined, `${this.name} has no path`);
    const device = realpathSync(join(path.directory, 'device'));
    for (const name of list(root)) {
      const devices = join(root, name, 'multipath');
      if (list(devices).some((link) => realpathSync(join(devices, link)) === device)) {
        return join(root, name);
      }
    }
    throw new Error(`no scsi_mpath_device of ${this.name}`);
  }
}

export function heads(): readonly HeadView[] {
  return list(join(MOUNTPOINT, 'sys/block'))
    .map((name) => new HeadView(name))
    .filter((head) => existsSync(join(head.directory, 'multipath')));
}

/** The one head, which has to have a given number of paths. */
export function onlyHead(paths: number): HeadView {
  const found = heads();
  assert.equal(found.length, 1, `heads: ${found.map((head) => head.name).join(' ')}`);
  const [head] = found;
  assert.ok(head !== undefined);
  assert.equal(head.paths.length, paths, `paths of ${head.name}`);
  return head;
}

/** Waits until every one of the head's paths, as many as that, has done more I/O. */
export async function untilAllUsed(
  head: HeadView,
  paths: number,
  timeoutMs: number,
): Promise<void> {
  await until(`${head.name} has ${paths} paths`, () => head.paths.length === paths, timeoutMs);
  await untilUsed(head.paths, timeoutMs);
}

/** Waits until each of these has done more I/O than now. */
export async function untilUsed(paths: readonly PathView[], timeoutMs: number): Promise<void> {
  const before = paths.map((path) => path.ios);
  const unused = (): readonly PathView[] =>
    paths.filter((path, index) => path.ios <= (before[index] ?? 0) + 5);
  try {
    await until('every path is used', () => unused().length === 0, timeoutMs);
  } catch {
    const states = paths.map(
      (path) => `${path.name} ${path.state} ${path.accessState} ${path.ios}`,
    );
    const names = unused().map((path) => path.name);
    throw new Error(`not used in ${timeoutMs} ms: ${names.join(' ')}\n${states.join('\n')}`);
  }
}
