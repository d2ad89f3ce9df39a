/**
 * `npm run bench`: fio on the same image through mpathfs, the kernel's loop device,
 * qemu-storage-daemon and nbdfuse. Started by scripts/bench, which makes the private
 * directory (the last argument) and cleans up behind it in whatever way this ends.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startFio } from '../support/fio.js';
import { makeImage } from '../support/scratch.js';
import { machineFacts } from './machine.js';
import { mpathfsSystem } from './mpathfs.js';
import { loopDevice, nbdfuse, qemuStorageDaemon, QSD, QSD_NATIVE, QSD_THREADS } from './others.js';
import { table, verdicts } from './report.js';
import { median, Results } from './results.js';
import { probe } from './system.js';
import type { Backing, Image, Subject, System } from './system.js';
import { judge } from './targets.js';
import { direction, figure, WORKLOADS } from './workload.js';
import type { Workload } from './workload.js';

const USAGE = `usage: scripts/bench [options]
  --quick            one round of 2 seconds for each measurement
  --seconds N        N seconds for each measurement (default 3)
  --rounds N         rounds, of which the median counts (default 3)
  --only REGEX       only the systems and workloads where "BACKING: SYSTEM: WORKLOAD" matches,
                     e.g. 'ring.*QD1$' or '^loop' (BACKING: file or loop)
  --engine ENGINE    fio's I/O engine: io_uring (default) or libaio
  --size MIB         size of the image (default 1024)
`;

const SYSTEMS: readonly System[] = [
  loopDevice('file'),
  qemuStorageDaemon(QSD, 'aio=io_uring'),
  qemuStorageDaemon(QSD_THREADS, 'aio=threads'),
  qemuStorageDaemon(QSD_NATIVE, 'aio=native,cache.direct=on'),
  nbdfuse(),
  mpathfsSystem('ring', 'file', 1),
  mpathfsSystem('ring', 'file', 2),
  mpathfsSystem('devfuse', 'file', 1),
  mpathfsSystem('devfuse', 'file', 2),
  loopDevice('loop'),
  mpathfsSystem('ring', 'loop', 1),
  mpathfsSystem('ring', 'loop', 2),
];

interface Options {
  readonly seconds: number;
  readonly rounds: number;
  readonly only: RegExp;
  readonly engine: string;
  readonly mebibytes: number;
  readonly directory: string;
}

await main(parse(process.argv.slice(2)));

async function main(options: Options): Promise<void> {
  const machine = await machineFacts();
  const file = join(options.directory, 'image');
  const size = options.mebibytes * 2 ** 20;
  note(`filling an image of ${options.mebibytes} MiB with random bytes`);
  const image: Image = { file: makeImage(file, size), size, directory: options.directory };
  const results = new Results();
  for (const backing of ['file', 'loop'] as const) await measure(backing, image, options, results);

  const targets = judge(results);
  const tables = (['file', 'loop'] as const).map((backing) => table(results, backing, WORKLOADS));
  process.stdout.write(`\n${tables.join('\n')}\n${verdicts(targets)}`);
  const date = new Date().toISOString();
  const { seconds, rounds, engine } = options;
  mkdirSync('bench-results', { recursive: true });
  const report = join('bench-results', `${date.slice(0, 19).replaceAll(':', '-')}.json`);
  const record = { date, machine, seconds, rounds, engine, size, cells: results.cells, targets };
  writeFileSync(report, JSON.stringify(record, null, 2) + '\n');
  process.stdout.write(`\n${report}\n`);
}

/**
 * All systems of a backing run at once and idle while another one is measured, so that the
 * rounds can go through all of them, and no system is always the first or the last.
 */
async function measure(
  backing: Backing,
  image: Image,
  options: Options,
  results: Results,
): Promise<void> {
  const wanted = (subject: string, workload: Workload): boolean =>
    options.only.test(`${backing}: ${subject}: ${workload.name}`);
  const undo: (() => void | Promise<void>)[] = [];
  const owner = { teardown: (action: () => void | Promise<void>) => void undo.push(action) };
  try {
    const subjects: Subject[] = [];
    for (const system of SYSTEMS) {
      if (system.backing !== backing) continue;
      if (!system.names.some((name) => WORKLOADS.some((workload) => wanted(name, workload)))) {
        continue;
      }
      const reason = system.unavailable();
      if (reason === '') subjects.push(...(await system.start(owner, image)));
      else note(`not measured: ${system.names.join('; ')}: ${reason}`);
    }
    for (const subject of subjects) await probe(subject.file, image);
    for (let round = 0; round < options.rounds; round++) {
      for (const workload of WORKLOADS) {
        const turn = subjects.filter(({ name }) => wanted(name, workload));
        const first = (round * Math.ceil(turn.length / options.rounds)) % (turn.length || 1);
        for (const subject of [...turn.slice(first), ...turn.slice(0, first)]) {
          await measureOne(subject, workload, image, options, results, backing);
        }
      }
    }
    for (const subject of subjects) await probe(subject.file, image);
  } finally {
    for (const action of undo.toReversed()) await action();
  }
}

async function measureOne(
  subject: Subject,
  workload: Workload,
  image: Image,
  options: Options,
  results: Results,
  backing: Backing,
): Promise<void> {
  await subject.before();
  const run = startFio(
    {
      filename: subject.file,
      ioengine: options.engine,
      direct: 1,
      size: image.size,
      norandommap: true,
      randrepeat: 0,
      time_based: true,
      runtime: options.seconds,
      ramp_time: '500ms',
      ...workload.fio,
    },
    (options.seconds + 30) * 1000,
  );
  const result = await run.result;
  if (result.error !== 0) throw new Error(`${subject.name}: fio: ${run.child.log()}`);
  const measured = direction(result);
  await subject.after(measured.ios);
  const cell = results.cell(subject.name, backing, workload);
  cell.rounds.push(figure(workload, result));
  cell.p99Ms.push(measured.p99Ms);
  cell.maxMs.push(measured.maxMs);
  const value = cell.rounds.at(-1) ?? 0;
  const so = `${value.toFixed(2)} ${workload.unit}, median ${median(cell.rounds).toFixed(2)}`;
  note(`${backing}: ${subject.name}: ${workload.name}: ${so}`);
}

function parse(args: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      seconds: { type: 'string' },
      rounds: { type: 'string' },
      only: { type: 'string', default: '' },
      engine: { type: 'string', default: 'io_uring' },
      size: { type: 'string', default: '1024' },
      help: { type: 'boolean', default: false },
    },
  });
  const seconds = Number(values.seconds ?? (values.quick ? '2' : '3'));
  const rounds = Number(values.rounds ?? (values.quick ? '1' : '3'));
  const mebibytes = Number(values.size);
  const directory = positionals[0];
  const counts = [seconds, rounds, mebibytes];
  const sensible = counts.every((count) => Number.isInteger(count) && count > 0);
  if (values.help || !sensible || directory === undefined || positionals.length > 1) {
    process.stderr.write(USAGE);
    process.exit(values.help ? 0 : 2);
  }
  const { engine } = values;
  return { seconds, rounds, only: new RegExp(values.only), engine, mebibytes, directory };
}

function note(text: string): void {
  process.stderr.write(`bench: ${text}\n`);
}
