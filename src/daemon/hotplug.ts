/** What the kernel tells of its disks becomes paths that come, go and change. */
import { basename } from 'node:path';
import type { DiskConfig } from '../config/types.js';
import type { Discovery } from '../discovery/discover.js';
import type { FoundDevice } from '../discovery/found-device.js';
import { isUsable, usedElsewhere } from '../discovery/found-disks.js';
import { isAllowed, type ScanRules } from '../discovery/scan-rules.js';
import { parseUevent, type Uevent } from '../discovery/uevent.js';
import type { Clock, Timer } from '../multipath/clock.js';
import { errnoName } from '../shared/errno.js';
import { isOutOfReach } from '../topology/out-of-reach.js';
import { Claims, type HotplugPath, type HotplugTopology } from './claims.js';

export interface HotplugOptions<P extends HotplugPath> {
  readonly topology: HotplugTopology<P>;
  /** As configured: what `relocate` left out is still there. */
  readonly disks: readonly DiskConfig[];
  readonly rules: ScanRules;
  /** Of the machine. */
  readonly discovery: Discovery;
  /** What there was when the disks were added. Of that, what is not a path was not meant to be one. */
  readonly found: readonly FoundDevice[];
  /** native.watchUevents: an empty message stands for those that were lost. */
  readonly watch: (message: (bytes: Uint8Array) => void) => { close(): void };
  readonly clock: Clock;
  readonly log: HotplugLog;
}

export interface HotplugLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface Hotplug {
  /** What had changed since `found` is done. */
  readonly ready: Promise<void>;
  /** Nothing more is begun. */
  close(): void;
}

/**
 * Watches the kernel's uevents. A disk that appears becomes a path if its wwid is a head's or a
 * configured disk's, or if scanning allows it; one that goes takes its path along, whatever its
 * name was; one that changed is looked at again.
 */
export function startHotplug<P extends HotplugPath>(options: HotplugOptions<P>): Hotplug {
  return new Watcher(options);
}

/** After these, ms, a disk is looked at again that was not complete yet, or was refused. */
const RETRIES = [100, 300, 600, 1000];
/**
 * One that is out of reach may be back without a word: it is tried again after the first, each
 * time after twice as long, up to the second, ms.
 */
const OUT_OF_REACH = [10_000, 60_000] as const;
/** The longest wait for one path to come or go, ms: other disks have their turn then. */
const PATIENCE = 10_000;

interface Seen {
  readonly device: FoundDevice;
  /** It could not be a path, or not yet: a change may help. */
  refused: boolean;
}

class Watcher<P extends HotplugPath> implements Hotplug {
  readonly ready: Promise<void>;
  readonly #options: HotplugOptions<P>;
  readonly #claims: Claims<P>;
  readonly #watch: { close(): void };
  readonly #queue: { readonly key: string; readonly work: () => Promise<void> }[] = [];
  /** The next look at a disk, by name. */
  readonly #timers = new Map<string, Timer>();
  /** The disks that are there, by device number, as they were seen last. */
  readonly #seen = new Map<string, Seen>();
  #busy = false;
  #closed = false;
  /** Resolves `ready`. */
  #started: () => void = () => undefined;

  constructor(options: HotplugOptions<P>) {
    this.#options = options;
    this.#claims = new Claims(options.topology, options.disks, options.rules);
    for (const device of options.found) {
      this.#seen.set(keyOf(device.devt), { device, refused: !isUsable(device) });
    }
    this.ready = new Promise((resolve) => (this.#started = resolve));
    this.#enqueue('start', () => this.#compare(true).finally(this.#started));
    this.#watch = options.watch((bytes) => this.#message(bytes));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#watch.close();
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    this.#queue.length = 0;
    this.#started();
  }

  #message(bytes: Uint8Array): void {
    if (this.#closed) return;
    if (bytes.length === 0) {
      this.#options.log.warn({}, 'uevents were lost: all disks are looked at again');
      this.#enqueue('all', () => this.#compare(false));
      return;
    }
    const event = parseUevent(bytes);
    if (event === undefined) return;
    const work = this.#workOf(event);
    if (work === undefined) return;
    // Only changes may be one: an add, a remove and an add are three things.
    const { action, devpath } = event;
    this.#enqueue(action === 'change' ? devpath : '', work);
  }

  #workOf(event: Uevent): (() => Promise<void>) | undefined {
    const { action, devpath, variables } = event;
    const name = basename(devpath);
    switch (variables.get('SUBSYSTEM') ?? '') {
      case 'block':
        // A partition, too: while a path has it open it goes only with its disk.
        if (action === 'remove') return () => this.#gone(event);
        if (variables.get('DEVTYPE') !== 'disk') return undefined;
        if (action === 'add') return () => this.#look(name, 0);
        // One that was asked for (lib/kobject_uevent.c: kobject_synth_uevent): udev asks whenever
        // somebody who could write has closed the device. We may be that somebody.
        if (action !== 'change' || variables.has('SYNTH_UUID')) return undefined;
        return () => this.#changed(event, name);
      case 'nvme':
        // drivers/nvme/host/core.c: nvme_start_ctrl, a controller that has connected again.
        if (action !== 'change' || variables.get('NVME_EVENT') !== 'connected') return undefined;
        return () => this.#rescan((device) => device.namespace?.controller === name);
      case 'scsi':
        // drivers/scsi/scsi_lib.c: scsi_evt_emit, a unit attention.
        if (action !== 'change' || variables.get('DEVTYPE') !== 'scsi_device') return undefined;
        return () => this.#rescan(({ kind, address }) => kind === 'scsi' && address === name);
      default:
        return undefined;
    }
  }

  /** In order, one at a time. Work with a key that waits already is not asked for twice. */
  #enqueue(key: string, work: () => Promise<void>): void {
    if (key !== '' && this.#queue.some((other) => other.key === key)) return;
    this.#queue.push({ key, work });
    if (!this.#busy) void this.#run();
  }

  async #run(): Promise<void> {
    this.#busy = true;
    // Let others have their turn before each: hundreds of disks may come at once.
    await nextTurn();
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      try {
        await next.work();
      } catch (err) {
        this.#options.log.warn({ err }, 'a uevent was not handled');
      }
      await nextTurn();
    }
    this.#busy = false;
  }

  /** A disk that has come. It may have gone again, and another may have its number. */
  async #look(name: string, attempt: number): Promise<void> {
    const device = this.#options.discovery.one(name);
    if (device !== undefined) await this.#meet(device, name, attempt);
  }

  async #meet(device: FoundDevice, name: string, attempt: number): Promise<void> {
    const { topology, log } = this.#options;
    const { major, minor } = device.devt;
    const path = topology.pathByDevt(major, minor);
    const before = this.#seen.get(keyOf(device.devt));
    // Its attributes may not be there yet (drivers/scsi/sd.c reads the size after the uevent).
    const incomplete = device.wwid === undefined || device.size === 0;
    const seen = { device, refused: incomplete };
    this.#seen.set(keyOf(device.devt), seen);
    if (path !== undefined) {
      if (before === undefined || isSame(before.device, device)) return;
      await this.#drop(path, 'another disk has its number');
    }
    const last = attempt >= RETRIES.length;
    if (incomplete && !last) return this.#again(name, attempt);
    const claim = this.#claims.of(device);
    if (claim === undefined || this.#closed) return;
    const what = { device: device.device, wwid: device.wwid };
    seen.refused = true;
    const unusable = device.unusable ?? this.#usedElsewhere(device);
    if (unusable !== undefined) {
      log.warn(what, `${device.device}: not added: ${unusable}`);
      return;
    }
    const result = await this.#patiently(topology.addPathOf(claim.disk, claim.path), what, 'added');
    if (result === undefined) return this.#again(name, RETRIES.length);
    seen.refused = result < 0;
    if (result === 0) return;
    const errno = errnoName(-result);
    const again = !last || isOutOfReach(-result);
    if (attempt <= RETRIES.length) {
      log.warn({ ...what, errno }, `${device.device}: not added (${errno})${again ? ', yet' : ''}`);
    }
    if (again) this.#again(name, attempt);
  }

  /** Before a head is made: whether another device of the disk is in use, now. */
  #usedElsewhere(device: FoundDevice): string | undefined {
    const { topology, discovery } = this.#options;
    if (topology.disks.some(({ wwid }) => wwid === device.wwid)) return undefined;
    const others = [...this.#seen.values()]
      .filter((seen) => seen.device.wwid === device.wwid)
      .flatMap((seen) => discovery.one(basename(seen.device.device)) ?? []);
    return usedElsewhere(device, others);
  }

  #again(name: string, attempt: number): void {
    if (this.#closed) return;
    // Whoever asks meanwhile, because of a change, has asked in its place.
    this.#timers.get(name)?.cancel();
    const [first, most] = OUT_OF_REACH;
    const ms = RETRIES[attempt] ?? Math.min(first * 2 ** (attempt - RETRIES.length), most);
    const timer = this.#options.clock.after(ms, () => {
      this.#timers.delete(name);
      this.#enqueue('', () => this.#look(name, attempt + 1));
    });
    this.#timers.set(name, timer);
  }

  /** The kernel tells of it before it takes the disk out of sysfs, and may tell late. */
  async #gone({ variables }: Uevent): Promise<void> {
    const [major, minor] = [Number(variables.get('MAJOR')), Number(variables.get('MINOR'))];
    const seen = this.#seen.get(keyOf({ major, minor }));
    const diskseq = Number(variables.get('DISKSEQ'));
    // Another disk that had the number before this one.
    if (seen?.device.diskseq !== undefined && diskseq < seen.device.diskseq) return;
    this.#seen.delete(keyOf({ major, minor }));
    const path = this.#options.topology.pathByDevt(major, minor);
    if (path !== undefined) await this.#drop(path, 'removed');
  }

  async #changed({ variables }: Uevent, name: string): Promise<void> {
    const devt = { major: Number(variables.get('MAJOR')), minor: Number(variables.get('MINOR')) };
    const path = this.#options.topology.pathByDevt(devt.major, devt.minor);
    if (path !== undefined) await this.#rescanPath(path);
    // What was left alone before stays so.
    else if (this.#seen.get(keyOf(devt))?.refused !== false) await this.#look(name, RETRIES.length);
  }

  async #rescan(concerns: (device: FoundDevice) => boolean): Promise<void> {
    for (const { device, refused } of [...this.#seen.values()]) {
      if (!concerns(device)) continue;
      const path = this.#options.topology.pathByDevt(device.devt.major, device.devt.minor);
      if (path !== undefined) await this.#rescanPath(path);
      else if (refused) await this.#look(basename(device.device), RETRIES.length);
    }
  }

  /** Compares what there is with what was seen, without knowing what happened in between. */
  async #compare(start: boolean): Promise<void> {
    const { topology, discovery, rules } = this.#options;
    if (start) this.#claims.nameDisks();
    const now = new Map<string, FoundDevice>();
    for (const device of discovery.all()) {
      now.set(keyOf(device.devt), device);
      await nextTurn();
    }
    for (const [key, { device }] of [...this.#seen]) {
      if (now.has(key)) continue;
      this.#seen.delete(key);
      const path = topology.pathByDevt(device.devt.major, device.devt.minor);
      if (path !== undefined) await this.#drop(path, 'gone');
    }
    for (const [key, device] of now) {
      if (this.#closed) return;
      const before = this.#seen.get(key);
      const known = before !== undefined && isSame(before.device, device) && !before.refused;
      if (known && before.device.size !== device.size) await this.#resized(key, device);
      // Those that were left out are there, too.
      const wanted = isAllowed(rules, device) || this.#claims.configured(device) !== undefined;
      if (known && !(start && wanted)) continue;
      await this.#meet(device, basename(device.device), 0);
    }
  }

  /** Nobody told of it: what did was lost. */
  async #resized(key: string, device: FoundDevice): Promise<void> {
    this.#seen.set(key, { device, refused: false });
    const path = this.#options.topology.pathByDevt(device.devt.major, device.devt.minor);
    if (path !== undefined) await this.#rescanPath(path);
  }

  async #drop(path: P, why: string): Promise<void> {
    const { log, topology } = this.#options;
    log.warn({ device: path.device }, `${path.device}: ${why}`);
    await this.#patiently(topology.dropPath(path), { device: path.device }, 'dropped');
  }

  async #rescanPath(path: P): Promise<void> {
    const { topology } = this.#options;
    await this.#patiently(topology.rescanPath(path), { device: path.device }, 'rescanned');
  }

  /** Undefined if it took too long; it goes on then, but nobody waits for it any more. */
  async #patiently<T>(work: Promise<T>, what: object, done: string): Promise<T | undefined> {
    let timer: Timer | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = this.#options.clock.after(PATIENCE, () => {
        this.#options.log.warn(what, `not ${done} after ${PATIENCE / 1000} s`);
        resolve(undefined);
      });
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      timer?.cancel();
    }
  }
}

function keyOf({ major, minor }: FoundDevice['devt']): string {
  return `${major}:${minor}`;
}

function isSame(a: FoundDevice, b: FoundDevice): boolean {
  if (a.diskseq !== undefined || b.diskseq !== undefined) return a.diskseq === b.diskseq;
  return a.wwid === b.wwid;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
