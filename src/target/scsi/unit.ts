import { Errno } from '../../shared/errno.js';
import { uuidOf } from '../../shared/uuid.js';
import { hashOf } from '../hash.js';
import { Image, type OpenFile } from '../image.js';
import type { Listeners } from '../listeners.js';
import { systemErrno } from '../../shared/system-error.js';
import { imageRefused } from '../target-error.js';
import type { UnitConfig } from '../../config/targets.js';
import type { Lun } from './lun.js';
import { naaOfSerial } from './naa.js';
import type { Nexus } from './nexus.js';
import type { TargetPortGroup } from './port-group.js';
import { type Sense, SenseCode } from './sense.js';

/** drivers/target/target_core_file.h: FD_VERSION, FD_MAX_BYTES. */
export const FILEIO_REVISION = '4.0';
export const FILEIO_MAX_BYTES = 8 << 20;

/** `struct se_device`, a fileio backstore: a logical unit, whatever ports it is seen through. */
export class ScsiUnit {
  readonly name: string;
  readonly file: string;
  readonly vendor: string;
  readonly model: string;
  readonly serial: string;
  /** The NAA designator, 16 or 32 hex digits. */
  readonly naa: string;
  /** By name; default_tg_pt_gp is the first. */
  readonly groups = new Map<string, TargetPortGroup>();
  readonly luns: Lun[] = [];
  readonly nexuses = new Set<Nexus>();
  /** Tells of everything that may change what happens to I/O. */
  readonly changed: Listeners<[]>;
  readonly image: Image;
  #size: number;

  /** Throws a TargetError if its image can't be opened. */
  constructor(config: UnitConfig, openFile: OpenFile, changed: Listeners<[]>) {
    this.name = config.name;
    this.file = config.file;
    this.vendor = config.vendor;
    this.model = config.model;
    this.serial = config.serial ?? uuidOf(hashOf(config.name));
    this.naa = config.wwid?.slice('naa.'.length) ?? naaOfSerial(this.serial);
    this.changed = changed;
    try {
      this.image = new Image(config.file, openFile);
    } catch (error) {
      throw imageRefused(`unit ${config.name}`, config.file, -(systemErrno(error) || Errno.EIO));
    }
    this.#size = this.image.size;
  }

  get blocks(): bigint {
    return BigInt(this.image.size / this.image.blockSize);
  }

  /** Establishes a unit attention condition for every nexus, or for those through one LUN. */
  attention(sense: Sense, lun?: Lun): void {
    for (const nexus of this.nexuses) {
      if (lun === undefined || nexus.lun === lun) nexus.attention(sense);
    }
  }

  /** The image may have grown or shrunk since the last command. */
  revalidate(): void {
    const { size } = this.image;
    if (size === this.#size) return;
    this.#size = size;
    this.attention(SenseCode.CAPACITY_CHANGED);
  }
}
