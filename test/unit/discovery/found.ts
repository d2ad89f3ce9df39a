import type { FoundDevice } from '../../../src/discovery/found-device.js';

export const UUID = 'uuid.aaaaaaaa-0000-4000-8000-000000000001';
export const OTHER = 'uuid.bbbbbbbb-0000-4000-8000-000000000002';
export const NAA = 'naa.6001405e3e3e3e300000000000000000';

let minors = 0;

/** A device as discovery finds it. */
export function found(device: string, more: Partial<FoundDevice> = {}): FoundDevice {
  const kind = device.startsWith('/dev/sd') ? 'scsi' : 'nvme';
  minors++;
  return {
    kind,
    device,
    wwid: kind === 'scsi' ? NAA : UUID,
    address: `0000:0${minors}:00.0`,
    devt: { major: 259, minor: minors },
    diskseq: minors,
    size: 2 ** 28,
    numaNode: -1,
    model: 'Model',
    serial: 'S1',
    namespace: undefined,
    inUse: false,
    unusable: undefined,
    ...more,
  };
}
