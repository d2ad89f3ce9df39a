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
import type { ExecutionContext } from 'ava';
import type { DiskConfig, PathConfig } from '../../../src/config/types.js';
import type { Identity } from '../../../src/drivers/identity.js';
import type { OpenedPath } from '../../../src/drivers/opened-path.js';
import { Diagnosis } from '../../../src/multipath/driver.js';
import { Engine } from '../../../src/multipath/engine.js';
import type { Path } from '../../../src/multipath/path.js';
import { Errno } from '../../../src/shared/errno.js';
import { Tables } from '../../../src/shared/tables.js';
import type { Limits } from '../../../src/shared/limits.js';
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

type Said = Partial<Pick<OpenedPath, 'identity' | 'accessState' | 'aluaState' | 'devt'>>;

const NOTHING_SAID = {
  identity: undefined,
  accessState: undefined,
  aluaState: undefined,
  devt: undefined,
};

/** An NVMe namespace that says who it is. */
export function nvme(rest: Partial<Extract<Identity, { kind: 'nvme' }>> = {}): Identity {
  return {
    kind: 'nvme',
    wwid: 'uuid.aaaaaaaa-0000-4000-8000-000000000001',
    subsysnqn: 'nqn.array',
    model: 'Array',
    serial: 'A1',
    firmwareRev: '2.0',
    nsid: 3,
    cntlid: 17,
    transport: 'tcp',
    address: 'traddr=10.0.0.1,trsvcid=4420',
    numaNode: 1,
    uuid: 'aaaaaaaa000040008000000000000001',
    nguid: '0123456789abcdef0123456789abcdef',
    eui64: undefined,
    anaGrpid: 5,
    ...rest,
  };
}

/** A SCSI logical unit that says who it is. */
export function scsi(rest: Partial<Extract<Identity, { kind: 'scsi' }>> = {}): Identity {
  return {
    kind: 'scsi',
    wwid: 'naa.600140505200a986f0043c9afa1fd077',
    vendor: 'LIO-ORG',
    model: 'lun',
    revision: '4.0',
    serial: '05200a98-6f00-43c9-afa1-fd077bf3b5f6',
    address: '2:0:0:0',
    numaNode: -1,
    inquiry: Buffer.from([0, 0, 5, 2, 31]),
    vpd: new Map([[0x80, Buffer.from([0, 0x80, 0, 1, 65])]]),
    portGroup: 1,
    relativePort: 1,
    ...rest,
  };
}

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
  /** Of devices that are no mere files: who they say they are, and what is known of them. */
  readonly said = new Map<string, Said>();
  /** Devices that can't be opened, with the error's code. */
  readonly lost = new Map<string, keyof typeof Errno>();
  /** What the drivers were given, in that order. */
  readonly attached: Path[] = [];
  /** What happened to paths: `attach`, `check`. */
  readonly steps: string[] = [];

  /** Makes a file of that size; returns its path. */
  device(name: string, size = 1 << 20): string {
    const path = join(this.directory, name);
    writeFileSync(path, '');
    truncateSync(path, size);
    return path;
  }

  readonly openPath = (device: string): Promise<OpenedPath> =>
    Promise.resolve().then(() => {
      const code = this.lost.get(device);
      if (code !== undefined) throw Object.assign(new Error(code), { code, errno: -Errno[code] });
      const fd = openSync(device, 'r');
      this.open.push(device);
      const blockSize = this.blockSizes.get(device) ?? 512;
      return {
        fd,
        capacity: statSync(device).size,
        blockSize,
        limits: this.limits.get(device) ?? { ...LIMITS, logicalBlockSize: blockSize },
        direct: true,
        inMemory: false,
        block: false,
        driver: {
          check: () => {
            this.steps.push('check');
            return Promise.resolve(this.answer);
          },
          diagnose: () => Promise.resolve(Diagnosis.DEVICE),
        },
        ...NOTHING_SAID,
        ...this.said.get(device),
        attach: (path) => {
          this.steps.push('attach');
          this.attached.push(path);
        },
        size: () => fstatSync(fd).size,
        close: () => {
          // Throws for a descriptor that is closed already.
          closeSync(fd);
          this.open.splice(this.open.indexOf(device), 1);
        },
      };
    });

  readonly topology = new Topology({
    engine: this.engine,
    openPath: (device) => this.openPath(device),
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
    marginal_path_failures: 5,
    marginal_path_window_secs: 60,
    marginal_path_recovery_secs: 60,
    paths,
    ...rest,
  };
}

export function path(device: string, numaNode = -1, rest: Partial<PathConfig> = {}): PathConfig {
  return {
    device,
    numa_node: numaNode,
    access_state: undefined,
    transport: undefined,
    address: undefined,
    cntlid: undefined,
    ana_grpid: undefined,
    ...rest,
  };
}

/** A topology without disks, which ends with the test. */
export function setUp(t: ExecutionContext): Fixture {
  const fixture = new Fixture();
  t.teardown(() => fixture.end());
  return fixture;
}

/** Everything there is, with its paths. */
export function names({ topology }: Fixture): string[] {
  return topology.disks.map(({ name, paths }) => [name, ...paths.map((p) => p.name)].join(' '));
}
