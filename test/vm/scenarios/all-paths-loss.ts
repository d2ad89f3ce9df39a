/**
 * Every path of a disk goes for good, and with delayed_removal_secs the disk stays: I/O waits, and
 * goes on when a path comes back. `all-paths-loss nvme`: two PCIe controllers are pulled out, one
 * is plugged in again. `all-paths-loss scsi`: four disks are deleted and found again.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { delay, until } from '../../support/child.js';
import { namespaces, untilNamespaces } from '../guest/kernel-nvme.js';
import { scsiDisks } from '../guest/kernel-scsi.js';
import { Lio, PORTS } from '../guest/lio.js';
import { Load } from '../guest/load.js';
import { Monitor } from '../guest/monitor.js';
import { onlyHead, untilAllUsed } from '../guest/heads.js';
import { mountScanned, umount } from '../guest/mpathfs.js';
import { scenario, step } from '../guest/report.js';
import { ios, modprobe, write } from '../guest/sys.js';

const RETURN_MS = 30_000;
const REMOVAL_SECS = 60;
/** How long there is no path. */
const GONE_MS = 3000;

/** The devices of a disk. */
interface Hardware {
  readonly paths: number;
  /** Of them, how many come back. */
  readonly returning: number;
  takeAll(): Promise<void>;
  giveBack(): Promise<void>;
}

await scenario(async () => {
  const hardware = await (process.argv[2] === 'nvme' ? nvmePair() : lio());
  await step('one head over all paths', () => mountScanned());
  const head = onlyHead(hardware.paths);
  head.iopolicy = 'round-robin';
  write(join(head.directory, 'delayed_removal_secs'), REMOVAL_SECS);
  const load = new Load(head.file);
  await step('every path is used', () => untilAllUsed(head, hardware.paths, RETURN_MS));
  for (const time of ['first', 'second']) {
    await step(`all paths are taken away for the ${time} time: I/O waits`, async () => {
      load.assertRunning();
      await hardware.takeAll();
      await until('all paths are gone', () => head.paths.length === 0, RETURN_MS);
      const before = ios(head.directory);
      await delay(GONE_MS);
      assert.equal(ios(head.directory), before, 'I/Os without a path');
      load.assertRunning();
    });
    await step('and goes on when a path is back', async () => {
      await hardware.giveBack();
      await untilAllUsed(head, hardware.returning, RETURN_MS);
      load.assertRunning();
    });
  }
  await step('no I/O failed, no byte is wrong', () => load.stop());

  await step('after delayed_removal_secs the disk goes', async () => {
    write(join(head.directory, 'delayed_removal_secs'), 2);
    await hardware.takeAll();
    await until('the disk is gone', () => !head.exists, RETURN_MS);
  });
  await step('the mount ends', () => umount());
});

async function nvmePair(): Promise<Hardware> {
  await modprobe('nvme');
  await untilNamespaces(2);
  const monitor = await Monitor.open();
  // Of those that are plugged in, which are taken, and the one to come back.
  let plugged = [0, 1];
  return {
    paths: 2,
    returning: 1,
    takeAll: async () => {
      for (const port of plugged) await monitor.unplug(`nvme${port}`);
      await until('the disks are gone', () => namespaces().length === 0, RETURN_MS);
    },
    giveBack: async () => {
      const port = plugged.length === 2 ? 1 : 0;
      plugged = [port];
      await monitor.plug({
        driver: 'nvme',
        id: `nvme${port}`,
        serial: 'PAIR',
        bus: `port${port}`,
        subsys: 'subsystem',
      });
    },
  };
}

async function lio(): Promise<Hardware> {
  await Lio.start();
  let hosts = scsiDisks();
  return {
    paths: PORTS,
    returning: PORTS,
    takeAll: async () => {
      hosts = scsiDisks();
      for (const disk of hosts) disk.delete();
      await until('the disks are gone', () => scsiDisks().length === 0, RETURN_MS);
    },
    giveBack: () => {
      for (const disk of hosts) disk.scanHost();
      return Promise.resolve();
    },
  };
}
