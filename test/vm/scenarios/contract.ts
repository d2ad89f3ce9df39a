/** The contract of the drivers, on the kernel's own targets: `contract nvme`, `contract scsi`. */
import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { runContract } from '../../contract/run.js';
import type { ContractArray } from '../../contract/array.js';
import { lioArray, nvmetArray } from '../guest/contract-arrays.js';
import { Lio } from '../guest/lio.js';
import { Nvmet } from '../guest/nvmet.js';
import { say, scenario } from '../guest/report.js';

await scenario(async () => {
  const failures = await runContract(await arrayOf(process.argv[2]), (result) => {
    const { name, skipped, failure } = result;
    if (skipped !== undefined) say(`skipped - ${name}: ${skipped}`);
    else if (failure === undefined) say(`ok - ${name}`);
    else say(`not ok - ${name}\n${inspect(failure)}`);
  });
  assert.equal(failures, 0, 'failures');
});

async function arrayOf(kind: string | undefined): Promise<() => Promise<ContractArray>> {
  if (kind === 'nvme') {
    const nvmet = await Nvmet.start({ transport: 'loop', ports: 3, namespaces: 1 });
    return () => Promise.resolve(nvmetArray(nvmet));
  }
  const lio = await Lio.start();
  return () => Promise.resolve(lioArray(lio));
}
