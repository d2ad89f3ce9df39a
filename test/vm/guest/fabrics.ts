/** Connections of the kernel's NVMe initiator (drivers/nvme/host/fabrics.c). */
import { closeSync, openSync, writeSync } from 'node:fs';

/** Every path has to come from one host: only then do they belong together. */
const HOST =
  'hostnqn=nqn.2014-08.org.nvmexpress:uuid:6a6a6a6a-0000-4000-8000-000000000001,' +
  'hostid=6a6a6a6a-0000-4000-8000-000000000001';

/** Returns when the controller is there. nvme-cli of Debian 12 fails with this kernel's loop. */
export function connectFabrics(options: string): void {
  const fd = openSync('/dev/nvme-fabrics', 'r+');
  try {
    writeSync(fd, `${options},${HOST}`);
  } finally {
    closeSync(fd);
  }
}
