/** The two scenarios that every test run includes; `npm run test:vm` runs all of them. */
import test from 'ava';
import { kernel, lacking } from './kernel.js';
import type { Kernel } from './kernel.js';
import { runScenario } from './run.js';
import { SCENARIOS } from './scenarios.js';

const ALWAYS = ['nvme-pair', 'lio'];

const image = await available();

for (const scenario of SCENARIOS.filter(({ name }) => ALWAYS.includes(name))) {
  const title = `in a virtual machine: ${scenario.name}`;
  if (typeof image === 'string') {
    test.serial.skip(`${title} (needs ${image})`, (t) => t.pass());
    continue;
  }
  test.serial(title, async (t) => {
    t.timeout(scenario.timeoutSecs * 1000 + 10_000);
    const result = await runScenario(scenario, image);
    t.true(result.passed, result.failure);
  });
}

/** The kernel, or what it takes to have one. */
async function available(): Promise<Kernel | string> {
  const lack = lacking();
  if (lack !== undefined) return lack;
  try {
    return await kernel();
  } catch (error) {
    return `a kernel: ${(error as Error).message.split('\n')[0]}`;
  }
}
