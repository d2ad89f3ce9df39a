import type { EventEmitter } from 'eventemitter3';
import type { Tables } from '../shared/tables.js';
import type { Clock } from './clock.js';
import type { EngineEvents, ReactorControl } from './control.js';
import type { Waits } from './waits.js';

/** What the engine's objects share. */
export interface Context {
  readonly tables: Tables;
  readonly clock: Clock;
  readonly reactors: ReactorControl;
  /** Online NUMA nodes, 0..n-1. */
  readonly onlineNodes: number;
  readonly events: EventEmitter<EngineEvents>;
  readonly waits: Waits;
  /** A grace period, see rcu.ts. */
  synchronize(): Promise<void>;
}
