import type { Logger } from 'pino';
import type { Clock } from '../multipath/clock.js';
import type { Path } from '../multipath/path.js';
import { native } from '../native/binding.js';
import type { DeviceFile } from './device-file.js';
import { openFile } from './file/open.js';
import { openFilePath, type FileContext } from './file/path.js';
import { kernelDevice } from './kernel-device.js';
import { NvmeControllers } from './nvme/controllers.js';
import { kernelNvmeAttachment } from './nvme/kernel-attachment.js';
import { openNvmePath } from './nvme/open.js';
import type { NvmeAttachment } from './nvme/port.js';
import type { OpenedPath } from './opened-path.js';
import { kernelScsiAttachment } from './scsi/kernel-attachment.js';
import { openScsiPath } from './scsi/open.js';
import type { ScsiAttachment } from './scsi/port.js';
import { ScsiUnits } from './scsi/units.js';
import type { Faults, TargetDevice, Targets } from './target-device.js';
import { isTargetName } from './target-name.js';

export interface DriversOptions extends FileContext {
  readonly clock: Clock;
  /** The machine's software targets, if it has any. */
  readonly targets?: Targets | undefined;
  /** Default `/sys`. */
  readonly sys?: string;
  /** Default `/dev`. */
  readonly dev?: string;
  readonly log?: Logger;
}

/** Opens devices, each with the driver for its kind, and holds what their paths share. */
export class Drivers {
  readonly #options: DriversOptions;
  readonly #controllers = new NvmeControllers();
  readonly #units = new ScsiUnits();

  constructor(options: DriversOptions) {
    this.#options = options;
  }

  /**
   * `nvmet:` and `target:` names are the software targets'; an NVMe namespace or SCSI disk, whole,
   * is asked who it is; anything else that can be read and written is a file. Rejects with Node's
   * errors, the targets' and the drivers' own; nothing stays open then.
   */
  async open(device: string): Promise<OpenedPath> {
    const { targets, sys = '/sys' } = this.#options;
    if (targets !== undefined && isTargetName(device)) return this.#target(targets.open(device));
    const file = openFile(device, sys);
    return closedIfFailed(file, () => this.#kernel(device, file, sys));
  }

  async #target(target: TargetDevice): Promise<OpenedPath> {
    const { file, faults } = target;
    const opened = await closedIfFailed(file, () =>
      target.kind === 'nvme'
        ? this.#nvme(file, target.attachment)
        : this.#scsi(file, target.attachment),
    );
    return withFaults(opened, faults);
  }

  #kernel(device: string, file: DeviceFile, sys: string): Promise<OpenedPath> {
    const { clock, dev = '/dev', log } = this.#options;
    const { devt } = file;
    const kind = devt === undefined ? 'other' : kernelDevice(sys, devt);
    if (devt !== undefined && kind === 'nvme') {
      return this.#nvme(
        file,
        kernelNvmeAttachment({ file, devt, ioctls: native, clock, sys, dev }),
      );
    }
    if (devt !== undefined && kind === 'scsi') {
      return this.#scsi(file, kernelScsiAttachment({ file, devt, ioctls: native, clock, sys }));
    }
    if (kind === 'nvme-head') {
      log?.warn(
        { device },
        `${device}: the kernel does the multipathing here already (nvme_core.multipath=Y): it is ` +
          'one plain device to us, and its paths are not seen',
      );
    }
    return Promise.resolve(openFilePath(file, this.#options));
  }

  #nvme(file: DeviceFile, attachment: NvmeAttachment): Promise<OpenedPath> {
    const { clock, log } = this.#options;
    return openNvmePath(file, attachment, { clock, log, controllers: this.#controllers });
  }

  #scsi(file: DeviceFile, attachment: ScsiAttachment): Promise<OpenedPath> {
    const { clock, log } = this.#options;
    return openScsiPath(file, attachment, { clock, log, units: this.#units });
  }
}

async function closedIfFailed(
  file: DeviceFile,
  open: () => Promise<OpenedPath>,
): Promise<OpenedPath> {
  try {
    return await open();
  } catch (error) {
    file.close();
    throw error;
  }
}

/** The port of a software target ends block I/O as it says, beside what the path's driver does. */
function withFaults(opened: OpenedPath, faults: Faults): OpenedPath {
  const attach = opened.attach.bind(opened);
  const close = opened.close.bind(opened);
  let forget = (): void => undefined;
  return Object.assign(opened, {
    attach(path: Path): void {
      const apply = (): void => path.setFault(faults.read, faults.write);
      attach(path);
      forget = faults.onChange(apply);
      apply();
    },
    close(): void {
      forget();
      close();
    },
  });
}
