import type { EventEmitter } from 'eventemitter3';
import type { DiskConfig, PathConfig } from '../config/types.js';
import type { OpenedPath } from '../drivers/opened-path.js';
import type { Controller } from '../multipath/controller.js';
import type { HeadTemplate } from '../multipath/driver.js';
import type { Engine } from '../multipath/engine.js';
import type { Head } from '../multipath/head.js';
import { ACCESS_STATE_NAMES, IOPOLICY_NAMES } from '../multipath/names.js';
import type { DevtNumbers } from './devt-numbers.js';
import type { TopologyEvents } from './events.js';
import type { NvmeHead, NvmePath } from './nvme.js';
import type { ScsiHead, ScsiPath } from './scsi.js';

export type AnyHead = NvmeHead | ScsiHead;
export type AnyPath = NvmePath | ScsiPath;

/** A disk that is to be made, from its first device. */
export interface NewDisk {
  readonly config: Omit<DiskConfig, 'paths'>;
  readonly wwid: string;
  /** Bytes, whole blocks. */
  readonly capacity: number;
  readonly blockSize: number;
}

export interface NewPath {
  readonly config: PathConfig;
  readonly opened: OpenedPath;
}

/** What the personalities work with; the topology makes it. */
export interface Common {
  readonly engine: Engine;
  readonly events: EventEmitter<TopologyEvents>;
  readonly hostnqn: string;
  readonly hostid: string;
  readonly blockExt: DevtNumbers;
  /** Module parameters: the iopolicy of who has none configured. */
  readonly defaultIopolicy: { nvme: number; scsi: number };
  nextDiskseq(): number;
  /** A head is there, without a path. */
  headMade(disk: AnyHead): void;
  /** It is live, and everybody knows. */
  headLive(disk: AnyHead): void;
  /** It is removed, and nobody knows yet. */
  headLeaves(disk: AnyHead): void;
  /** A path is there, or gone. Nobody knows yet. */
  pathJoined(path: AnyPath): void;
  pathLeft(path: AnyPath): void;
}

/** The kernel's module parameter, unless configured. */
export function iopolicyOf({ config }: NewDisk, { defaultIopolicy }: Common): number {
  return config.iopolicy === undefined
    ? defaultIopolicy[config.kind]
    : IOPOLICY_NAMES.indexOf(config.iopolicy);
}

export function addHead(
  { engine }: Common,
  { config, ...disk }: NewDisk,
  template: HeadTemplate,
  iopolicy: number,
): Head {
  return engine.addHead({
    template,
    capacity: disk.capacity,
    blockShift: Math.log2(disk.blockSize),
    iopolicy,
    delayedRemovalSecs: config.delayed_removal_secs,
    marginal: {
      failures: config.marginal_path_failures,
      windowSecs: config.marginal_path_window_secs,
      recoverySecs: config.marginal_path_recovery_secs,
    },
  });
}

/** The AccessState that a path starts with: the device's, else the configured one. */
export function firstAccessState({ config, opened }: NewPath): number {
  return opened.accessState ?? ACCESS_STATE_NAMES.indexOf(config.access_state ?? 'optimized');
}

/** What a disk is called that does not say it, and is not configured. */
export const MODEL = 'mpathfs disk';
export const FIRMWARE_REV = '1.0';

/** A serial number for a disk that has none: the end of its wwid. */
export function serialOf(wwid: string): string {
  return wwid.slice(-12).trim();
}

/** `struct nvmf_ctrl_options`: what a disk's configuration says of its controllers. */
export type Timeouts = Pick<DiskConfig, 'reconnect_delay' | 'ctrl_loss_tmo' | 'fast_io_fail_tmo'>;

export function addController({ engine }: Common, timeouts: Timeouts): Controller {
  return engine.addController({
    reconnectDelay: timeouts.reconnect_delay,
    ctrlLossTmo: timeouts.ctrl_loss_tmo,
    fastIoFailTmo: timeouts.fast_io_fail_tmo,
  });
}

/** Takes an item out of a list that has it. */
export function drop<T>(list: T[], item: T): void {
  const at = list.indexOf(item);
  if (at >= 0) list.splice(at, 1);
}
