/** The kernel's own view of SCSI disks. */
import { readFileSync, realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import { until } from '../../support/child.js';
import { list, read, write } from './sys.js';

export class ScsiDisk {
  /** `sdb`: another one when it was deleted and found again. */
  readonly name: string;
  /** `2:0:1:0` */
  readonly address: string;

  constructor(name: string) {
    this.name = name;
    this.address = basename(realpathSync(join('/sys/block', name, 'device')));
  }

  get device(): string {
    return join('/dev', this.name);
  }

  get wwid(): string {
    return read(this.#attribute('wwid'));
  }

  /** What the target says of the port, to be compared with a path's. */
  get portPage(): string {
    return readFileSync(this.#attribute('vpd_pg83')).toString('hex');
  }

  set state(state: 'running' | 'offline') {
    write(this.#attribute('state'), state);
  }

  delete(): void {
    write(this.#attribute('delete'), 1);
  }

  rescan(): void {
    write(this.#attribute('rescan'), 1);
  }

  /** Has its host look for devices again. */
  scanHost(): void {
    write(`/sys/class/scsi_host/host${this.address.split(':')[0]}/scan`, '- - -');
  }

  #attribute(name: string): string {
    return join('/sys/block', this.name, 'device', name);
  }
}

export function scsiDisks(): readonly ScsiDisk[] {
  return list('/sys/block')
    .filter((name) => /^sd[a-z]+$/.test(name))
    .map((name) => new ScsiDisk(name));
}

/** Waits until the kernel has found that many disks. */
export async function untilScsiDisks(count: number): Promise<readonly ScsiDisk[]> {
  await until(`${count} SCSI disks`, () => scsiDisks().length === count, 30_000);
  return scsiDisks();
}
