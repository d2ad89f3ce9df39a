/** `npm run test:vm [-- SCENARIO ...]`: runs scenarios, each in machines of its own. */
import { kernel, lacking } from './kernel.js';
import { runScenario } from './run.js';
import { SCENARIOS } from './scenarios.js';

async function main(names: readonly string[]): Promise<number> {
  const unknown = names.filter((name) => !SCENARIOS.some((scenario) => scenario.name === name));
  if (unknown.length > 0) {
    say(`no such scenario: ${unknown.join(', ')}`);
    say(`there are: ${SCENARIOS.map((scenario) => scenario.name).join(' ')}`);
    return 64;
  }
  const lack = lacking();
  if (lack !== undefined) {
    say(`the virtual machine needs ${lack}`);
    return 1;
  }
  const image = await kernel();
  const failed: string[] = [];
  const chosen = SCENARIOS.filter(({ name }) => names.length === 0 || names.includes(name));
  for (const scenario of chosen) {
    const result = await runScenario(scenario, image);
    const seconds = (result.elapsedMs / 1000).toFixed(0);
    say(`${result.passed ? 'ok' : 'not ok'} ${scenario.name} (${seconds} s)`);
    if (result.passed) continue;
    failed.push(scenario.name);
    say(result.failure);
  }
  const summary = `${chosen.length - failed.length} passed, ${failed.length} failed`;
  say(failed.length === 0 ? summary : `${summary}: ${failed.join(', ')}`);
  return failed.length === 0 ? 0 : 1;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

process.exitCode = await main(process.argv.slice(2));
