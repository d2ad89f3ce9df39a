import { EventEmitter } from 'eventemitter3';
import type { AttributeNode, TreeNode } from '../../../src/fuse/node.js';
import type { BlockDevice } from '../../../src/multipath/block-device.js';
import type { Controller } from '../../../src/multipath/controller.js';
import type { Head } from '../../../src/multipath/head.js';
import { ControllerState } from '../../../src/multipath/names.js';
import type { Path } from '../../../src/multipath/path.js';
import { Directory } from '../../../src/sysfs/directory.js';
import { makeRoots } from '../../../src/sysfs/roots.js';
import { ScsiTree } from '../../../src/sysfs/scsi-tree.js';
import type { Limits } from '../../../src/shared/limits.js';
import type { PathDevice } from '../../../src/topology/disk.js';
import type { TopologyEvents } from '../../../src/topology/events.js';
import {
  ScsiHost,
  ScsiMpathDevice,
  type ScsiOperations,
  ScsiPath,
} from '../../../src/topology/scsi.js';
import { at } from './listing.js';
import { IDLE_STAT } from './idle-stat.js';
import { FILE } from './nvme-model.js';

export const LIMITS: Limits = {
  logicalBlockSize: 512,
  physicalBlockSize: 512,
  minimumIoSize: 512,
  optimalIoSize: 0,
  discardGranularity: 0,
  maxDiscardBytes: 0,
  maxWriteZeroesBytes: 0,
  rotational: false,
};

/** What the tree reads and writes of the core's objects. */
type FakeHead = {
  -readonly [
    K in keyof Pick<
      Head,
      | 'capacity'
      | 'stat'
      | 'live'
      | 'iopolicy'
      | 'delayedRemovalSecs'
      | 'marginalPathFailures'
      | 'marginalPathWindowSecs'
      | 'marginalPathRecoverySecs'
      | 'requeueCount'
      | 'failCount'
    >
  ]: Head[K];
} & { readonly bdev: Pick<BlockDevice, 'number' | 'generation'> };
type FakeController = {
  -readonly [K in keyof Pick<Controller, 'state' | 'failfastExpired' | 'nrActive'>]: Controller[K];
};
type FakePath = {
  -readonly [
    K in keyof Pick<
      Path,
      | 'accessState'
      | 'marginal'
      | 'preferred'
      | 'offline'
      | 'failovers'
      | 'errorCount'
      | 'retryCount'
      | 'makeItFail'
      | 'slowUs'
      | 'stat'
      | 'capacity'
      | 'inflight'
      | 'currentNodes'
    >
  ]: Path[K];
} & { readonly head: FakeHead; readonly controller: FakeController };

type Identity = Partial<
  Pick<ScsiMpathDevice['disk'], 'vendor' | 'model' | 'revision' | 'serial' | 'wwid'>
> & { readonly capacity?: number };

/** A path, and what is behind it. */
export interface AddedPath {
  readonly host: ScsiHost;
  readonly scsi: ScsiPath;
  readonly path: FakePath;
  readonly controller: FakeController;
}

/** The SCSI part of a tree, and a topology that only says what the test has it say. */
export class ScsiFixture {
  readonly root = Directory.root();
  readonly roots = makeRoots(this.root);
  readonly topology = new EventEmitter<TopologyEvents>();
  readonly head: FakeHead = {
    capacity: 2 ** 20,
    live: true,
    iopolicy: 0,
    delayedRemovalSecs: 0,
    marginalPathFailures: 5,
    marginalPathWindowSecs: 60,
    marginalPathRecoverySecs: 60,
    requeueCount: 0,
    failCount: 0,
    stat: IDLE_STAT,
    bdev: { number: 0, generation: 0 },
  };
  readonly device: ScsiMpathDevice;
  /** What hosts and paths were asked to do. */
  readonly done: string[] = [];
  readonly uevents: string[] = [];
  readonly #operations: ScsiOperations = {
    scan: (host) => this.#record(`scan ${host.number}`),
    delete: (path) => this.#record(`delete ${path.address}`),
    rescan: (paths) => this.#record(`rescan ${paths.map(({ name }) => name).join(' ')}`),
  };

  constructor({ capacity = 2 ** 20, ...identity }: Identity = {}) {
    this.head.capacity = capacity;
    this.roots.uevents.listen((text) => this.uevents.push(text));
    new ScsiTree(this.roots, this.topology, { reactors: 2, queueDepth: 64 });
    this.device = new ScsiMpathDevice(0, {
      vendor: 'mpathfs',
      model: 'disk',
      revision: '1.0',
      serial: 'S1',
      wwid: 'naa.600140505200a986f0043c9afa1fd077',
      ...identity,
      head: this.head as unknown as Head,
      blockSize: 512,
      devt: { major: 8, minor: 0 },
      diskseq: 9,
      limits: LIMITS,
    });
  }

  /** A device with so many paths that are live, as a mount has it. */
  static withPaths(
    count: number,
    identity: Identity = {},
  ): ScsiFixture & { readonly paths: readonly AddedPath[] } {
    const fixture = new ScsiFixture(identity);
    fixture.topology.emit('scsiDeviceAdded', fixture.device);
    const paths = Array.from({ length: count }, (_, index) => fixture.addPath(index));
    fixture.topology.emit('scsiHeadLive', fixture.device.disk);
    return Object.assign(fixture, { paths });
  }

  addPath(number: number, opened: PathDevice = FILE): AddedPath {
    const { disk } = this.device;
    const controller: FakeController = {
      state: ControllerState.LIVE,
      failfastExpired: false,
      nrActive: 0,
    };
    const path: FakePath = {
      head: this.head,
      controller,
      capacity: this.head.capacity,
      accessState: 0,
      marginal: false,
      preferred: false,
      offline: false,
      failovers: 0,
      errorCount: 0,
      retryCount: 0,
      makeItFail: false,
      slowUs: 0,
      stat: IDLE_STAT,
      inflight: () => 0,
      currentNodes: () => [0],
    };
    const host = new ScsiHost(number, `/dev/loop${number}`, this.#operations);
    const scsi = new ScsiPath(
      {
        path: path as unknown as Path,
        disk,
        host,
        controller: controller as unknown as Controller,
        index: number,
        device: host.device,
        opened,
        diskseq: 1 + number,
        limits: LIMITS,
      },
      this.#operations,
    );
    host.path = scsi;
    this.topology.emit('hostAdded', host);
    disk.paths.push(scsi);
    this.topology.emit('scsiPathAdded', scsi);
    return { host, scsi, path, controller };
  }

  removePath({ host, scsi }: AddedPath): void {
    const { paths } = this.device.disk;
    paths.splice(paths.indexOf(scsi), 1);
    host.path = undefined;
    this.topology.emit('scsiPathRemoved', scsi);
  }

  /** The first line of each uevent. */
  headlines(): string[] {
    return this.uevents.map((text) => text.slice(0, text.indexOf('\n')));
  }

  node(place: string): TreeNode | undefined {
    return at(this.root, place);
  }

  attribute(place: string): AttributeNode {
    const node = this.node(place);
    if (node?.kind !== 'attribute') throw new Error(`no attribute ${place}`);
    return node;
  }

  show(place: string): unknown {
    return this.attribute(place).show?.();
  }

  bytes(place: string): Buffer {
    const shown = this.show(place);
    if (!(shown instanceof Uint8Array)) throw new Error(`${place} is not binary`);
    return Buffer.from(shown);
  }

  async store(place: string, text: string): Promise<number | undefined> {
    return this.attribute(place).store?.(text);
  }

  /** The inodes of the attributes that were notified while `change` ran, as their names. */
  notified(change: () => void, directory: Directory): string[] {
    const inos: number[] = [];
    this.root.watch({
      entryRemoved: () => undefined,
      directoryChanged: () => undefined,
      attributeChanged: (ino) => inos.push(ino),
    });
    change();
    return [...directory.children()]
      .filter(([, { ino }]) => inos.includes(ino))
      .map(([name]) => name);
  }

  #record(what: string): Promise<void> {
    this.done.push(what);
    return Promise.resolve();
  }
}
