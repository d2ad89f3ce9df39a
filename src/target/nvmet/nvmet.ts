import { uuidOf } from '../../shared/uuid.js';
import { hashOf } from '../hash.js';
import type { OpenFile } from '../image.js';
import { Listeners } from '../listeners.js';
import { imageRefused } from '../target-error.js';
import type { NvmetConfig, NvmetSubsystemConfig } from '../../config/targets.js';
import { NvmetController } from './controller.js';
import { NvmetNamespace } from './namespace.js';
import { NvmetPort } from './port.js';
import { NvmetSubsystem } from './subsystem.js';

/** The NVMe target: what `sys/kernel/config/nvmet` has. */
export class Nvmet {
  /** By NQN. */
  readonly subsystems = new Map<string, NvmetSubsystem>();
  /** By id. */
  readonly ports = new Map<number, NvmetPort>();
  /** Of the host that connects to it. */
  readonly hostid: string;
  /** Tells of everything that may change what a controller answers to I/O. */
  readonly changed = new Listeners<[]>();
  #chgcnt = 0n;

  /** Its namespaces are enabled. Throws a TargetError if an image can't be opened. */
  constructor(config: NvmetConfig, openFile: OpenFile, hostid: string) {
    this.hostid = hostid;
    for (const subsystem of config.subsystems) this.#addSubsystem(subsystem, openFile);
    // Before there are controllers that would be told of it.
    this.#enable();
    for (const { id, subsystems, ana_groups } of config.ports) {
      const port = new NvmetPort(id, ana_groups, (changed) => {
        this.#portChanged(changed);
      });
      this.ports.set(id, port);
      for (const nqn of subsystems) this.#link(port, nqn);
    }
  }

  /** nvmet_ana_chgcnt: of the whole target. */
  get chgcnt(): bigint {
    return this.#chgcnt;
  }

  /** nvmet_ana_group_enabled: the groups that a port or a namespace has, in ascending order. */
  get anaGroups(): readonly number[] {
    const groups = new Set<number>();
    for (const port of this.ports.values()) for (const group of port.groups) groups.add(group);
    for (const { namespaces } of this.subsystems.values()) {
      for (const { anaGrpid } of namespaces.values()) groups.add(anaGrpid);
    }
    return [...groups].sort((a, b) => a - b);
  }

  close(): void {
    for (const { namespaces } of this.subsystems.values()) {
      for (const namespace of namespaces.values()) namespace.disable();
    }
  }

  #enable(): void {
    for (const { nqn, namespaces } of this.subsystems.values()) {
      for (const namespace of namespaces.values()) {
        const error = namespace.enable();
        if (error === 0) continue;
        this.close();
        throw imageRefused(`namespace ${namespace.nsid} of ${nqn}`, namespace.devicePath, error);
      }
    }
  }

  #addSubsystem(config: NvmetSubsystemConfig, openFile: OpenFile): void {
    const { nqn, model, firmware_rev } = config;
    const serial = config.serial ?? hashOf(nqn).slice(0, 20);
    const subsystem = new NvmetSubsystem(nqn, model, serial, firmware_rev);
    this.subsystems.set(nqn, subsystem);
    for (const entry of [...config.namespaces].sort((a, b) => a.nsid - b.nsid)) {
      // nvmet makes one up; here it is the same at every start.
      const uuid = uuidOf(hashOf(`${nqn} ${entry.nsid}`));
      const namespace = new NvmetNamespace(entry, uuid, openFile, {
        namespaceChanged: ({ nsid }) => {
          for (const controller of subsystem.controllers) controller.namespaceChanged(nsid);
          this.changed.tell();
        },
        namespaceMoved: () => {
          this.#chgcnt++;
          for (const controller of subsystem.controllers) controller.anaChanged();
          this.changed.tell();
        },
      });
      subsystem.namespaces.set(entry.nsid, namespace);
    }
  }

  #link(port: NvmetPort, nqn: string): void {
    const subsystem = this.subsystems.get(nqn);
    if (subsystem === undefined) return;
    const cntlid = subsystem.controllers.length + 1;
    subsystem.controllers.push(new NvmetController(this, port, subsystem, cntlid));
  }

  /** nvmet_port_send_ana_event. */
  #portChanged(port: NvmetPort): void {
    this.#chgcnt++;
    for (const { controllers } of this.subsystems.values()) {
      for (const controller of controllers) if (controller.port === port) controller.anaChanged();
    }
    this.changed.tell();
  }
}
