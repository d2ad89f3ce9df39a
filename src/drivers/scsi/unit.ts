import type { Clock, Timer } from '../../multipath/clock.js';
import { AluaState, AluaSupport, describe } from './alua.js';
import type { PortGroups } from './port-groups.js';
import type { PortGroupsAnswer, PortGroupsFormat } from './report-port-groups.js';

/** scsi_dh_alua.c: ALUA_RTPG_DELAY_MSECS, ALUA_RTPG_RETRY_DELAY, ALUA_FAILOVER_TIMEOUT. */
const RECHECK_MS = 5;
const RETRY_MS = 2_000;
const TRANSITION_SECS = 60;
/** A group of which nothing is known yet supports everything (TPGS_SUPPORT_ALL). */
const SUPPORT_ALL = 0xdf;

/** What goes to the log. */
export interface ScsiLog {
  info(fields: object, message: string): void;
}

/** One path to the unit, as the unit needs it. */
export interface UnitPath {
  /** Of the port that it goes through. */
  readonly portGroup: number;
  /** Asks the unit through this path. Never rejects. */
  reportPortGroups(format: PortGroupsFormat): Promise<PortGroupsAnswer>;
  /** A group, perhaps its own, has another state. */
  statesChanged(): void;
}

interface Group {
  /** An AluaState. */
  state: number;
  preferred: boolean;
  supported: number;
  /** When the transition began that it is in, by the clock. */
  since: number | undefined;
  /** The question whose answer this is. */
  asked: number;
}

/**
 * A logical unit with asymmetric access, `struct alua_port_group` of all its groups: what is heard
 * through any of its paths holds for all paths of that group.
 *
 * Answers may overtake each other, since every path asks for itself: each question has a number,
 * and an older answer changes nothing that a newer one has said.
 */
export class LogicalUnit {
  readonly #wwid: string;
  readonly #clock: Clock;
  readonly #log: ScsiLog | undefined;
  readonly #groups = new Map<number, Group>();
  readonly #paths = new Set<UnitPath>();
  readonly #format: PortGroupsFormat = { extendedHeader: true };
  /** Why a group's paths had no answer, once logged, until one has. */
  readonly #told = new Map<number, string>();
  #transitionSecs = TRANSITION_SECS;
  #questions = 0;
  /** The next look at groups in transition. */
  #transition: Timer | undefined;
  /** That look asks the unit. */
  #reading = false;
  /** A question to come, and the number of the last one that does not make up for it. */
  #recheck: { readonly timer: Timer; readonly after: number } | undefined;

  constructor(wwid: string, clock: Clock, log: ScsiLog | undefined) {
    this.#wwid = wwid;
    this.#clock = clock;
    this.#log = log;
  }

  add(path: UnitPath): void {
    this.#paths.add(path);
  }

  /** False: that was the last path, and the unit does nothing more. */
  remove(path: UnitPath): boolean {
    this.#paths.delete(path);
    if (this.#paths.size > 0) return true;
    this.#transition?.cancel();
    this.#recheck?.timer.cancel();
    return false;
  }

  /** The AluaState of a group; until something else is heard it is taken for optimized. */
  state(group: number): number {
    return this.#groups.get(group)?.state ?? AluaState.OPTIMIZED;
  }

  preferred(group: number): boolean {
    return this.#groups.get(group)?.preferred ?? false;
  }

  /** Asks through `path`. Whether there was an answer. */
  async read(path: UnitPath): Promise<boolean> {
    const question = ++this.#questions;
    const answer = await path.reportPortGroups(this.#format);
    // The last path has left meanwhile: nothing is to be set off any more.
    if (this.#paths.size === 0) return false;
    if (answer.kind === 'failed') return this.#failed(path.portGroup, answer.reason);
    this.#told.delete(path.portGroup);
    if (this.#recheck !== undefined && this.#recheck.after < question) this.#cancelRecheck();
    if (answer.kind === 'groups') this.#apply(answer.reply, question);
    else this.#set(path.portGroup, { state: AluaState.TRANSITIONING }, question);
    this.#changed();
    return true;
  }

  /** An answer to something else told the state of a path's group. */
  heard(path: UnitPath, state: number): void {
    this.#set(path.portGroup, { state }, ++this.#questions);
    this.#changed();
  }

  /** An answer said that states may have changed: asks soon. */
  recheck(path: UnitPath): void {
    this.#recheck?.timer.cancel();
    const timer = this.#clock.after(RECHECK_MS, () => {
      this.#recheck = undefined;
      void this.#readThroughAny(path);
    });
    this.#recheck = { timer, after: this.#questions };
  }

  #cancelRecheck(): void {
    this.#recheck?.timer.cancel();
    this.#recheck = undefined;
  }

  /** Some units fail to answer now and then; one that only knows `optimized` need not. */
  #failed(group: number, reason: string): boolean {
    const supported = this.#groups.get(group)?.supported ?? SUPPORT_ALL;
    if ((supported & ~AluaSupport.OPTIMIZED) === 0) return true;
    if (this.#told.get(group) !== reason) {
      this.#log?.info({ wwid: this.#wwid, group, reason }, 'target port groups are not known');
    }
    this.#told.set(group, reason);
    return false;
  }

  #apply({ transitionSecs, groups }: PortGroups, question: number): void {
    this.#transitionSecs = transitionSecs ?? TRANSITION_SECS;
    for (const { id, ...group } of groups) this.#set(id, group, question);
  }

  #set(id: number, told: Partial<Omit<Group, 'since'>>, question: number): void {
    const old = this.#groups.get(id) ?? {
      state: AluaState.OPTIMIZED,
      preferred: false,
      supported: SUPPORT_ALL,
      since: undefined,
      asked: 0,
    };
    if (question < old.asked) return;
    const { state = old.state, preferred = old.preferred, supported = old.supported } = told;
    const transitioning = state === AluaState.TRANSITIONING;
    const since = transitioning ? (old.since ?? this.#clock.now()) : undefined;
    const group = { state, preferred, supported, since, asked: question };
    // It has been too long since it began: whatever the unit says, this is no transition.
    if (this.#overdue(group)) group.state = AluaState.STANDBY;
    this.#groups.set(id, group);
    const was = describe(old.state, old.preferred, old.supported);
    const now = describe(group.state, preferred, supported);
    if (was !== now) this.#log?.info({ wwid: this.#wwid, group: id }, `port group ${now}`);
  }

  #overdue({ since }: Group): boolean {
    return since !== undefined && this.#clock.now() - since >= this.#transitionSecs * 1000;
  }

  #changed(): void {
    for (const path of this.#paths) path.statesChanged();
    this.#watchTransition();
  }

  /** Groups in transition are asked for, or given up when their time is over. */
  #watchTransition(): void {
    const ends = [...this.#groups.values()]
      .filter(({ state }) => state === AluaState.TRANSITIONING)
      .map(({ since = 0 }) => since + this.#transitionSecs * 1000 - this.#clock.now());
    if (ends.length === 0) {
      this.#transition?.cancel();
      this.#transition = undefined;
      return;
    }
    this.#transition ??= this.#clock.after(Math.max(0, Math.min(RETRY_MS, ...ends)), () => {
      this.#transition = undefined;
      this.#giveUpOverdue();
      this.#changed();
      if (this.#transition !== undefined) this.#readAgain();
    });
  }

  #giveUpOverdue(): void {
    for (const [id, group] of this.#groups) {
      if (group.state === AluaState.TRANSITIONING && this.#overdue(group)) {
        this.#set(id, { state: AluaState.TRANSITIONING }, group.asked);
      }
    }
  }

  /** Unless the last time it was asked has no end yet: that would only ask a device that hangs. */
  #readAgain(): void {
    if (this.#reading) return;
    this.#reading = true;
    void this.#readThroughAny().finally(() => (this.#reading = false));
  }

  /** Through `first`, else one that is in transition, else any: until there is an answer. */
  async #readThroughAny(first?: UnitPath): Promise<void> {
    const late = (path: UnitPath): number => {
      if (path === first) return 0;
      return this.state(path.portGroup) === AluaState.TRANSITIONING ? 1 : 2;
    };
    for (const path of [...this.#paths].sort((a, b) => late(a) - late(b))) {
      if (this.#paths.has(path) && (await this.read(path))) return;
    }
  }
}
