import type { ContractArray } from './array.js';
import { CHECKS, lacks, runCheck } from './checks.js';

/** How one check ended: undefined: well. */
export interface ContractResult {
  readonly name: string;
  readonly skipped: string | undefined;
  readonly failure: unknown;
}

/**
 * Runs the whole contract without a test runner, each check on an array of its own; `ended` is
 * told after each. Resolves to how many failed.
 */
export async function runContract(
  makeArray: () => Promise<ContractArray>,
  ended: (result: ContractResult) => void,
): Promise<number> {
  let failures = 0;
  for (const check of CHECKS) {
    const { name } = check;
    const array = await makeArray();
    const skipped = lacks(check, array);
    if (skipped !== undefined) {
      await array.close();
      ended({ name, skipped, failure: undefined });
      continue;
    }
    try {
      await runCheck(check, array);
      ended({ name, skipped, failure: undefined });
    } catch (failure) {
      failures++;
      ended({ name, skipped, failure });
    }
  }
  return failures;
}
