import { EventEmitter } from 'eventemitter3';
import type { DiskConfig, PathConfig } from '../config/types.js';
import { isTargetName } from '../drivers/target-name.js';
import type { Engine } from '../multipath/engine.js';
import type { Head } from '../multipath/head.js';
import { Iopolicy } from '../multipath/names.js';
import { Mutex } from '../multipath/mutex.js';
import type { Path } from '../multipath/path.js';
import { Adding, type Adder } from './adding.js';
import { BLOCK_EXT_MAJOR, DevtNumbers } from './devt-numbers.js';
import type { PathDisk } from './disk.js';
import type { TopologyEvents } from './events.js';
import { Joiner } from './joiner.js';
import { stackLimits } from './limits.js';
import { NvmePersonality } from './nvme-personality.js';
import type { NvmeSubsystem } from './nvme.js';
import type { OpenPath } from './open-disk.js';
import { PartitionScanner } from './partitions.js';
import type { AnyHead, AnyPath, Common } from './personality.js';
import { Refusal, refusalOf } from './refusal.js';
import { ScsiPersonality, type Lun } from './scsi-personality.js';
import { ScsiPath, type ScsiHost, type ScsiMpathDevice } from './scsi.js';

export interface TopologyOptions {
  readonly engine: Engine;
  readonly openPath: OpenPath;
  /** 4096 bytes of a head. Rejects with an Error that has an `errno`. */
  readonly readPage: (head: Head, offset: number) => Promise<Uint8Array>;
  readonly hostnqn: string;
  readonly hostid: string;
  readonly log?: TopologyLog;
}

export interface TopologyLog {
  warn(fields: object, message: string): void;
}

/** The longest wait for partition tables, ms: they are read through paths that may come back, or never. */
const SCAN_MS = 1000;

/**
 * The disks with their names and what they belong to, as the kernel would have them. Empty at
 * first; disks and paths come and go, and its events tell of it.
 */
export class Topology extends EventEmitter<TopologyEvents> {
  readonly engine: Engine;
  /** Module parameters, numbers of IOPOLICY_NAMES: the iopolicy of who has none configured. */
  readonly defaultIopolicy = { nvme: Iopolicy.NUMA as number, scsi: Iopolicy.NUMA as number };
  readonly #nvme: NvmePersonality;
  readonly #scsi: ScsiPersonality;
  readonly #adding: Adding;
  readonly #partitions: PartitionScanner;
  readonly #log: TopologyLog | undefined;
  /** One at a time: numbers are given out in the order of the calls. */
  readonly #lock = new Mutex();
  readonly #disks = new Map<Head, AnyHead>();
  readonly #wwids = new Map<string, AnyHead>();
  readonly #paths = new Map<Path, AnyPath>();
  readonly #devices = new Map<string, AnyPath>();
  /** Of partition tables, under way. */
  readonly #scans = new Set<Promise<unknown>>();
  #diskseq = 0;

  constructor(options: TopologyOptions) {
    super();
    const { engine, openPath } = options;
    this.engine = engine;
    this.#log = options.log;
    const blockExt = new DevtNumbers(BLOCK_EXT_MAJOR);
    const common: Common = {
      engine,
      events: this,
      hostnqn: options.hostnqn,
      hostid: options.hostid,
      blockExt,
      defaultIopolicy: this.defaultIopolicy,
      nextDiskseq: () => ++this.#diskseq,
      headMade: (disk) => this.#headMade(disk),
      headLive: (disk) => void this.#scan(disk),
      headLeaves: (disk) => this.#headLeaves(disk),
      pathJoined: (path) => this.#pathJoined(path),
      pathLeft: (path) => this.#pathLeft(path),
    };
    const rescan = (paths: readonly PathDisk[]): Promise<void> => this.#rescan(paths);
    this.#nvme = new NvmePersonality(common, rescan);
    const readd = (host: ScsiHost, lun: Lun): Promise<void> => this.#readd(host, lun);
    this.#scsi = new ScsiPersonality(common, { rescan, readd });
    this.#partitions = new PartitionScanner({
      engine,
      read: options.readPage,
      devts: blockExt,
      events: this,
    });
    this.#adding = new Adding({
      nvme: this.#nvme,
      scsi: this.#scsi,
      joiner: new Joiner(engine),
      openPath,
      leftOut: ({ device }, reason) => {
        this.#log?.warn({ device }, `${reason}: left out; the path joins when it can be had`);
      },
      removeHead: (head) => engine.removeHead(head),
      diskByWwid: (wwid) => this.#wwids.get(wwid),
      pathByDevice: (device) => this.#devices.get(device),
    });
    engine.on('headResized', (head) => {
      const disk = this.#disks.get(head);
      if (disk !== undefined) this.emit('resized', disk);
    });
    engine.on('accessState', (path) => {
      const found = this.#paths.get(path);
      if (found !== undefined) this.emit('accessState', found);
    });
    engine.on('marginal', (path) => {
      const found = this.#paths.get(path);
      if (found !== undefined) this.emit('marginal', found);
    });
  }

  get subsystems(): readonly NvmeSubsystem[] {
    return this.#nvme.subsystems;
  }

  get scsiDevices(): readonly ScsiMpathDevice[] {
    return this.#scsi.devices;
  }

  get hosts(): readonly ScsiHost[] {
    return this.#scsi.hosts;
  }

  /** All disks, whatever their kind, in the order of their coming. */
  get disks(): readonly AnyHead[] {
    return [...this.#disks.values()];
  }

  /** The disk of an engine's head, as long as it is there. */
  disk(head: Head): AnyHead | undefined {
    return this.#disks.get(head);
  }

  /**
   * Opens the configured paths, gives them to the engine and names everything. All or nothing:
   * rejects with a TopologyError, everything closed, when a path can't be opened or doesn't fit
   * its disk. What the engine itself refuses it sees only then; all of the call is removed again.
   * Resolves when the paths have had their first check and the partition tables are read.
   */
  async addDisks(configs: readonly DiskConfig[]): Promise<void> {
    await this.#lock.run(() => this.#adding.disks(configs));
    await this.#scanned();
  }

  /**
   * Adds a path, `DEVICE [key=value ...]` with the keys of the configuration, to the disk with
   * its wwid, or makes a new disk. 0 or a negative errno, the reason in the log; nothing has
   * changed then.
   */
  addPath(text: string): Promise<number> {
    return this.#add(() => this.#adding.path(text), { text: text.trim() });
  }

  /**
   * Adds a path to the disk whose wwid it has, the device's own unless `disk` has one, or makes
   * that disk. 0 or a negative errno, the reason in the log; nothing has changed then.
   */
  addPathOf(disk: Omit<DiskConfig, 'paths'>, path: PathConfig): Promise<number> {
    return this.#add(() => this.#adding.pathOf(disk, path), { device: path.device });
  }

  /** A path on the block device with this number of the machine. */
  pathByDevt(major: number, minor: number): AnyPath | undefined {
    for (const path of this.#paths.values()) {
      const { devt } = path.opened;
      // Behind a software target's ports the device is an image: it comes and goes with the target.
      if (devt?.major === major && devt.minor === minor && !isTargetName(path.device)) return path;
    }
    return undefined;
  }

  /** The path whose device has this name, as configured or added. */
  pathByDevice(device: string): AnyPath | undefined {
    return this.#devices.get(device);
  }

  /**
   * The path's device is gone for good. Resolves when the path is gone, too: an NVMe controller
   * goes with its last path, a SCSI host with its device.
   */
  async dropPath(path: AnyPath): Promise<void> {
    if (path instanceof ScsiPath) {
      await this.#scsi.drop(path);
      return;
    }
    const { controller } = path;
    const isLast = controller.paths.every((other) => other === path);
    if (!isLast) await this.engine.removePath(path.path);
    // Its other paths may have been dropped meanwhile.
    if (isLast || controller.paths.length === 0) await controller.delete();
  }

  /** The path's device has changed, or is back: reads its size, and connects to it at once. */
  rescanPath(path: AnyPath): Promise<void> {
    return this.#rescan([path]);
  }

  /** A path may find its head just being removed; then it makes a new one. */
  async #add(add: Adder, what: object): Promise<number> {
    for (let attempt = 1; ; attempt++) {
      try {
        const { checked } = await this.#lock.run(add);
        await checked;
        await this.#scanned();
        return 0;
      } catch (error) {
        const refusal = refusalOf(error);
        if (refusal.removed && attempt === 1) continue;
        this.#log?.warn(what, `not added: ${refusal.message}`);
        return -refusal.errno;
      }
    }
  }

  async #readd(host: ScsiHost, lun: Lun): Promise<void> {
    await this.#add(
      () => {
        if (host.path !== undefined) throw new Refusal('EEXIST', 'it is there');
        return this.#adding.again(host, lun);
      },
      { host: host.number, device: host.device },
    );
  }

  /**
   * Tries at once to connect where that is due, and takes over the sizes that the devices have
   * now, then reads the partition tables. A path of a new size gives it to the head, which keeps
   * out those that differ (drivers/nvme/host/core.c: nvme_update_ns_info); one that is gone, of 0
   * bytes, does not.
   */
  async #rescan(paths: readonly PathDisk[]): Promise<void> {
    const heads = new Set<AnyHead>();
    const controllers = new Set(paths.map(({ path }) => path.controller));
    for (const controller of controllers) this.engine.reconnect(controller);
    for (const { path } of paths) {
      const found = this.#paths.get(path);
      if (found === undefined) continue;
      const { disk } = found;
      heads.add(disk);
      const bytes = found.opened.size();
      if (bytes === path.capacity) continue;
      path.resize(bytes);
      const capacity = bytes - (bytes % disk.blockSize);
      if (capacity > 0 && capacity !== disk.head.capacity) disk.head.setCapacity(capacity);
    }
    for (const disk of heads) if (disk.head.live) void this.#scan(disk);
    await this.#scanned();
  }

  async #scan(disk: AnyHead): Promise<void> {
    const scan = this.#partitions.scan(disk);
    this.#scans.add(scan);
    try {
      const errno = await scan;
      if (errno < 0) this.#log?.warn({ disk: disk.name, errno }, 'partition table not read');
    } catch (err) {
      this.#log?.warn({ disk: disk.name, err }, 'partition table not read');
    } finally {
      this.#scans.delete(scan);
    }
  }

  /** Waits for the scans under way, but not for ever. */
  async #scanned(): Promise<void> {
    if (this.#scans.size === 0) return;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, SCAN_MS)));
    await Promise.race([Promise.allSettled(this.#scans), late]);
    clearTimeout(timer);
  }

  #headMade(disk: AnyHead): void {
    this.#disks.set(disk.head, disk);
    this.#wwids.set(disk.wwid, disk);
  }

  #headLeaves(disk: AnyHead): void {
    this.#partitions.drop(disk);
    this.#disks.delete(disk.head);
    this.#wwids.delete(disk.wwid);
  }

  #pathJoined(path: AnyPath): void {
    this.#paths.set(path.path, path);
    this.#devices.set(path.device, path);
    path.disk.limits = stackLimits(path.disk.limits, path.limits);
  }

  #pathLeft(disk: AnyPath): void {
    this.#paths.delete(disk.path);
    if (this.#devices.get(disk.device) === disk) this.#devices.delete(disk.device);
  }
}
