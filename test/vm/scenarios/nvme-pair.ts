/**
 * Two PCIe controllers of one subsystem that share a namespace. One after the other is pulled out
 * in the middle of I/O and comes back, the second time in the place of the first: under another
 * name than it had.
 */
import assert from 'node:assert/strict';
import { delay, until } from '../../support/child.js';
import { untilNamespaces, namespaces } from '../guest/kernel-nvme.js';
import { Load } from '../guest/load.js';
import { Monitor } from '../guest/monitor.js';
import { onlyHead, untilAllUsed } from '../guest/heads.js';
import { mountScanned, umount } from '../guest/mpathfs.js';
import { say, scenario, step } from '../guest/report.js';
import { modprobe } from '../guest/sys.js';

const RETURN_MS = 30_000;

await scenario(async () => {
  await modprobe('nvme');
  const disks = await untilNamespaces(2);
  say(disks.map((disk) => `${disk.name} ${disk.address} ${disk.wwid}`).join('\n'));
  const monitor = await Monitor.open();

  await step("one head over both controllers, with the kernel's wwid", async () => {
    await mountScanned();
    assert.equal(onlyHead(2).wwid, disks[0]?.wwid);
  });
  const head = onlyHead(2);
  head.iopolicy = 'round-robin';
  const load = new Load(head.file);
  await step('both paths are used', () => untilAllUsed(head, 2, RETURN_MS));

  for (const [port, id] of ['nvme0', 'nvme1'].entries()) {
    await step(`${id} is pulled out in the middle of I/O`, async () => {
      load.assertRunning();
      await monitor.unplug(id);
      await until('its disk is gone', () => namespaces().length === 1, RETURN_MS);
      await until('its path is gone', () => head.paths.length === 1, RETURN_MS);
      await untilAllUsed(head, 1, RETURN_MS);
    });
    await step(`${id} comes back and is used`, async () => {
      await monitor.plug({
        driver: 'nvme',
        id,
        serial: 'PAIR',
        bus: `port${port}`,
        subsys: 'subsystem',
      });
      const now = await untilNamespaces(2);
      say(now.map((disk) => `${disk.name} ${disk.address}`).join('\n'));
      await untilAllUsed(head, 2, RETURN_MS);
      load.assertRunning();
    });
    await delay(500);
  }

  await step('no I/O failed, no byte is wrong', () => load.stop());
  await step('the mount ends', () => umount());
});
