import {
  closeSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config, DiskConfig, PathConfig } from '../../../src/config/types.js';
import type { PathChecker } from '../../../src/multipath/control.js';
import { Engine } from '../../../src/multipath/engine.js';
import { Tables } from '../../../src/shared/tables.js';
import type { OpenedPath } from '../../../src/topology/open-disk.js';
import { buildTopology, type Topology } from '../../../src/topology/topology.js';
import { FakeClock } from '../../sim/fake-clock.js';

export const NODES = 2;

/** A real engine on fake reactors, and files as devices. */
export class Fixture {
  readonly directory = mkdtempSync(join(tmpdir(), 'mpathfs-topology-'));
  readonly clock = new FakeClock();
  readonly tables = new Tables({ heads: 8, paths: 16, controllers: 16, nodes: NODES, reactors: 2 });
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
      return {
        fd,
        capacity: statSync(device).size,
        blockSize: this.blockSizes.get(device) ?? 512,
        inMemory: false,
        block: false,
        close: () => {
          closeSync(fd);
          this.open.splice(this.open.indexOf(device), 1);
        },
      };
    });

  readonly checker: PathChecker = {
    check: () => Promise.resolve(this.answer),
  };

  build(...disks: DiskConfig[]): Promise<Topology> {
    const config: Config = { disks, machine: { cpu_nodes: [], queue_depth: 8 } };
    return buildTopology(config, this.engine, this.openPath, this.checker);
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

export function path(device: string, numaNode = -1): PathConfig {
  return { device, numa_node: numaNode, access_state: 'optimized' };
}
