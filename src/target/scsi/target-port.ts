import type { Listeners } from '../listeners.js';
import type { Lun } from './lun.js';

/** `struct se_portal_group`: a target port of tcm_loop, `loopback/WWN/tpgt_1`. */
export class TargetPort {
  readonly wwn: string;
  /** RELATIVE TARGET PORT IDENTIFIER. */
  readonly rtpi: number;
  /** By number. */
  readonly luns = new Map<number, Lun>();
  readonly #changed: Listeners<[]>;
  #online = true;

  constructor(wwn: string, rtpi: number, changed: Listeners<[]>) {
    this.wwn = wwn;
    this.rtpi = rtpi;
    this.#changed = changed;
  }

  /** `0:0:1`: host, channel and id as tcm_loop has them. */
  get address(): string {
    return `${this.rtpi - 1}:0:1`;
  }

  /** tcm_loop's transport_status. */
  get online(): boolean {
    return this.#online;
  }

  set online(online: boolean) {
    this.#online = online;
    this.#changed.tell();
  }
}
