import {
  closeSync,
  fstatSync,
  mkdtempSync,
  openSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { parse } from 'smol-toml';
import { z } from 'zod';
import type { DeviceFile } from '../../../src/drivers/device-file.js';
import type { TargetDevice } from '../../../src/drivers/target-device.js';
import { createTargets, type SoftwareTargets } from '../../../src/target/create-targets.js';
import {
  completeTargets,
  targetsFindings,
  targetsShape,
  type TargetsConfig,
} from '../../../src/config/targets.js';
import { FakeClock } from '../../sim/fake-clock.js';

export const BLOCK = 512;
export const BLOCKS = 2048;

/** Opens an image without the addon. `open` counts the files that are open. */
export class Files {
  open = 0;

  readonly openFile = (path: string): DeviceFile => {
    const fd = openSync(path, 'r+');
    this.open++;
    const size = (): number => fstatSync(fd).size;
    return {
      fd,
      capacity: size(),
      blockSize: BLOCK,
      limits: {
        logicalBlockSize: BLOCK,
        physicalBlockSize: 4096,
        minimumIoSize: 4096,
        optimalIoSize: 0,
        discardGranularity: 0,
        maxDiscardBytes: 0,
        maxWriteZeroesBytes: 0,
        rotational: false,
      },
      direct: false,
      inMemory: false,
      block: false,
      devt: undefined,
      size,
      close: () => {
        closeSync(fd);
        this.open--;
      },
    };
  };
}

/** What is wrong with the targets of a text, each `key: reason`; their configuration if nothing is. */
export function readTargets(toml: string, directory = '/images'): TargetsConfig | string[] {
  const result = z.strictObject(targetsShape).safeParse(parse(toml, { integersAsBigInt: true }));
  if (!result.success) {
    return result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  }
  const found = targetsFindings(result.data);
  if (found.length > 0) return found.map(({ path, reason }) => `${path.join('.')}: ${reason}`);
  return completeTargets(result.data, directory);
}

/** Two subsystems' worth of everything, on images `a`, `b` (NVMe) and `c` (SCSI). */
export const EXAMPLE = `
[[nvmet.subsystem]]
nqn = "nqn.2026-11.e3:ana"
model = "e3-model"
serial = "E3SERIAL"
firmware_rev = "6.12.117"
[[nvmet.subsystem.namespace]]
nsid = 1
device_path = "a"
uuid = "aaaaaaaa-0000-4000-8000-000000000001"
[[nvmet.subsystem.namespace]]
nsid = 2
device_path = "b"
uuid = "aaaaaaaa-0000-4000-8000-000000000002"
ana_grpid = 2

[[nvmet.port]]
id = 1
subsystems = ["nqn.2026-11.e3:ana"]
ana_groups = { "1" = "optimized", "2" = "optimized" }
[[nvmet.port]]
id = 2
subsystems = ["nqn.2026-11.e3:ana"]
ana_groups = { "1" = "optimized", "2" = "optimized" }

[[target.unit]]
name = "e3disk"
file = "c"
model = "RAMDISK-MCP"
serial = "e3e3e3e3-0000-0000-0000-000000000001"
group = [{ name = "gp1", id = 1 }, { name = "gp2", id = 2 }]
port = [
  { wwn = "naa.5001405000000001", group = "gp1" },
  { wwn = "naa.5001405000000002", group = "gp1" },
  { wwn = "naa.5001405000000003", group = "gp2" },
  { wwn = "naa.5001405000000004", group = "gp2" },
]
`;

/** Software targets over images of their own. */
export class TargetsRig {
  readonly clock = new FakeClock();
  readonly files = new Files();
  readonly directory: string;
  readonly targets: SoftwareTargets;

  constructor(t: ExecutionContext, toml = EXAMPLE) {
    this.directory = mkdtempSync(join(tmpdir(), 'mpathfs-target-'));
    for (const name of ['a', 'b', 'c'])
      writeFileSync(this.image(name), new Uint8Array(BLOCK * BLOCKS));
    const config = readTargets(toml, this.directory);
    if (Array.isArray(config)) throw new Error(config.join('\n'));
    this.targets = createTargets(config, {
      clock: this.clock,
      openFile: this.files.openFile,
      hostid: '01234567-89ab-cdef-0123-456789abcdef',
    });
    t.teardown(() => {
      this.targets.close();
      rmSync(this.directory, { recursive: true, force: true });
    });
  }

  image(name: string): string {
    return join(this.directory, name);
  }

  resize(name: string, bytes: number): void {
    truncateSync(this.image(name), bytes);
  }

  nvme(port = 1, nsid = 1): Extract<TargetDevice, { kind: 'nvme' }> {
    const device = this.targets.open(`nvmet:${port}/nqn.2026-11.e3:ana/${nsid}`);
    if (device.kind !== 'nvme') throw new Error(device.kind);
    return device;
  }

  scsi(port = 1): Extract<TargetDevice, { kind: 'scsi' }> {
    const device = this.targets.open(`target:naa.500140500000000${port}/0`);
    if (device.kind !== 'scsi') throw new Error(device.kind);
    return device;
  }
}
