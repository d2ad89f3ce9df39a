import test from 'ava';
import { emptyTally, World } from './world.js';

/** MPATHFS_SIM_SEED=n runs one seed, MPATHFS_SIM_RUNS=n that many from the first one on. */
const first = Number(process.env['MPATHFS_SIM_SEED'] ?? 1);
const alone = process.env['MPATHFS_SIM_SEED'] !== undefined;
const runs = Number(process.env['MPATHFS_SIM_RUNS'] ?? (alone ? 1 : 300));
const STEPS = 2500;

test.serial('every seed: no bio lost, doubled or stranded, no wrong byte', async (t) => {
  t.timeout(600_000);
  const total = emptyTally();
  for (let seed = first; seed < first + runs; seed++) {
    const world = new World(seed);
    const violations = await world.run(STEPS);
    t.deepEqual(violations, [], `MPATHFS_SIM_SEED=${String(seed)} repeats this`);
    for (const key of Object.keys(total) as (keyof typeof total)[]) total[key] += world.tally[key];
  }
  t.log(JSON.stringify(total));
  if (alone) return;
  for (const [what, count] of Object.entries(total)) t.true(count > runs, `${what}: ${count}`);
});

test.serial('a seed repeats its story', async (t) => {
  const [one, two] = [new World(7), new World(7)];
  t.deepEqual(await one.run(STEPS), await two.run(STEPS));
  t.deepEqual(one.tally, two.tally);
});
