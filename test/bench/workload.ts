/** The cells of the benchmark: what fio does, and what is read off it. */
import type { FioDirection, FioOptions, FioResult } from '../support/fio.js';

export interface Workload {
  readonly name: string;
  readonly unit: 'kIOPS' | 'GB/s';
  readonly fio: FioOptions;
}

export const WORKLOADS: readonly Workload[] = [
  small('4k randread QD1', { rw: 'randread', iodepth: 1 }),
  small('4k randwrite QD1', { rw: 'randwrite', iodepth: 1 }),
  small('4k randread QD32', { rw: 'randread', iodepth: 32 }),
  small('4k randread 2xQD16', { rw: 'randread', iodepth: 16, numjobs: 2 }),
  large('1M read', { rw: 'read', iodepth: 8 }),
  large('1M write', { rw: 'write', iodepth: 8 }),
];

/** The direction that a workload measures: all of them read only or write only. */
export function direction(result: FioResult): FioDirection {
  return result.read.ios > 0 ? result.read : result.write;
}

/** The figure of a workload, in its unit. */
export function figure(workload: Workload, result: FioResult): number {
  const measured = direction(result);
  return workload.unit === 'kIOPS' ? measured.iops / 1e3 : measured.bytesPerSecond / 1e9;
}

function small(name: string, fio: FioOptions): Workload {
  return { name, unit: 'kIOPS', fio: { bs: '4k', ...fio } };
}

function large(name: string, fio: FioOptions): Workload {
  return { name, unit: 'GB/s', fio: { bs: '1M', ...fio } };
}
