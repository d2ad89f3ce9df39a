import type { ExecutionContext } from 'ava';
import type { DeviceFile } from '../../../../src/drivers/device-file.js';
import type { OpenedPath } from '../../../../src/drivers/opened-path.js';
import { openScsiPath } from '../../../../src/drivers/scsi/open.js';
import { ScsiUnits } from '../../../../src/drivers/scsi/units.js';
import { AccessState } from '../../../../src/multipath/names.js';
import type { Path } from '../../../../src/multipath/path.js';
import { FakeClock } from '../../../sim/fake-clock.js';
import { FakePort, FakeUnit } from './fake-unit.js';

export const TUR = 0x00;
export const RTPG = 0xa3;

/** A path as the driver sees the core's. */
export interface CorePath {
  accessState: number;
  preferred: boolean;
}

export interface TestPath extends OpenedPath {
  readonly core: CorePath;
  readonly path: Path;
  readonly target: FakePort;
}

/** The file behind a path, which counts how often it was closed. */
export function testFile(block = true): DeviceFile & { closed: number } {
  return {
    fd: 7,
    capacity: 1 << 27,
    blockSize: 512,
    limits: {
      logicalBlockSize: 512,
      physicalBlockSize: 512,
      minimumIoSize: 512,
      optimalIoSize: 0,
      discardGranularity: 512,
      maxDiscardBytes: 2 ** 30,
      maxWriteZeroesBytes: 0,
      rotational: true,
    },
    direct: true,
    inMemory: false,
    block,
    devt: { major: 8, minor: 16 },
    closed: 0,
    size: () => 1 << 27,
    close() {
      this.closed += 1;
    },
  };
}

/** One logical unit with paths through two groups, and a clock that stands still. */
export class Rig {
  readonly clock = new FakeClock();
  readonly units = new ScsiUnits();
  readonly unit = new FakeUnit();
  readonly lines: string[] = [];
  readonly #context = {
    clock: this.clock,
    units: this.units,
    log: { info: (_: object, message: string) => this.lines.push(message) },
  };

  port(number: number, group: number): FakePort {
    return new FakePort(this.unit, number, group);
  }

  open(target: FakePort, file: DeviceFile = testFile()): Promise<OpenedPath> {
    return openScsiPath(file, target, this.#context);
  }

  /** Opened and given to the core. */
  async path(number: number, group: number, target = this.port(number, group)): Promise<TestPath> {
    const opened = await this.open(target);
    const core: CorePath = { accessState: AccessState.OPTIMIZED, preferred: false };
    const path = core as Path;
    opened.attach(path);
    target.sent.length = 0;
    return Object.assign(opened, { core, path, target });
  }

  /** One path through group 1, another through group 2. */
  async paths(): Promise<[TestPath, TestPath]> {
    return [await this.path(1, 1), await this.path(2, 2)];
  }

  setState(group: number, state: number): void {
    const found = this.unit.groups.find(({ id }) => id === group);
    if (found !== undefined) found.state = state;
  }
}

/** Nothing is left that could still happen. */
export function quiet(t: ExecutionContext, rig: Rig, ...paths: OpenedPath[]): void {
  for (const path of paths) path.close();
  t.is(rig.clock.pending, 0);
}
