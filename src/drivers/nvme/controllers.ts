import type { Clock } from '../../multipath/clock.js';
import type { AnaFormat } from './ana-format.js';
import { NvmeController, type NvmeMember } from './controller.js';
import type { ControllerData } from './identify-controller.js';

/** The controllers with ANA whose namespaces are open, each as long as one of them is. */
export class NvmeControllers {
  readonly #controllers = new Map<string, NvmeController>();

  get size(): number {
    return this.#controllers.size;
  }

  /**
   * Adds a namespace to its controller, which is known by its subsystem, controller ID and address:
   * a controller that connects again may have another ID, and a new one then has its old.
   */
  join(
    { subsysnqn, cntlid }: Pick<ControllerData, 'subsysnqn' | 'cntlid'>,
    format: AnaFormat,
    member: NvmeMember,
    { clock, log }: { readonly clock: Clock; readonly log: (message: string) => void },
  ): NvmeController {
    const key = `${cntlid} ${member.attachment.address} ${subsysnqn}`;
    let controller = this.#controllers.get(key);
    if (controller === undefined) {
      const emptied = (): void => {
        this.#controllers.delete(key);
      };
      controller = new NvmeController(
        format,
        clock,
        (message) => log(`${subsysnqn} controller ${cntlid}: ${message}`),
        emptied,
      );
      this.#controllers.set(key, controller);
    }
    controller.join(member);
    return controller;
  }
}
