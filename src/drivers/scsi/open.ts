import type { Clock } from '../../multipath/clock.js';
import type { Limits } from '../../shared/limits.js';
import type { DeviceFile } from '../device-file.js';
import type { OpenedPath } from '../opened-path.js';
import { CAPACITY_LENGTH, decodeCapacity } from './capacity.js';
import { readCapacity16 } from './commands.js';
import { ScsiDevice } from './device.js';
import { identify } from './identify.js';
import { ScsiPath } from './path.js';
import type { ScsiAttachment } from './port.js';
import { isRefusal } from './refusal.js';
import type { ScsiLog } from './unit.js';
import { unitLimits } from './unit-limits.js';
import type { ScsiUnits } from './units.js';

export interface ScsiContext {
  readonly clock: Clock;
  readonly units: ScsiUnits;
  readonly log?: ScsiLog | undefined;
}

/**
 * Opens a logical unit, through one of its ports, as a path. Rejects with Node's errors if it does
 * not answer, with a ScsiError if it does not say who it is; `file` is then still the caller's to
 * close.
 */
export async function openScsiPath(
  file: DeviceFile,
  attachment: ScsiAttachment,
  { clock, units, log }: ScsiContext,
): Promise<OpenedPath> {
  const device = new ScsiDevice(attachment.port, clock);
  const identity = await identify(device, attachment);
  const limits = file.block ? file.limits : await limitsOf(device, file, identity.vpd);
  const { portGroup } = identity;
  // Without a unique id nobody knows which paths lead to one unit: each is its own.
  const unitKey = identity.wwid === '' ? identity.address : identity.wwid;
  const driver = new ScsiPath(device, () => attachment.state(), portGroup ?? 0);
  if (portGroup !== undefined) {
    const unit = units.join(unitKey, driver, clock, log);
    driver.join(unit);
    device.listen((alua) => driver.heard(alua));
    await unit.read(driver);
  }
  return {
    fd: file.fd,
    capacity: file.capacity,
    blockSize: file.blockSize,
    limits,
    direct: file.direct,
    inMemory: file.inMemory,
    block: file.block,
    devt: file.devt,
    driver,
    identity,
    get accessState() {
      return driver.accessState;
    },
    get aluaState() {
      return driver.aluaState;
    },
    size: () => file.size(),
    attach: (core) => driver.attach(core),
    close() {
      units.leave(unitKey, driver);
      driver.close();
      file.close();
    },
  };
}

async function limitsOf(
  device: ScsiDevice,
  file: DeviceFile,
  vpd: ReadonlyMap<number, Uint8Array>,
): Promise<Limits> {
  const { errno, data } = await device.execute(readCapacity16(CAPACITY_LENGTH), CAPACITY_LENGTH);
  const capacity = errno === 0 ? decodeCapacity(data) : undefined;
  if (capacity === undefined || isRefusal(capacity)) return file.limits;
  return unitLimits(file.limits, capacity, vpd);
}
