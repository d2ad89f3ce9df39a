import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MachineConfig } from '../config/types.js';
import { uuidOf } from '../shared/uuid.js';

/** Who this host is to NVMe controllers. */
export interface HostIdentity {
  readonly hostnqn: string;
  readonly hostid: string;
}

/**
 * As configured, else what nvme-cli has in /etc/nvme, else made from the machine's id, which is
 * the same at every start. A machine without an id gets another one each time.
 */
export function hostIdentity(
  { hostnqn, hostid }: Pick<MachineConfig, 'hostnqn' | 'hostid'>,
  etc = '/etc',
): HostIdentity {
  const id = hostid ?? read(join(etc, 'nvme/hostid')) ?? machineUuid(read(join(etc, 'machine-id')));
  return {
    hostnqn: hostnqn ?? read(join(etc, 'nvme/hostnqn')) ?? `nqn.2014-08.org.nvmexpress:uuid:${id}`,
    hostid: id,
  };
}

/** machine-id(5): the id itself is not for others to see, a hash of it is. */
function machineUuid(machineId: string | undefined): string {
  if (machineId === undefined) return randomUUID();
  return uuidOf(createHash('sha256').update(`mpathfs ${machineId}`).digest('hex'));
}

/** The file's first line, if there is one. */
function read(file: string): string | undefined {
  try {
    const [line = ''] = readFileSync(file, 'utf8').split('\n');
    return line.trim() === '' ? undefined : line.trim();
  } catch {
    return undefined;
  }
}
