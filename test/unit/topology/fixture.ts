import {
  closeSync,
  fstatSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DiskConfig, PathConfig } from '../../../src/config/types.js';
import type { PathChecker } from '../../../src/multipath/control.js';
import { Engine } from '../../../src/multipath/engine.js';
import { Tables } from '../../../src/shared/tables.js';
import type { Limits } from '../../../src/shared/limits.js';
import type { OpenedPath } from '../../../src/topology/open-disk.js';
import { Topology } from '../../../src/topology/topology.js';
import { FakeClock } from '../../sim/fake-clock.js';

export const NODES = 2;
export const HOSTNQN = 'nqn.2014-08.org.nvmexpress:uuid:00000000-0000-4000-8000-000000000001';
export const HOSTID = '00000000-0000-4000-8000-000000000001';

export const LIMITS: Limits = {
  logicalBlockSize: 512,
  physicalBlockSize: 512,
  minimumIoSize: 512,
  optimalIoSize: 0,
  discardGranularity: 4096,
  maxDiscardBytes: 1 << 30,
  maxWriteZeroesBytes: 1 << 30,
  rotational: false,
};

/** A real engine on fake reactors, and files as devices. */
export class Fixture {
  readonly directory = mkdtempSync(join(tmpdir(), 'mpathfs-topology-'));
  readonly clock = new FakeClock();
  readonly tables = new Tables({
    heads: 8,
    partitions: 16,
    paths: 16,
    controllers: 16,
    nodes: NODES,
    reactors: 2,
  });
  readonly engine = new Engine({
    tables: this.tables,
    clock: this.clock,
    nodes: NODES,
    reactors: {
      wake: () => undefined,
      installPath: () => Promise.resolve(),
      uninstallPath: () => Promise.resolve(),
      poll: (retry) => void setImmediate(retry),
    },
  });
  /** Devices open now, in the order of opening. */
  readonly open: string[] = [];
  /** What was logged. */
  readonly logged: string[] = [];
  /** Limits other than LIMITS. */
  readonly limits = new Map<string, Limits>();
  /** What a check of a path answers. */
  answer = 0;
  /** Block sizes other than 512. */
  readonly blockSizes = new Map<string, number>();

  /** Makes a file of that size; returns its path. */
  device(name: string, size = 1 << 20): string {
    const path = join(this.directory, name);
    writeFileSync(path, '');
    truncateSync(path, size);
    return path;
  }

  readonly openPath = (device: string): Promise<OpenedPath> =>
    Promise.resolve().then(() => {
      const fd = openSync(device, 'r');
      this.open.push(device);
      const blockSize = this.blockSizes.get(device) ?? 512;
      return {
        fd,
        capacity: statSync(device).size,
        blockSize,
        limits: this.limits.get(device) ?? { ...LIMITS, logicalBlockSize: blockSize },
        inMemory: false,
        block: false,
        size: () => fstatSync(fd).size,
        close: () => {
          // Throws for a descriptor that is closed already.
          closeSync(fd);
          this.open.splice(this.open.indexOf(device), 1);
        },
      };
    });

  readonly checker: PathChecker = {
    check: () => Promise.resolve(this.answer),
  };

  readonly topology = new Topology({
    engine: this.engine,
    openPath: (device) => this.openPath(device),
    checker: this.checker,
    readPage: (head, offset) => {
      const page = Buffer.alloc(4096);
      const [first] = this.topology.disk(head)?.paths ?? [];
      if (first === undefined) return Promise.reject(new Error('no path'));
      const fd = openSync(first.device, 'r');
      readSync(fd, page, 0, page.length, offset);
      closeSync(fd);
      return Promise.resolve(page);
    },
    hostnqn: HOSTNQN,
    hostid: HOSTID,
    log: { warn: (_, message) => void this.logged.push(message) },
  });

  async build(...disks: DiskConfig[]): Promise<Topology> {
    await this.topology.addDisks(disks);
    return this.topology;
  }

  async end(): Promise<void> {
    await this.engine.shutdown();
    rmSync(this.directory, { recursive: true });
  }
}

export function disk(paths: readonly PathConfig[], rest: Partial<DiskConfig> = {}): DiskConfig {
  return {
    kind: 'nvme',
    wwid: undefined,
    iopolicy: 'numa',
    delayed_removal_secs: 0,
    logical_block_size: undefined,
    subsysnqn: undefined,
    nsid: undefined,
    model: 'mpathfs',
    serial: 'S1',
    firmware_rev: '1.0',
    reconnect_delay: 10,
    ctrl_loss_tmo: 600,
    fast_io_fail_tmo: -1,
    paths,
    ...rest,
  };
}

export function path(device: string, numaNode = -1, rest: Partial<PathConfig> = {}): PathConfig {
  return {
    device,
    numa_node: numaNode,
    access_state: 'optimized',
    transport: 'loop',
    address: undefined,
    cntlid: undefined,
    ana_grpid: undefined,
    ...rest,
  };
}
