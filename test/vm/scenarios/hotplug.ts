/**
 * `scan = true`: what appears and is allowed becomes a disk by itself, with all its paths, and goes
 * when it is taken away. The array has restarted before, and has numbered its controllers anew.
 */
import assert from 'node:assert/strict';
import { delay, until } from '../../support/child.js';
import { errnoOf } from '../guest/errno.js';
import { namespaces, untilNamespaces } from '../guest/kernel-nvme.js';
import { heads, onlyHead, untilAllUsed } from '../guest/heads.js';
import type { HeadView, PathView } from '../guest/heads.js';
import { Load } from '../guest/load.js';
import { mountConfig, umount } from '../guest/mpathfs.js';
import { Nvmet, namespaceUuid } from '../guest/nvmet.js';
import { say, scenario, step } from '../guest/report.js';
import { read } from '../guest/sys.js';

const NOTICED_MS = 20_000;
const PORTS = 2;
/** What does not happen has had that long to happen. */
const NOTHING_MS = 3000;
const POLL_MS = 100;

const CONFIG = `
scan = true
allow = ["uuid.*"]
deny = ["uuid.${namespaceUuid(3)}"]
`;

await scenario(async () => {
  const nvmet = await Nvmet.start({ transport: 'tcp', ports: PORTS, namespaces: 3, hidden: 2 });
  await step('the disk that is there is taken', async () => {
    await mountConfig(CONFIG);
    onlyHead(PORTS);
  });
  const first = onlyHead(PORTS);
  first.iopolicy = 'round-robin';
  const pathTo = (head: HeadView, port: number): PathView => {
    const path = head.paths.find(({ address }) => address.startsWith(nvmet.address(port)));
    assert.ok(path !== undefined, `no path to port ${port}`);
    return path;
  };

  await step('the array restarts, and its controllers change numbers', async () => {
    const numbers = (): readonly string[] => nvmet.ports.map((port) => kernelCntlid(nvmet, port));
    const before = numbers();
    for (const port of nvmet.ports) nvmet.unlink(port);
    await until(
      'no path is left',
      () => first.paths.every(({ state }) => state !== 'live'),
      NOTICED_MS,
    );
    for (const port of [...nvmet.ports].reverse()) {
      nvmet.link(port);
      await until(`port ${port}`, () => pathTo(first, port).state === 'live', NOTICED_MS);
    }
    say(`${before.join(' ')} are now ${numbers().join(' ')}`);
    assert.deepEqual(numbers(), [...before].reverse());
  });
  const load = new Load(first.file);
  await step('both are used again', () => untilAllUsed(first, PORTS, NOTICED_MS));

  await step('a new namespace is a disk with two paths by itself', async () => {
    nvmet.enable(2);
    await untilNamespaces(2 * PORTS);
    await until('two heads', () => heads().length === 2, NOTICED_MS);
  });
  const second = heads().find((head) => head.wwid === `uuid.${namespaceUuid(2)}`);
  assert.ok(second !== undefined, 'it is another disk');
  await step('each path has the state of its port, and keeps it', async () => {
    await until('two paths', () => second.paths.length === PORTS, NOTICED_MS);
    for (const port of nvmet.ports) {
      const states = (): string =>
        nvmet.ports.map((number) => pathTo(second, number).accessState).join(' ');
      nvmet.setState(port, 2, 'inaccessible');
      const expected = port === 1 ? 'inaccessible optimized' : 'optimized inaccessible';
      await until(expected, () => states() === expected, NOTICED_MS);
      for (const end = Date.now() + NOTHING_MS; Date.now() < end; await delay(POLL_MS)) {
        assert.equal(states(), expected);
      }
      for (const block of [0, 1, 2]) assert.equal(await errnoOf(second.file, 'read', block), '0');
      nvmet.setState(port, 2, 'optimized');
      await until('both', () => states() === 'optimized optimized', NOTICED_MS);
    }
  });
  await step('a port that is lost is a path of each disk', async () => {
    for (const port of nvmet.ports) {
      nvmet.unlink(port);
      for (const head of [first, second]) {
        const out = (): boolean => pathTo(head, port).state !== 'live';
        await until(`its path of ${head.name} is out`, out, NOTICED_MS);
        assert.equal(pathTo(head, PORTS + 1 - port).state, 'live');
        for (const block of [0, 1, 2]) assert.equal(await errnoOf(head.file, 'read', block), '0');
      }
      load.assertRunning();
      nvmet.link(port);
      await untilAllUsed(first, PORTS, NOTICED_MS);
    }
  });

  await step('one that is denied is left alone', async () => {
    nvmet.enable(3);
    await untilNamespaces(3 * PORTS);
    await delay(NOTHING_MS);
    assert.equal(heads().length, 2);
  });
  await step('one that is taken away goes', async () => {
    nvmet.disable(2);
    await until('one head', () => heads().length === 1, NOTICED_MS);
    assert.equal(onlyHead(PORTS).wwid, first.wwid);
  });
  await step('no I/O failed, no byte is wrong', () => load.stop());
  await step('the mount ends', () => umount());
});

function kernelCntlid(nvmet: Nvmet, port: number): string {
  const disk = namespaces().find(({ address }) => address.startsWith(nvmet.address(port)));
  return read(`/sys/block/${disk?.name}/device/cntlid`);
}
