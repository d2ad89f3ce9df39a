/** Facts of the machine that a figure means nothing without. */
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { run } from '../support/child.js';

export interface MachineFacts {
  readonly kernel: string;
  readonly cpu: string;
  readonly cpus: number;
  readonly memoryGiB: number;
  readonly node: string;
  readonly enableUring: string;
  readonly commit: string;
  /** Load averages at the start: other work on the machine spoils the figures. */
  readonly load: readonly number[];
  /** First line of each program's --version, '' where it is missing. */
  readonly versions: Readonly<Record<string, string>>;
}

export async function machineFacts(): Promise<MachineFacts> {
  return {
    kernel: release(),
    cpu: cpus()[0]?.model ?? '',
    cpus: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    enableUring: read('/sys/module/fuse/parameters/enable_uring'),
    commit: await line('git', 'rev-parse', '--short', 'HEAD'),
    load: loadavg(),
    versions: {
      fio: await line('fio', '--version'),
      'qemu-storage-daemon': await line('qemu-storage-daemon', '--version'),
      nbdkit: await line('nbdkit', '--version'),
      nbdfuse: await line('nbdfuse', '--version'),
    },
  };
}

async function line(...command: readonly string[]): Promise<string> {
  const { code, stdout } = await run(command);
  return code === 0 ? (stdout.toString().split('\n')[0] ?? '') : '';
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}
