/** An NVMe namespace of this machine: commands through the kernel's ioctls, the rest from sysfs. */
import { closeSync, openSync } from 'node:fs';
import { basename } from 'node:path';
import type { Clock } from '../../multipath/clock.js';
import type { Native } from '../../native/binding.js';
import { LimitedCommands } from '../limited-commands.js';
import { attribute, blockDirectory, numberAttribute, resolved, type Devt } from '../sysfs.js';
import type { NvmeAttachment, NvmeCommand, NvmeCompletion, NvmePort } from './port.js';
import { TRANSPORT_TYPES } from './transport-type.js';

/** The addon's part in it. */
export type NvmeIoctls = Pick<Native, 'nvmeCommand' | 'nvmeNamespace' | 'nvmeReset'>;

export interface KernelNvmeOptions {
  /** The open namespace. Once it is closed its fd is no descriptor any more. */
  readonly file: { readonly fd: number };
  readonly devt: Devt;
  readonly ioctls: NvmeIoctls;
  readonly clock: Clock;
  /** `/sys` and `/dev`, or what stands for them. */
  readonly sys: string;
  readonly dev: string;
}

/**
 * The namespace behind an open block device, one that is not a multipath head of the kernel's.
 *
 * While the device is open, the kernel gives neither its number nor its controller's name to
 * another one, so both are good names: after a removal they lead nowhere.
 */
export function kernelNvmeAttachment(options: KernelNvmeOptions): NvmeAttachment {
  const { file, devt, ioctls, sys } = options;
  const namespace = blockDirectory(sys, devt);
  const controller = `${namespace}/device`;
  const transport = attribute(`${controller}/transport`);
  return {
    port: kernelPort(options, basename(resolved(controller) ?? '')),
    nsid: ioctls.nvmeNamespace(file.fd),
    // What is none of the standard's is built into the machine (drivers/nvme/host/apple.c).
    transport: TRANSPORT_TYPES.find((type) => type === transport) ?? 'pcie',
    address: attribute(`${controller}/address`) ?? '',
    numaNode: numberAttribute(`${controller}/numa_node`) ?? -1,
    wwid: attribute(`${namespace}/wwid`),
    subsysnqn: attribute(`${controller}/subsysnqn`)?.trimEnd(),
    state: () => attribute(`${controller}/state`),
    // The kernel keeps ANA changes to itself; its NVME_AEN uevents carry error, health and vendor
    // events only (drivers/nvme/host/core.c: nvme_complete_async_event).
    onEvent: () => () => undefined,
  };
}

function kernelPort(options: KernelNvmeOptions, controller: string): NvmePort {
  const { file, ioctls, clock, dev } = options;
  const limited = new LimitedCommands(clock);
  const send = (admin: boolean, command: NvmeCommand): Promise<NvmeCompletion> =>
    limited.run(command, (data) =>
      ioctls.nvmeCommand(file.fd, admin, command.sqe, data, command.timeoutMs),
    );
  return {
    admin: (command) => send(true, command),
    io: (command) => send(false, command),
    async reset() {
      // Namespaces don't take it. Opening one that is not live fails at once, with EAGAIN.
      const fd = openSync(`${dev}/${controller}`, 'r');
      // The ioctl has its own descriptor by the time it returns its promise.
      const over = ioctls.nvmeReset(fd);
      closeSync(fd);
      await over;
    },
  };
}
