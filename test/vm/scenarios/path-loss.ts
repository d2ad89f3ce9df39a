/**
 * NVMe over TCP when paths are lost without a word: packets vanish, a port stops serving the
 * subsystem, an ANA transition never ends. Commands to such a path hang in the kernel until it
 * gives the controller up; the daemon has to answer all the while, I/O has to go on through the
 * other path, and the path comes back by itself.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { delay, output, until } from '../../support/child.js';
import { errnoOf } from '../guest/errno.js';
import { onlyHead, untilAllUsed, untilUsed } from '../guest/heads.js';
import type { PathView } from '../guest/heads.js';
import { Load } from '../guest/load.js';
import { LOG, mountScanned, remount, umount } from '../guest/mpathfs.js';
import { FAST_IO_FAIL_SECS, Nvmet } from '../guest/nvmet.js';
import { letThrough, startPacketFilter, swallow } from '../guest/packets.js';
import { Pulse } from '../guest/pulse.js';
import { say, scenario, step } from '../guest/report.js';

/** NVME_DEFAULT_KATO: without an answer for that long, and half of it more, a connection is lost. */
const KEEP_ALIVE_SECS = 5;
/** What is with the path when it is lost: until the kernel gives it up, with some to spare. */
const STALL_MS = (KEEP_ALIVE_SECS * 1.5 + FAST_IO_FAIL_SECS) * 1000 + 8000;
/** The daemon, however many commands hang. */
const ANSWER_MS = 5000;
const RETURN_MS = 30_000;
/** Of the kernel's target; a transition has twice that. */
const ANATT_SECS = 10;
const RESET = 'ANATT timeout, resetting controller.';

await scenario(async () => {
  const nvmet = await Nvmet.start({ transport: 'tcp', ports: 2, namespaces: 1 });
  await startPacketFilter();
  await step('one head with two paths', () => mountScanned());
  const head = onlyHead(2);
  head.iopolicy = 'round-robin';
  const load = new Load(head.file);
  const pulse = new Pulse(head);
  const pathTo = (port: number): PathView => {
    const path = head.paths.find(({ address }) => address.startsWith(nvmet.address(port)));
    assert.ok(path !== undefined, `no path to port ${port}`);
    return path;
  };
  const quick = (stallMs: number): void => {
    const seen = pulse.restart();
    say(`     answers within ${seen.answerMs} ms, no I/O for ${seen.stallMs} ms`);
    assert.ok(seen.answerMs < ANSWER_MS, `the daemon took ${seen.answerMs} ms to answer`);
    assert.ok(seen.stallMs < stallMs, `no I/O for ${seen.stallMs} ms`);
    load.assertRunning();
  };
  await step('both paths are used', () => untilAllUsed(head, 2, RETURN_MS));

  for (const port of nvmet.ports) {
    const other = nvmet.ports.length + 1 - port;
    await step(`packets to port ${port} vanish: I/O goes on through the other`, async () => {
      const lost = pathTo(port);
      await swallow(nvmet.tcpPort(port));
      await until('its path is out', () => lost.state !== 'live', STALL_MS);
      await untilUsed([pathTo(other)], STALL_MS);
      quick(STALL_MS);
      // Attempts to connect hang and fail, and come to nothing.
      await delay(5000);
      assert.notEqual(lost.state, 'live');
      quick(ANSWER_MS);
    });
    await step('packets get through: it comes back', async () => {
      await letThrough();
      await untilAllUsed(head, 2, RETURN_MS);
      quick(ANSWER_MS);
    });
  }

  await step('port 1 stops serving the subsystem and begins again', async () => {
    const lost = pathTo(1);
    nvmet.unlink(1);
    await until('its path is out', () => lost.state !== 'live', STALL_MS);
    await untilUsed([pathTo(2)], STALL_MS);
    nvmet.link(1);
    await untilAllUsed(head, 2, RETURN_MS);
    quick(STALL_MS);
  });

  await step('an ANA transition outlives ANATT: the controller is reset', async () => {
    const path = pathTo(1);
    const before = await kernelResets();
    nvmet.setState(1, 1, 'change');
    await until('it is known', () => path.accessState === 'change', RETURN_MS);
    await until(
      'it is reset',
      () => count(readFileSync(LOG, 'utf8'), RESET) > 0,
      ANATT_SECS * 2000 + RETURN_MS,
    );
    await until('by the kernel', async () => (await kernelResets()) > before, RETURN_MS);
    quick(ANSWER_MS);
    nvmet.setState(1, 1, 'optimized');
    await untilAllUsed(head, 2, RETURN_MS);
    quick(ANSWER_MS);
  });

  pulse.stop();
  await step('no I/O failed, no byte is wrong', () => load.stop());
  await step('the mount ends while a path is lost', async () => {
    await swallow(nvmet.tcpPort(2));
    // Whichever of them it meets.
    const reads = [0, 1, 2, 3].map((block) => errnoOf(head.file, 'read', block));
    await delay(1000);
    assert.deepEqual(await Promise.all(reads), ['0', '0', '0', '0']);
    await umount();
  });
  await step('it begins while a path is lost, and has it later', async () => {
    await remount();
    const again = onlyHead(1);
    assert.equal(await errnoOf(again.file, 'read'), '0');
    await letThrough();
    await until('both paths are there', () => again.paths.length === 2, RETURN_MS);
  });
  await step('it ends', () => umount());
});

/** How often the kernel was asked to reset a controller (drivers/nvme/host/ioctl.c). */
async function kernelResets(): Promise<number> {
  return count(await output(['dmesg']), 'resetting controller');
}

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}
