import type { Head } from './head.js';
import type { Path } from './path.js';

/** How the core reaches the reactors. Implemented by src/reactor, and by the simulation. */
export interface ReactorControl {
  /** Makes every reactor look at the heads' KICK counters soon, also one that sleeps. */
  wake(): void;
  /** Resolves once every reactor can send I/O to the path (its FD is registered). */
  installPath(path: number): Promise<void>;
  /** Resolves once no reactor can send I/O to the path any more; its FD may then be closed. */
  uninstallPath(path: number): Promise<void>;
  /**
   * Calls `look` soon: the pace of the core's waits for a grace period or a drain. `vain`: how
   * many looks found nothing, so that a long wait may be looked at less often.
   */
  poll(look: () => void, vain: number): void;
}

/** What changed, after it did; the sysfs tree and the log follow these. */
export interface EngineEvents {
  headLive: (head: Head) => void;
  /** The head took its last request: its file and directory go. */
  headRemoved: (head: Head) => void;
  pathAdded: (path: Path) => void;
  pathRemoved: (path: Path) => void;
  /** `from` is the state before; `reason` says what caused it, for the log. */
  controllerState: (path: Path, from: number, reason: string) => void;
  iopolicyChanged: (head: Head, from: number) => void;
  /** The head has another capacity. */
  headResized: (head: Head) => void;
  /** The path has another access state. */
  accessState: (path: Path) => void;
  /** The path has become marginal, or normal again. */
  marginal: (path: Path) => void;
}
