import { statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { diskOf, splitAddPath, type AddPathWords } from '../config/add-path.js';
import type { DiskConfig } from '../config/types.js';
import type { Head } from '../multipath/head.js';
import { checkJoin, checkSubsystem, timeouts } from './add-path-rules.js';
import { inParallel } from './in-parallel.js';
import type { Joiner, Joining } from './joiner.js';
import type { NvmePersonality } from './nvme-personality.js';
import { NvmeHead } from './nvme.js';
import { checkBlockSize, openDisks, sizeOf } from './open-disk.js';
import type { OpenedDisk, OpenPath } from './open-disk.js';
import type { AnyHead, AnyPath, NewDisk, NewPath, Timeouts } from './personality.js';
import { Refusal } from './refusal.js';
import type { Lun, ScsiPersonality } from './scsi-personality.js';
import type { ScsiHost } from './scsi.js';
import { messageOf, TopologyError } from './topology-error.js';
import { madeWwid } from './wwid.js';

/** What adding needs of the topology. */
export interface AddingOptions {
  readonly nvme: NvmePersonality;
  readonly scsi: ScsiPersonality;
  readonly joiner: Joiner;
  readonly openPath: OpenPath;
  removeHead(head: Head): Promise<void>;
  diskByWwid(wwid: string): AnyHead | undefined;
  pathByDevice(device: string): AnyPath | undefined;
}

/** Adds a path: resolves once it is listed; `checked` when its first check is done. */
export type Adder = () => Promise<{ readonly checked: Promise<void> }>;

/** Paths on their way into the engine at the same time: each is a message to every reactor. */
const JOINING = 128;

/** Opens devices and gives them to the personalities and the engine. One call at a time. */
export class Adding {
  readonly #options: AddingOptions;
  /** What the disks were made from: a path that comes later has the same timeouts. */
  readonly #configs = new WeakMap<AnyHead, NewDisk['config']>();

  constructor(options: AddingOptions) {
    this.#options = options;
  }

  /** See Topology.addDisks. */
  async disks(configs: readonly DiskConfig[]): Promise<void> {
    const disks = await openDisks(configs, this.#options.openPath);
    const unused = new Set(disks.flatMap(({ paths }) => paths.map(({ opened }) => opened)));
    const heads: AnyHead[] = [];
    const joinings: Joining[] = [];
    try {
      this.#refuseSameDisks(disks);
      for (const disk of disks) {
        naming(disk.config.paths[0]?.device, () => {
          const head = this.#newHead(disk, disk.paths[0]!);
          heads.push(head);
          for (const path of disk.paths) joinings.push(this.#newPath(head, path, true));
        });
      }
      await inParallel(joinings, JOINING, async (joining) => {
        unused.delete(joining.opened);
        await this.#options.joiner.join(joining).checked.catch((error: unknown) => {
          throw refused(joining.device, error);
        });
      });
    } catch (error) {
      for (const opened of unused) opened.close();
      await Promise.all(heads.map(({ head }) => this.#options.removeHead(head)));
      await Promise.all(joinings.map((joining) => joining.undo()));
      throw error;
    }
  }

  /** See Topology.addPath. */
  async path(text: string): Promise<{ readonly checked: Promise<void> }> {
    const words = splitAddPath(text);
    const { device } = words;
    if (!isAbsolute(device)) throw new Refusal('EINVAL', `${device}: is not an absolute path`);
    const { kind, wwid, head } = this.#target(words);
    const config = diskOf(words, kind, wwid);
    const there = this.#options.pathByDevice(device);
    if (there !== undefined) {
      throw there.disk === head
        ? new Refusal('EEXIST', `${device}: is a path of ${head.name} already`)
        : new Refusal('EBUSY', `${device}: is a path of ${there.disk.name}`);
    }
    const { subsysnqn } = config;
    if (head !== undefined) checkJoin(words, config, head);
    else if (subsysnqn !== undefined) {
      checkSubsystem(words, config, this.#options.nvme.subsystem(subsysnqn));
    }
    return await this.#add({ config, wwid, path: config.paths[0]! }, head, (made, path) =>
      this.#newPath(made, path, false, timeouts(words, config, this.#configs.get(made))),
    );
  }

  /** The host's device is there again. */
  again(host: ScsiHost, lun: Lun): Promise<{ readonly checked: Promise<void> }> {
    const { config, wwid } = lun.disk;
    const head = this.#options.diskByWwid(wwid);
    if (head instanceof NvmeHead) throw new Refusal('EINVAL', `${wwid}: is an NVMe disk now`);
    return this.#add({ config, wwid, path: lun.path }, head, (made, path) => {
      if (made instanceof NvmeHead) throw new Refusal('EINVAL', `${made.name}: is no SCSI disk`);
      return this.#options.scsi.newPath(made, path, lun, host);
    });
  }

  /** Opens the device and adds it to `head`, or to a new one. */
  async #add(
    { config, wwid, path }: Lun['disk'] & { readonly path: NewPath['config'] },
    head: AnyHead | undefined,
    newPath: (head: AnyHead, path: NewPath) => Joining,
  ): Promise<{ readonly checked: Promise<void> }> {
    const opened = await this.#options.openPath(path.device);
    const entry = { config: path, opened };
    let made: AnyHead | undefined;
    let joining: Joining;
    try {
      if (head === undefined) {
        const size = sizeOf(entry, config.logical_block_size);
        checkBlockSize(entry, size.blockSize, config.logical_block_size, path.device);
        made = this.#newHead({ config, wwid, ...size }, entry);
      } else {
        // While the device was opened. What belongs to the head must not be made again.
        if (head.head.removed) throw await removedHead(head);
        const fixed = this.#configs.get(head)?.logical_block_size;
        checkBlockSize(entry, head.blockSize, fixed, head.name);
      }
      joining = newPath(made ?? head!, entry);
    } catch (error) {
      opened.close();
      if (made !== undefined) await this.#options.removeHead(made.head);
      throw error;
    }
    const { listed, checked } = this.#options.joiner.join(joining);
    try {
      await listed;
    } catch (error) {
      if (made !== undefined) await this.#options.removeHead(made.head);
      await joining.undo();
      throw error;
    }
    return { checked };
  }

  /** The disk that the path is of: the one with its wwid, if there is one. */
  #target({ device, pairs }: AddPathWords): {
    kind: DiskConfig['kind'];
    wwid: string;
    head: AnyHead | undefined;
  } {
    const given = pairs.get('kind');
    const wwid = pairs.get('wwid');
    const diskByWwid = (id: string): AnyHead | undefined => this.#options.diskByWwid(id);
    if (wwid !== undefined) {
      const head = diskByWwid(wwid);
      if (head !== undefined && given !== undefined && given !== kindOf(head)) {
        throw new Refusal('EINVAL', `${wwid}: is the wwid of ${head.name}, not of kind ${given}`);
      }
      const kind = head === undefined ? kindOr(given) : kindOf(head);
      return { kind, wwid, head };
    }
    const identity = statSync(device, { bigint: true });
    const kinds = given === undefined ? (['nvme', 'scsi'] as const) : [kindOr(given)];
    for (const kind of kinds) {
      const made = madeWwid(kind, identity);
      const head = diskByWwid(made);
      if (head !== undefined) return { kind, wwid: made, head };
    }
    const kind = kindOr(given);
    return { kind, wwid: madeWwid(kind, identity), head: undefined };
  }

  #newHead(disk: NewDisk, first: NewPath): AnyHead {
    const personality = disk.config.kind === 'nvme' ? this.#options.nvme : this.#options.scsi;
    const head = personality.newHead(disk, first);
    this.#configs.set(head, disk.config);
    return head;
  }

  #newPath(head: AnyHead, path: NewPath, configured: boolean, times?: Timeouts): Joining {
    const config = this.#configs.get(head);
    if (config === undefined) throw new Refusal('EBUSY', `${head.name}: is gone`);
    const disk = { config: { ...config, ...times }, wwid: head.wwid };
    if (head instanceof NvmeHead) return this.#options.nvme.newPath(head, path, disk.config);
    return this.#options.scsi.newPath(head, path, { disk, path: path.config, configured });
  }

  #refuseSameDisks(disks: readonly OpenedDisk[]): void {
    const seen = new Map<string, string>();
    for (const { wwid, config } of disks) {
      const device = config.paths[0]?.device ?? '';
      const other = seen.get(wwid) ?? this.#options.diskByWwid(wwid)?.name;
      if (other !== undefined) {
        throw new TopologyError(
          'MPATHFS_SAME_DISK',
          `${device}: it is the same disk as ${other}, ${wwid}; ` +
            `make them paths of one disk, or give each a wwid`,
        );
      }
      seen.set(wwid, device);
    }
  }
}

function kindOf(head: AnyHead): DiskConfig['kind'] {
  return head instanceof NvmeHead ? 'nvme' : 'scsi';
}

function kindOr(given: string | undefined): DiskConfig['kind'] {
  if (given === undefined || given === 'nvme') return 'nvme';
  if (given === 'scsi') return 'scsi';
  throw new Refusal('EINVAL', 'kind: must be "nvme" or "scsi"');
}

/** Runs `work`; what the engine has no room for is refused in the device's name. */
function naming(device = '', work: () => void): void {
  try {
    work();
  } catch (error) {
    throw refused(device, error);
  }
}

function refused(device: string, error: unknown): TopologyError {
  return new TopologyError(
    'MPATHFS_PATH_REFUSED',
    `${device}: ${messageOf(error)}; check numa_node and the number of paths`,
    error,
  );
}

/** A head that is just going is gone when this resolves. */
async function removedHead({ head, name }: AnyHead): Promise<Refusal> {
  await head.idle();
  return new Refusal('EBUSY', `${name}: was removed`, undefined, true);
}
