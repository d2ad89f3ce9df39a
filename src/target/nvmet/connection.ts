import type { DeviceFile } from '../../drivers/device-file.js';
import type {
  NvmeAttachment,
  NvmeCommand,
  NvmeCompletion,
  NvmePort,
} from '../../drivers/nvme/port.js';
import { Errno } from '../../shared/errno.js';
import { ModelFaults } from '../faults.js';
import { systemError } from '../../shared/system-error.js';
import type { TargetDevice } from '../../drivers/target-device.js';
import { targetFile } from '../target-file.js';
import { takesIo } from './ana-state.js';
import type { NvmetController } from './controller.js';
import type { NvmetNamespace } from './namespace.js';

/** A namespace through one controller, over the loop transport, as the host's drivers find it. */
export function connectNamespace(
  controller: NvmetController,
  namespace: NvmetNamespace,
  file: DeviceFile,
): TargetDevice {
  const { nvmet, port, subsystem } = controller;
  const connection = new Connection(controller, namespace.nsid);
  const faults = new ModelFaults(() => {
    if (!namespace.enabled) return Errno.ENODEV;
    return takesIo(port.anaState(namespace.anaGrpid)) ? 0 : Errno.EIO;
  }, nvmet.changed);
  const present = (): boolean => namespace.enabled;
  const attachment: NvmeAttachment = {
    port: connection,
    nsid: namespace.nsid,
    transport: 'loop',
    address: `traddr=${port.id}`,
    numaNode: -1,
    wwid: undefined,
    subsysnqn: subsystem.nqn,
    state: () => connection.state,
    onEvent: (changed) => connection.onEvent(changed),
  };
  const closed = (): void => {
    faults.close();
    connection.close();
  };
  return { kind: 'nvme', file: targetFile(file, present, closed), faults, attachment };
}

/** The way of one path's commands to its controller. Answers come in a later turn. */
class Connection implements NvmePort {
  readonly #controller: NvmetController;
  readonly #nsid: number;
  readonly #subscriptions = new Set<() => void>();
  #open = true;

  constructor(controller: NvmetController, nsid: number) {
    this.#controller = controller;
    this.#nsid = nsid;
  }

  get state(): string | undefined {
    return this.#open ? this.#controller.state : undefined;
  }

  async admin(command: NvmeCommand): Promise<NvmeCompletion> {
    await Promise.resolve();
    this.#check();
    return this.#controller.admin(command);
  }

  async io(command: NvmeCommand): Promise<NvmeCompletion> {
    await Promise.resolve();
    this.#check();
    return this.#controller.io(command);
  }

  async reset(): Promise<void> {
    await Promise.resolve();
    this.#check();
    this.#controller.reset();
  }

  onEvent(changed: (result: number) => void): () => void {
    const stop = this.#controller.onEvent(changed);
    this.#subscriptions.add(stop);
    return () => {
      this.#subscriptions.delete(stop);
      stop();
    };
  }

  close(): void {
    this.#open = false;
    for (const stop of this.#subscriptions) stop();
    this.#subscriptions.clear();
  }

  #check(): void {
    if (!this.#open) throw systemError(Errno.ENODEV, `namespace ${this.#nsid} is closed`);
  }
}
