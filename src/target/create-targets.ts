import type { Clock } from '../multipath/clock.js';
import type { OpenFile } from './image.js';
import { connectNamespace } from './nvmet/connection.js';
import { Nvmet } from './nvmet/nvmet.js';
import { connectLun } from './scsi/nexus.js';
import { TargetCore } from './scsi/target-core.js';
import type { TargetDevice, Targets } from '../drivers/target-device.js';
import { emptyImage, TargetError } from './target-error.js';
import type { TargetsConfig } from '../config/targets.js';

export interface TargetsOptions {
  readonly clock: Clock;
  readonly openFile: OpenFile;
  /** The host's id, a UUID, as NVMe controllers are told it. */
  readonly hostid?: string;
}

const NO_HOST = '00000000-0000-0000-0000-000000000000';

/** The software targets of a configuration, enabled. Throws a TargetError. */
export function createTargets(config: TargetsConfig, options: TargetsOptions): SoftwareTargets {
  return new SoftwareTargets(config, options);
}

/** The machine's software targets, and the model that their configuration trees show. */
export class SoftwareTargets implements Targets {
  readonly nvmet: Nvmet;
  readonly core: TargetCore;
  readonly #openFile: OpenFile;

  constructor(config: TargetsConfig, { clock, openFile, hostid = NO_HOST }: TargetsOptions) {
    this.#openFile = openFile;
    this.nvmet = new Nvmet(config.nvmet, openFile, hostid);
    try {
      this.core = new TargetCore(config.target, openFile, clock);
    } catch (error) {
      this.nvmet.close();
      throw error;
    }
  }

  open(device: string): TargetDevice {
    const nvmet = /^nvmet:(\d+)\/(.+)\/(\d+)$/.exec(device);
    if (nvmet !== null) {
      const [, port = '', nqn = '', nsid = ''] = nvmet;
      return this.#openNamespace(Number(port), nqn, Number(nsid));
    }
    const target = /^target:([^/]+)\/(\d+)$/.exec(device);
    if (target !== null) {
      const [, wwn = '', lun = ''] = target;
      return this.#openLun(wwn, Number(lun));
    }
    throw new TargetError(
      'MPATHFS_TARGET_NAME',
      'it names no port of a target; write nvmet:PORT/NQN/NSID or target:WWN/LUN',
    );
  }

  /** Closes the images. To what is still open the devices are gone, or fail. */
  close(): void {
    this.nvmet.close();
    this.core.close();
  }

  #openNamespace(portId: number, nqn: string, nsid: number): TargetDevice {
    const subsystem = this.nvmet.subsystems.get(nqn);
    if (subsystem === undefined) {
      throw unknown(`no subsystem ${nqn}`, [...this.nvmet.subsystems.keys()]);
    }
    const controller = subsystem.controllers.find(({ port }) => port.id === portId);
    if (controller === undefined) {
      const ports = subsystem.controllers.map(({ port }) => String(port.id));
      throw unknown(`no port ${portId} of that subsystem`, ports);
    }
    const namespace = subsystem.namespaces.get(nsid);
    if (namespace === undefined) {
      throw unknown(`no namespace ${nsid}`, [...subsystem.namespaces.keys()].map(String));
    }
    if (!namespace.enabled) {
      const attribute = `nvmet/subsystems/${nqn}/namespaces/${nsid}/enable`;
      throw new TargetError(
        'MPATHFS_TARGET_DISABLED',
        `the namespace is disabled; write 1 to sys/kernel/config/${attribute}`,
      );
    }
    if (namespace.size === 0) throw emptyImage(namespace.devicePath);
    return connectNamespace(controller, namespace, this.#openFile(namespace.devicePath));
  }

  #openLun(wwn: string, number: number): TargetDevice {
    const port = this.core.ports.get(wwn);
    if (port === undefined) throw unknown(`no port ${wwn}`, [...this.core.ports.keys()]);
    const lun = port.luns.get(number);
    if (lun === undefined) {
      throw unknown(`no LUN ${number}`, [...port.luns.keys()].map(String));
    }
    return connectLun(lun, this.#openFile(lun.unit.file));
  }
}

function unknown(what: string, there: readonly string[]): TargetError {
  const known = there.length === 0 ? 'none is configured' : `there is ${there.join(', ')}`;
  return new TargetError(
    'MPATHFS_TARGET_UNKNOWN',
    `${what}; ${known}: correct the name or configure the target`,
  );
}
