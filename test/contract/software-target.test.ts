import test from 'ava';
import { CHECKS, lacks, runCheck } from './checks.js';
import { softwareNvmeArray, softwareScsiArray } from './software-array.js';

for (const [kind, makeArray] of [
  ['NVMe', softwareNvmeArray],
  ['SCSI', softwareScsiArray],
] as const) {
  for (const check of CHECKS) {
    const array = makeArray();
    const missing = lacks(check, array);
    void array.close();
    if (missing !== undefined) continue;
    test(`${kind}: ${check.name}`, async (t) => {
      await t.notThrowsAsync(runCheck(check, makeArray()));
    });
  }
}
