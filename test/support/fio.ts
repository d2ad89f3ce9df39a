/** Runs fio and reads its JSON report. */
import { CommandFailed, start } from './child.js';
import type { Finished, Running } from './child.js';

export interface FioDirection {
  readonly ios: number;
  readonly iops: number;
  readonly bytesPerSecond: number;
  /** Completion latency, milliseconds. */
  readonly meanMs: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export interface FioResult {
  /** errno of the first failed I/O, 0 if none failed. */
  readonly error: number;
  readonly read: FioDirection;
  readonly write: FioDirection;
}

/** A fio that runs in the background. */
export interface FioRun {
  readonly child: Running;
  /** Its report. Rejects when fio wrote none; a failed I/O or verify is in `error`. */
  readonly result: Promise<FioResult>;
}

/** `options` are fio's long options without the dashes: `{ bs: '4k', time_based: true }`. */
export type FioOptions = Readonly<Record<string, string | number | true>>;

export function startFio(options: FioOptions, timeoutMs: number): FioRun {
  // Where no mount is, fio would otherwise make a file of its own, and all would look well.
  const command = ['fio', '--name=job', '--output-format=json', '--allow_file_create=0'];
  command.push('--group_reporting');
  for (const [name, value] of Object.entries(options)) {
    command.push(value === true ? `--${name}` : `--${name}=${value}`);
  }
  const child = start(command, { timeoutMs, dieWithParent: true });
  return { child, result: child.finished.then((finished) => report(command, finished)) };
}

export function fio(options: FioOptions, timeoutMs: number): Promise<FioResult> {
  return startFio(options, timeoutMs).result;
}

interface RawDirection {
  readonly total_ios: number;
  readonly iops: number;
  readonly bw_bytes: number;
  readonly clat_ns: {
    readonly mean: number;
    readonly max: number;
    readonly percentile?: Readonly<Record<string, number>>;
  };
}

interface RawReport {
  readonly jobs: readonly {
    readonly error: number;
    readonly read: RawDirection;
    readonly write: RawDirection;
  }[];
}

function report(command: readonly string[], finished: Finished): FioResult {
  // fio writes its complaints about a failed I/O before the report.
  const text = finished.stdout.toString();
  const json = text.indexOf('{\n');
  if (json < 0) throw new CommandFailed(command, finished);
  const job = (JSON.parse(text.slice(json)) as RawReport).jobs[0];
  if (job === undefined) throw new CommandFailed(command, finished);
  const error = job.error !== 0 ? job.error : finished.code === 0 ? 0 : -1;
  return { error, read: direction(job.read), write: direction(job.write) };
}

function direction(raw: RawDirection): FioDirection {
  return {
    ios: raw.total_ios,
    iops: raw.iops,
    bytesPerSecond: raw.bw_bytes,
    meanMs: raw.clat_ns.mean / 1e6,
    p99Ms: (raw.clat_ns.percentile?.['99.000000'] ?? 0) / 1e6,
    maxMs: raw.clat_ns.max / 1e6,
  };
}
