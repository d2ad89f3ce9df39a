/** What mpathfs has to reach, and whether it did. */
import { IOPOLICY_NAMES } from '../../src/multipath/names.js';
import { onePath, twoPaths } from './mpathfs.js';
import { LOOP, NBDFUSE, QSD } from './others.js';
import type { Results } from './results.js';
import type { Backing } from './system.js';
import { WORKLOADS } from './workload.js';

export interface Target {
  readonly system: string;
  readonly base: string;
  readonly backing: Backing;
  readonly workload: string;
  /** The ratio to reach. */
  readonly least: number;
}

export interface Verdict extends Target {
  /** undefined: not measured. */
  readonly measured: number | undefined;
  readonly verdict: 'met' | 'missed' | 'not measured';
}

const QD1_READ = '4k randread QD1';
const QD1_WRITE = '4k randwrite QD1';
const QD32 = '4k randread QD32';
const TWO_JOBS = '4k randread 2xQD16';
const READ = '1M read';
const WRITE = '1M write';

const MPATHFS = twoPaths('ring', 'numa');

export const TARGETS: readonly Target[] = [
  ...against(MPATHFS, NBDFUSE, 'file', { [QD1_READ]: 5, [QD1_WRITE]: 5 }),
  ...against(MPATHFS, QSD, 'file', {
    [QD1_READ]: 4,
    [QD1_WRITE]: 4,
    [QD32]: 1.5,
    [TWO_JOBS]: 2,
    [READ]: 1.5,
    [WRITE]: 0.9,
  }),
  ...against(MPATHFS, LOOP, 'loop', {
    [QD1_READ]: 0.35,
    [QD1_WRITE]: 0.35,
    [QD32]: 0.5,
    [TWO_JOBS]: 0.6,
    [READ]: 0.9,
    [WRITE]: 0.9,
  }),
  ...twoPathsAgainstOne('file'),
  ...twoPathsAgainstOne('loop'),
  ...against(twoPaths('devfuse', 'numa'), QSD, 'file', { [QD32]: 1 }),
];

export function judge(results: Results): Verdict[] {
  return TARGETS.map((target) => {
    const { system, base, backing, workload, least } = target;
    const measured = results.ratio(system, base, backing, workload);
    if (measured === undefined) return { ...target, measured, verdict: 'not measured' };
    return { ...target, measured, verdict: measured >= least ? 'met' : 'missed' };
  });
}

function against(
  system: string,
  base: string,
  backing: Backing,
  least: Readonly<Record<string, number>>,
): Target[] {
  return Object.entries(least).map(([workload, ratio]) => ({
    system,
    base,
    backing,
    workload,
    least: ratio,
  }));
}

/** A second path costs at most 5 %, whatever the policy. */
function twoPathsAgainstOne(backing: Backing): Target[] {
  const least = Object.fromEntries(WORKLOADS.map(({ name }) => [name, 0.95]));
  return IOPOLICY_NAMES.flatMap((policy) =>
    against(twoPaths('ring', policy), onePath('ring'), backing, least),
  );
}
