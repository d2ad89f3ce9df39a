import { fstatSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { diskOf, splitAddPath, type AddPathWords } from '../config/add-path.js';
import type { DiskConfig, PathConfig } from '../config/types.js';
import type { OpenedPath } from '../drivers/opened-path.js';
import { isTargetName } from '../drivers/target-name.js';
import type { Head } from '../multipath/head.js';
import { checkJoin, checkSubsystem, checkWay, timeouts } from './add-path-rules.js';
import { checkSameDisk, identify, type Identified } from './identify.js';
import { inParallel } from './in-parallel.js';
import type { Joiner, Joining } from './joiner.js';
import { numbered } from './numbering.js';
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
  /** A configured path can't be had now. */
  readonly leftOut: (path: PathConfig, reason: string) => void;
  removeHead(head: Head): Promise<void>;
  diskByWwid(wwid: string): AnyHead | undefined;
  pathByDevice(device: string): AnyPath | undefined;
}

/** A path that is listed; `checked` resolves when its first check is done. */
export interface Added {
  readonly checked: Promise<void>;
}

/** Adds a path: resolves once it is listed. */
export type Adder = () => Promise<Added>;

/** What an opened path is added as. */
interface Place extends Identified {
  /** The disk that it joins, undefined: a new one. */
  readonly head: AnyHead | undefined;
  /** Makes the path; `head` is there by now. */
  readonly newPath: (head: AnyHead, path: NewPath) => Joining;
}

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
    const opened = await openDisks(configs, this.#options.openPath, this.#options.leftOut);
    const unused = new Set(opened.flatMap(({ paths }) => paths.map((path) => path.opened)));
    const heads: AnyHead[] = [];
    const joinings: Joining[] = [];
    try {
      const disks = numbered(opened, (subsysnqn) => this.#options.nvme.subsystem(subsysnqn));
      this.#refuseSameDisks(disks);
      for (const disk of disks) {
        naming(disk.paths[0]?.config.device, () => {
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
      for (const path of unused) path.close();
      await Promise.all(heads.map(({ head }) => this.#options.removeHead(head)));
      await Promise.all(joinings.map((joining) => joining.undo()));
      throw error;
    }
  }

  /** See Topology.addPath. */
  async path(text: string): Promise<Added> {
    const words = splitAddPath(text);
    const { device, pairs } = words;
    if (!isAbsolute(device) && !isTargetName(device)) {
      throw new Refusal('EINVAL', `${device}: is not an absolute path`);
    }
    this.#refuseTwice(device, pairs.get('wwid'));
    return this.#add(device, (opened) => {
      const { paths, ...config } = diskOf(words, this.#kindOf(words, opened));
      const found = identify(config, { config: paths[0]!, opened });
      const head = this.#headOf(found);
      if (head !== undefined) checkJoin(words, found, head);
      else if (found.config.subsysnqn !== undefined) {
        const subsystem = this.#options.nvme.subsystem(found.config.subsysnqn);
        if (subsystem !== undefined) checkSubsystem(words, found, subsystem);
      }
      const newPath = (made: AnyHead, path: NewPath): Joining =>
        this.#newPath(made, path, false, timeouts(words, found.config, this.#configs.get(made)));
      return { ...found, head, newPath };
    });
  }

  /** See Topology.addPathOf. */
  async pathOf(config: NewDisk['config'], path: PathConfig): Promise<Added> {
    this.#refuseTwice(path.device, config.wwid);
    return this.#add(path.device, (opened) => {
      const found = identify(config, { config: path, opened });
      const head = this.#headOf(found);
      if (head !== undefined) checkWay(found, head);
      return { ...found, head, newPath: (made, entry) => this.#newPath(made, entry, false) };
    });
  }

  /** The host's device is there again. */
  again(host: ScsiHost, lun: Lun): Promise<Added> {
    const { config, wwid } = lun.disk;
    this.#refuseTwice(lun.path.device, wwid);
    return this.#add(lun.path.device, (opened) => {
      // What it said of itself before may be other now, after an update of its firmware.
      const open = { model: undefined, serial: undefined, firmware_rev: undefined };
      const known = opened.identity === undefined ? config : { ...config, ...open };
      const found = identify({ ...known, wwid }, { config: lun.path, opened });
      const head = this.#headOf(found);
      const newPath = (made: AnyHead, path: NewPath): Joining => {
        if (made instanceof NvmeHead) throw new Refusal('EINVAL', `${made.name}: is no SCSI disk`);
        return this.#options.scsi.newPath(made, path, lun, host);
      };
      return { ...found, head, newPath };
    });
  }

  /** Opens the device and adds it to the disk that `place` finds for it, or to a new one. */
  async #add(device: string, place: (opened: OpenedPath) => Place): Promise<Added> {
    const opened = await this.#options.openPath(device);
    let made: AnyHead | undefined;
    let joining: Joining;
    try {
      const { config, wwid, path, head, newPath } = place(opened);
      if (head === undefined) {
        const size = sizeOf(path, config.logical_block_size);
        checkBlockSize(path, size.blockSize, config.logical_block_size, device);
        made = this.#newHead({ config, wwid, ...size }, path);
      } else {
        // While the device was opened. What belongs to the head must not be made again.
        if (head.head.removed) throw await removedHead(head);
        const fixed = this.#configs.get(head)?.logical_block_size;
        checkBlockSize(path, head.blockSize, fixed, head.name);
      }
      joining = newPath(made ?? head!, path);
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

  #refuseTwice(device: string, wwid: string | undefined): void {
    const there = this.#options.pathByDevice(device)?.disk;
    if (there === undefined) return;
    throw wwid === undefined || wwid === there.wwid
      ? new Refusal('EEXIST', `${device}: is a path of ${there.name} already`)
      : new Refusal('EBUSY', `${device}: is a path of ${there.name}`);
  }

  /** As given; else what the device is; else that of the disk that the wwid is of. */
  #kindOf({ pairs }: AddPathWords, { identity, fd }: OpenedPath): DiskConfig['kind'] {
    const given = pairs.get('kind');
    if (given !== undefined) return checkedKind(given);
    if (identity !== undefined) return identity.kind;
    const wwid = pairs.get('wwid') ?? madeWwid('scsi', fstatSync(fd, { bigint: true }));
    const head = this.#options.diskByWwid(wwid);
    return head === undefined ? 'nvme' : kindOf(head);
  }

  /** The disk that the path is of, if it is there. */
  #headOf(found: Identified): AnyHead | undefined {
    const { wwid, config } = found;
    const head = this.#options.diskByWwid(wwid);
    if (head === undefined) return undefined;
    if (kindOf(head) !== config.kind) {
      throw new Refusal(
        'EINVAL',
        `${wwid}: is the wwid of ${head.name}, which is not of kind ${config.kind}`,
      );
    }
    if (head instanceof NvmeHead && found.path.opened.identity !== undefined) {
      const { name, nsid, subsystem } = head;
      checkSameDisk(found, { name, wwid, nsid, subsysnqn: subsystem.subsysnqn });
    }
    return head;
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
    for (const { wwid, paths } of disks) {
      const device = paths[0]?.config.device ?? '';
      const other = seen.get(wwid) ?? this.#options.diskByWwid(wwid)?.name;
      if (other !== undefined) {
        const isFile = paths[0]?.opened.identity === undefined;
        throw new TopologyError(
          'MPATHFS_SAME_DISK',
          `${device}: it is the same disk as ${other}, ${wwid}; ` +
            `make them paths of one disk${isFile ? ', or give each a wwid' : ''}`,
        );
      }
      seen.set(wwid, device);
    }
  }
}

function kindOf(head: AnyHead): DiskConfig['kind'] {
  return head instanceof NvmeHead ? 'nvme' : 'scsi';
}

function checkedKind(given: string): DiskConfig['kind'] {
  if (given === 'nvme' || given === 'scsi') return given;
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
