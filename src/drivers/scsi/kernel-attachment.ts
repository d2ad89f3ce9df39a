/** A SCSI disk of this machine: commands through SG_IO, the rest from sysfs. */
import { basename, dirname } from 'node:path';
import type { Clock } from '../../multipath/clock.js';
import type { Native } from '../../native/binding.js';
import { LimitedCommands } from '../limited-commands.js';
import { attribute, blockDirectory, numberAttribute, resolved, type Devt } from '../sysfs.js';
import type { ScsiAttachment } from './port.js';

/** The addon's part in it. */
export type ScsiIoctls = Pick<Native, 'scsiCommand'>;

export interface KernelScsiOptions {
  /** The open disk. Once it is closed its fd is no descriptor any more. */
  readonly file: { readonly fd: number };
  readonly devt: Devt;
  readonly ioctls: ScsiIoctls;
  readonly clock: Clock;
  /** `/sys`, or what stands for it. */
  readonly sys: string;
}

/**
 * The logical unit behind an open disk.
 *
 * A deleted unit that is scanned again has its address, and so its directory, anew, but not its
 * disk's number while that is open: the state is looked up by number.
 */
export function kernelScsiAttachment(options: KernelScsiOptions): ScsiAttachment {
  const { file, devt, ioctls, clock, sys } = options;
  const device = `${blockDirectory(sys, devt)}/device`;
  const directory = resolved(device) ?? '';
  const limited = new LimitedCommands(clock);
  return {
    port: {
      execute: (command) =>
        limited.run(command, (data) =>
          ioctls.scsiCommand(file.fd, command.cdb, command.direction, data, command.timeoutMs),
        ),
    },
    address: basename(directory),
    numaNode: numaNodeAbove(directory),
    wwid: attribute(`${device}/wwid`),
    state: () => attribute(`${device}/state`),
  };
}

/** The node of the bus device that the host sits on: SCSI devices have none themselves. */
function numaNodeAbove(directory: string): number {
  for (let at = directory; at !== dirname(at); at = dirname(at)) {
    const node = numberAttribute(`${at}/numa_node`);
    if (node !== undefined) return node;
  }
  return -1;
}
