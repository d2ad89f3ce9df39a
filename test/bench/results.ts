/** What was measured, and the figures that are taken from it. */
import type { Backing } from './system.js';
import type { Workload } from './workload.js';

export interface Cell {
  readonly system: string;
  readonly backing: Backing;
  readonly workload: string;
  readonly unit: Workload['unit'];
  /** One figure for each round, in the rounds' order. */
  readonly rounds: number[];
  readonly p99Ms: number[];
  readonly maxMs: number[];
}

export class Results {
  readonly cells: Cell[] = [];

  cell(system: string, backing: Backing, workload: Workload): Cell {
    const found = this.find(system, backing, workload.name);
    if (found !== undefined) return found;
    const { name, unit } = workload;
    const made = { system, backing, workload: name, unit, rounds: [], p99Ms: [], maxMs: [] };
    this.cells.push(made);
    return made;
  }

  find(system: string, backing: Backing, workload: string): Cell | undefined {
    return this.cells.find(
      (cell) => cell.system === system && cell.backing === backing && cell.workload === workload,
    );
  }

  /**
   * `system` over `base` in one workload: the median over the rounds of each round's ratio,
   * which what slows the whole machine for a while hardly moves. undefined: not measured.
   */
  ratio(system: string, base: string, backing: Backing, workload: string): number | undefined {
    const above = this.find(system, backing, workload);
    const below = this.find(base, backing, workload);
    if (above === undefined || below === undefined) return undefined;
    return median(above.rounds.map((value, round) => value / (below.rounds[round] ?? NaN)));
  }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const low = sorted[Math.ceil(middle) - 1] ?? NaN;
  const high = sorted[Math.floor(middle)] ?? NaN;
  return (low + high) / 2;
}
