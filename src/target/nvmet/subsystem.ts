import type { NvmetController } from './controller.js';
import type { NvmetNamespace } from './namespace.js';

/** `struct nvmet_subsys`. */
export class NvmetSubsystem {
  readonly nqn: string;
  readonly model: string;
  readonly serial: string;
  readonly firmwareRev: string;
  /** By nsid, in ascending order. */
  readonly namespaces = new Map<number, NvmetNamespace>();
  readonly controllers: NvmetController[] = [];

  constructor(nqn: string, model: string, serial: string, firmwareRev: string) {
    this.nqn = nqn;
    this.model = model;
    this.serial = serial;
    this.firmwareRev = firmwareRev;
  }
}
