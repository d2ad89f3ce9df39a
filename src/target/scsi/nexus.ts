import type { DeviceFile } from '../../drivers/device-file.js';
import type { ScsiAttachment, ScsiCommand, ScsiPort, ScsiResult } from '../../drivers/scsi/port.js';
import { Errno } from '../../shared/errno.js';
import { ModelFaults } from '../faults.js';
import { systemError } from '../../shared/system-error.js';
import type { TargetDevice } from '../../drivers/target-device.js';
import { targetFile } from '../target-file.js';
import { stateCheck } from './alua.js';
import { execute, fill, type Outcome, refused } from './commands.js';
import type { Lun } from './lun.js';
import { Cdb, Opcode } from './opcode.js';
import { type Sense, SenseCode, senseData } from './sense.js';

const CHECK_CONDITION = 0x02;
const DID_TRANSPORT_DISRUPTED = 0x0e;
const DRIVER_SENSE = 0x08;
/** Above so many blocks, sense data is in descriptor format (target_sense_desc_format). */
const FIXED_FORMAT_BLOCKS = 0xffffffffn;

/** A LUN through its port, as the host's drivers find it. */
export function connectLun(lun: Lun, file: DeviceFile): TargetDevice {
  const nexus = new Nexus(lun);
  lun.unit.nexuses.add(nexus);
  const faults = new ModelFaults(() => (lun.takesIo ? 0 : Errno.EIO), lun.unit.changed);
  const attachment: ScsiAttachment = {
    port: nexus,
    address: `${lun.port.address}:${lun.number}`,
    numaNode: -1,
    wwid: undefined,
    state: () => (nexus.open ? 'running' : undefined),
  };
  const closed = (): void => {
    faults.close();
    nexus.close();
  };
  return { kind: 'scsi', file: targetFile(file, () => true, closed), faults, attachment };
}

/** An I_T_L nexus. It starts with the unit attention of a power on. Answers come in a later turn. */
export class Nexus implements ScsiPort {
  readonly lun: Lun;
  readonly #attentions: Sense[] = [SenseCode.POWER_ON];
  #open = true;

  constructor(lun: Lun) {
    this.lun = lun;
  }

  get open(): boolean {
    return this.#open;
  }

  close(): void {
    this.#open = false;
    this.lun.unit.nexuses.delete(this);
  }

  /** core_scsi3_ua_allocate: one that is pending is not established again. */
  attention(sense: Sense): void {
    if (!this.#attentions.includes(sense)) this.#attentions.push(sense);
  }

  async execute(command: ScsiCommand): Promise<ScsiResult> {
    await Promise.resolve();
    if (!this.#open) throw systemError(Errno.ENODEV, `LUN ${this.lun.number} is closed`);
    const data = command.data ?? new Uint8Array(0);
    if (!this.lun.port.online) {
      return { ...result(0, data.length), hostStatus: DID_TRANSPORT_DISRUPTED };
    }
    this.lun.unit.revalidate();
    const outcome = await this.#outcome(new Cdb(command.cdb), data);
    if ('transferred' in outcome) return result(0, data.length - outcome.transferred);
    const descriptor = this.lun.unit.blocks > FIXED_FORMAT_BLOCKS;
    return {
      ...result(CHECK_CONDITION, data.length),
      driverStatus: DRIVER_SENSE,
      sense: senseData(outcome.sense, descriptor),
    };
  }

  /** target_setup_cmd_from_cdb: unit attention, then access state, then the command. */
  #outcome(cdb: Cdb, data: Uint8Array): Outcome | Promise<Outcome> {
    if (reportsAttention(cdb.opcode)) {
      const attention = this.#attentions.shift();
      if (attention !== undefined) return refused(attention);
    }
    const state = stateCheck(this.lun, cdb);
    if (state !== undefined) return refused(state);
    if (cdb.opcode === Opcode.REQUEST_SENSE) return this.#requestSense(cdb, data);
    return execute(this.lun, cdb, data);
  }

  /** spc_emulate_request_sense: the pending unit attention, which is gone then. */
  #requestSense(cdb: Cdb, data: Uint8Array): Outcome {
    if ((cdb.byte(1) & 1) !== 0) return refused(SenseCode.INVALID_CDB_FIELD);
    const sense = this.#attentions.shift() ?? SenseCode.NONE;
    return fill(data, senseData(sense, false), cdb.byte(4));
  }
}

/** target_scsi3_ua_check: commands that a unit attention does not end. */
function reportsAttention(opcode: number): boolean {
  return (
    opcode !== Opcode.INQUIRY && opcode !== Opcode.REPORT_LUNS && opcode !== Opcode.REQUEST_SENSE
  );
}

function result(status: number, residual: number): ScsiResult {
  return { status, hostStatus: 0, driverStatus: 0, sense: new Uint8Array(0), residual };
}
