import { AccessState } from '../../multipath/names.js';
import type { Path } from '../../multipath/path.js';
import { AnaState, type AnaGroup, type AnaLog } from './ana-log.js';

/**
 * One namespace's access through one controller, as the controller's last ANA log has it, and the
 * path that is to follow it.
 */
export class AnaAccess {
  readonly #nsid: number;
  #grpid: number;
  #group: Pick<AnaGroup, 'state' | 'changeCount'> | undefined;
  #gone = false;
  #path: Path | undefined;

  /** `grpid`: ANAGRPID of Identify Namespace. Pending until the first log. */
  constructor(nsid: number, grpid: number) {
    this.#nsid = nsid;
    this.#grpid = grpid;
  }

  /** The namespace's group, now. */
  get grpid(): number {
    return this.#grpid;
  }

  /** Identify Namespace says so, it is there; the next log has the state. */
  set grpid(grpid: number) {
    this.#grpid = grpid;
    this.#gone = false;
  }

  /** The controller has no such namespace now. Whatever the logs say, its state is not known. */
  lose(): void {
    this.#gone = true;
    this.#apply();
  }

  /** It is gone, the log does not know it, or none was read: its state is not known. */
  get pending(): boolean {
    return this.#gone || this.#group === undefined;
  }

  /** An AccessState. */
  get state(): number {
    if (this.#gone || this.#group === undefined) return AccessState.INACCESSIBLE;
    return accessState(this.#group.state);
  }

  /** Moves whenever the controller says that something happened to the group. */
  get version(): string {
    return `${this.#grpid} ${this.#group?.state} ${this.#group?.changeCount}`;
  }

  /** I/O makes sense. */
  get usable(): boolean {
    return this.state === AccessState.OPTIMIZED || this.state === AccessState.NONOPTIMIZED;
  }

  /**
   * The kernel goes by the NSIDs of each group (nvme_update_ana_state), and by the group's ID for
   * a namespace that is new (nvme_mpath_add_disk).
   */
  update({ groups }: AnaLog): void {
    const group =
      groups.findLast(({ nsids }) => nsids.includes(this.#nsid)) ??
      groups.find(({ id }) => id === this.#grpid);
    if (group !== undefined) this.#grpid = group.id;
    this.#group = group;
    this.#apply();
  }

  /** From now on the path follows. */
  attach(path: Path): void {
    this.#path = path;
    this.#apply();
  }

  /** A path that leaves pending has its new state by then: no I/O goes by the old one. */
  #apply(): void {
    const path = this.#path;
    if (path === undefined || path.removed) return;
    if (this.pending) {
      if (!path.anaPending) path.anaPending = true;
      return;
    }
    path.accessState = this.state;
    if (path.anaPending) path.anaPending = false;
  }
}

/** 5 to 14 are reserved: whatever they mean, it is not that I/O is welcome. */
function accessState(state: number): number {
  switch (state) {
    case AnaState.OPTIMIZED:
      return AccessState.OPTIMIZED;
    case AnaState.NONOPTIMIZED:
      return AccessState.NONOPTIMIZED;
    case AnaState.PERSISTENT_LOSS:
      return AccessState.PERSISTENT_LOSS;
    case AnaState.CHANGE:
      return AccessState.CHANGE;
    default:
      return AccessState.INACCESSIBLE;
  }
}
