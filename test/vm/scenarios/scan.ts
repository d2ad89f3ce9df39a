/**
 * What a user does first: `scan --toml` and `mount`, on a machine with an NVMe disk behind two
 * controllers, a SCSI disk behind four ports, and a third disk that is swap space.
 */
import assert from 'node:assert/strict';
import { output } from '../../support/child.js';
import { mpathfs } from '../../support/mpathfs.js';
import { heads, untilAllUsed } from '../guest/heads.js';
import type { HeadView } from '../guest/heads.js';
import { untilNamespaces } from '../guest/kernel-nvme.js';
import { untilScsiDisks } from '../guest/kernel-scsi.js';
import { Lio, PORTS } from '../guest/lio.js';
import { Load } from '../guest/load.js';
import { mountScanned, umount } from '../guest/mpathfs.js';
import { say, scenario, step } from '../guest/report.js';
import { modprobe } from '../guest/sys.js';

const USED_MS = 20_000;

await scenario(async () => {
  await modprobe('nvme');
  const [shared] = await untilNamespaces(2);
  const lio = await Lio.start();
  await modprobe('scsi_debug', 'dev_size_mb=16');
  const disks = await untilScsiDisks(PORTS + 1);
  const used = disks.find(({ wwid }) => wwid !== lio.disk(1).wwid);
  assert.ok(shared !== undefined && used !== undefined);
  await output(['mkswap', used.device], { timeoutMs: 30_000 });
  await output(['swapon', used.device], { timeoutMs: 30_000 });

  await step('scan says what there is, and what is in use', async () => {
    const table = await output(mpathfs('scan'), { timeoutMs: 60_000 });
    say(table);
    assert.match(table, new RegExp(`${used.device} .* not usable: .*is swap space`));
    assert.equal(table.split('\n').filter((line) => line.endsWith('  usable')).length, 2 + PORTS);
  });
  const found = new Map<string, HeadView>();
  await step("one head for each of the two disks, with the kernel's wwid", async () => {
    await mountScanned();
    for (const head of heads()) found.set(head.wwid, head);
    assert.deepEqual([...found.keys()].sort(), [lio.disk(1).wwid, shared.wwid].sort());
  });
  await step('I/O to both, through every path', async () => {
    const loads: Load[] = [];
    for (const [wwid, head] of found) {
      head.iopolicy = 'round-robin';
      loads.push(new Load(head.file));
      await untilAllUsed(head, wwid === shared.wwid ? 2 : PORTS, USED_MS);
    }
    await Promise.all(loads.map((load) => load.stop()));
  });
  await step('the mount ends', () => umount());
});
