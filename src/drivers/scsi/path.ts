import type { PathDriver } from '../../multipath/driver.js';
import { Diagnosis } from '../../multipath/driver.js';
import { AccessState } from '../../multipath/names.js';
import type { Path } from '../../multipath/path.js';
import { Errno } from '../../shared/errno.js';
import { accessStateOf, AluaState } from './alua.js';
import { testUnitReady } from './commands.js';
import type { Outcome, ScsiDevice } from './device.js';
import { deviceStateErrno } from './device-state.js';
import type { PortGroupsAnswer, PortGroupsFormat } from './report-port-groups.js';
import { refusedState, reportPortGroups } from './report-port-groups.js';
import { SamStatus } from './status.js';
import type { LogicalUnit, UnitPath } from './unit.js';

/** The driver of one path: its checker, and the access state of its port group. */
export class ScsiPath implements PathDriver, UnitPath {
  /** 0 where the unit has no groups. */
  readonly portGroup: number;
  readonly #device: ScsiDevice;
  /** As in the attachment. */
  readonly #state: () => string | undefined;
  #unit: LogicalUnit | undefined;
  #path: Path | undefined;

  constructor(device: ScsiDevice, state: () => string | undefined, portGroup: number) {
    this.#device = device;
    this.#state = state;
    this.portGroup = portGroup;
  }

  /** Its unit has asymmetric access. From now on until `close` the path follows its group. */
  join(unit: LogicalUnit): void {
    this.#unit = unit;
  }

  /** The AluaState of its group; undefined without ALUA. */
  get aluaState(): number | undefined {
    return this.#unit?.state(this.portGroup);
  }

  /** An AccessState. */
  get accessState(): number {
    return accessStateOf(this.aluaState ?? AluaState.OPTIMIZED);
  }

  attach(path: Path): void {
    this.#path = path;
    this.statesChanged();
  }

  statesChanged(): void {
    if (this.#path === undefined) return;
    this.#path.preferred = this.#unit?.preferred(this.portGroup) ?? false;
    this.#path.accessState = this.accessState;
  }

  reportPortGroups(format: PortGroupsFormat): Promise<PortGroupsAnswer> {
    return reportPortGroups(this.#device, format);
  }

  /** What an answer says of the group (ScsiDevice's `heard`). */
  heard(alua: 'transition' | 'recheck'): void {
    if (alua === 'recheck') this.#unit?.recheck(this);
    else this.#unit?.heard(this, AluaState.TRANSITIONING);
  }

  async check(): Promise<number> {
    return (await this.#ask()).errno;
  }

  /** ACCESS, if its state kept, or keeps, the path from I/O, or is found to be another than known. */
  async diagnose(): Promise<number> {
    const known = this.accessState;
    const { errno, refused } = await this.#ask();
    if (errno !== 0) return Diagnosis.DEVICE;
    const explained = refused || !carriesIo(this.accessState) || this.accessState !== known;
    return explained ? Diagnosis.ACCESS : Diagnosis.DEVICE;
  }

  /** It has left its unit: what is still on its way changes nothing. */
  close(): void {
    this.#unit = undefined;
  }

  /**
   * TEST UNIT READY, then the groups' states. A port that refuses I/O because of its group's state
   * is well; one that refuses although its group takes I/O has a second chance, and is not then.
   */
  async #ask(): Promise<{ readonly errno: number; readonly refused: boolean }> {
    for (let tries = 1; ; tries++) {
      const outcome = await this.#testUnitReady();
      const unit = this.#unit;
      const state = unit === undefined ? undefined : refusedState(outcome);
      const errno = state !== undefined || answers(outcome) ? 0 : outcome.errno;
      const refused = state !== undefined || tries > 1;
      if (unit === undefined || errno !== 0) return { errno, refused };
      const told = await unit.read(this);
      if (state === undefined) return { errno, refused };
      if (!told) this.#unit?.heard(this, state); // Unless it was closed meanwhile.
      if (!carriesIo(this.accessState)) return { errno, refused };
      if (tries === 2) return { errno: Errno.EIO, refused };
    }
  }

  #testUnitReady(): Promise<Outcome> {
    const errno = deviceStateErrno(this.#state());
    if (errno === 0) return this.#device.execute(testUnitReady());
    const nothing = { status: SamStatus.GOOD, sense: undefined, data: new Uint8Array() };
    return Promise.resolve({ errno, ...nothing });
  }
}

/** A unit that is busy, or reserved by another host, is there. */
function answers({ errno, status }: Outcome): boolean {
  switch (status) {
    case SamStatus.BUSY:
    case SamStatus.TASK_SET_FULL:
    case SamStatus.RESERVATION_CONFLICT:
      return true;
    default:
      return errno === 0;
  }
}

function carriesIo(accessState: number): boolean {
  return accessState === AccessState.OPTIMIZED || accessState === AccessState.NONOPTIMIZED;
}
