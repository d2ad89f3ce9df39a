/** Runs one scenario in its machines. */
import { closeSync, ftruncateSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CACHE, REPOSITORY } from './directories.js';
import type { Kernel } from './kernel.js';
import { runMachine } from './machine.js';
import type { MachineResult } from './machine.js';
import type { Run, Scenario } from './scenarios.js';

export interface ScenarioResult {
  readonly passed: boolean;
  readonly elapsedMs: number;
  /** How it failed, with the end of the console; '' if it passed. */
  readonly failure: string;
}

const IMAGE_BYTES = 64 * 2 ** 20;
const LOG_LINES = 40;

/** Its consoles and whatever it leaves in its share are in .cache/NAME afterwards. */
export async function runScenario(scenario: Scenario, kernel: Kernel): Promise<ScenarioResult> {
  const directory = join(CACHE, scenario.name);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  makeImage(join(directory, 'nvme.img'));
  let elapsedMs = 0;
  for (const run of scenario.runs) {
    const log = join(directory, `${['console', ...(run.args ?? [])].join('-')}.log`);
    const result = await runMachine({
      kernel,
      command: [process.execPath, '--enable-source-maps', program(scenario), ...(run.args ?? [])],
      cwd: REPOSITORY,
      share: join(directory, 'share'),
      log,
      parameters: run.parameters ?? [],
      devices: run.devices?.(directory) ?? [],
      timeoutMs: scenario.timeoutSecs * 1000,
    });
    elapsedMs += result.elapsedMs;
    if (result.exitCode !== 0) {
      return { passed: false, elapsedMs, failure: describe(scenario, run, result, log) };
    }
  }
  return { passed: true, elapsedMs, failure: '' };
}

function program(scenario: Scenario): string {
  return fileURLToPath(new URL(`scenarios/${scenario.name}.js`, import.meta.url));
}

function makeImage(file: string): void {
  const fd = openSync(file, 'w');
  ftruncateSync(fd, IMAGE_BYTES);
  closeSync(fd);
}

function describe(scenario: Scenario, run: Run, result: MachineResult, log: string): string {
  const name = [scenario.name, ...(run.args ?? [])].join(' ');
  const how = result.timedOut
    ? `the machine was killed after ${scenario.timeoutSecs} s`
    : result.exitCode === undefined
      ? `the machine died: ${result.complaint}`
      : `exit code ${result.exitCode}`;
  const lines = readFileSync(log, 'utf8').trimEnd().split('\n').slice(-LOG_LINES);
  return [`${name}: ${how}`, ...lines.map((line) => `  | ${line}`), `  all of it: ${log}`].join(
    '\n',
  );
}
