/** The benchmark's results as text. */
import { LOOP } from './others.js';
import { median } from './results.js';
import type { Cell, Results } from './results.js';
import type { Backing } from './system.js';
import type { Verdict } from './targets.js';
import type { Workload } from './workload.js';

const TITLES: Readonly<Record<Backing, string>> = {
  file: 'Paths are the image on tmpfs itself',
  loop: 'Paths are O_DIRECT descriptors of a loop device on the image',
};

/** One table: a row for each system, `median (spread) ratio` for each workload. */
export function table(results: Results, backing: Backing, workloads: readonly Workload[]): string {
  const systems = [
    ...new Set(
      results.cells.filter((cell) => cell.backing === backing).map(({ system }) => system),
    ),
  ];
  if (systems.length === 0) return '';
  const rows = systems.map((system) => [
    system,
    ...workloads.map(({ name }) => {
      const cell = results.find(system, backing, name);
      return cell === undefined ? '-' : entry(cell, results.ratio(system, LOOP, backing, name));
    }),
  ]);
  const head = ['', ...workloads.map(({ name, unit }) => `${name}, ${unit}`)];
  const note = 'median of the rounds, (fastest - slowest) / median, ratio to the loop device';
  return `${TITLES[backing]}\n${note}\n${columns([head, ...rows])}`;
}

export function verdicts(all: readonly Verdict[]): string {
  const judged = all.filter(({ verdict }) => verdict !== 'not measured');
  const rows = judged.map(({ system, base, backing, workload, least, measured, verdict }) => [
    verdict,
    system,
    workload,
    `${times(measured ?? NaN)} of ${base} (${backing})`,
    `target ${times(least)}`,
  ]);
  const met = judged.filter(({ verdict }) => verdict === 'met').length;
  const missed = judged.length - met;
  const counts = `${met} met, ${missed} missed, ${all.length - judged.length} not measured`;
  return `Targets: ${counts}\n${columns(rows)}`;
}

function entry(cell: Cell, ratio: number | undefined): string {
  const middle = median(cell.rounds);
  const spread = (Math.max(...cell.rounds) - Math.min(...cell.rounds)) / middle;
  const value = middle.toFixed(cell.unit === 'kIOPS' ? 1 : 2);
  const around = cell.rounds.length > 1 ? ` (${Math.round(spread * 100)}%)` : '';
  const compared = ratio === undefined ? '' : ` ${times(ratio)}`;
  return `${value}${around}${compared}`;
}

function times(ratio: number): string {
  return `${ratio.toFixed(2)}x`;
}

function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return rows.map(line).join('\n') + '\n';
}
