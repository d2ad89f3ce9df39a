/** 1,000 disks with 4 paths each. */
import { closeSync, openSync, symlinkSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { bash } from '../support/bash.js';
import { run } from '../support/child.js';
import { mount, TRANSPORTS } from '../support/mpathfs.js';
import { requires } from '../support/requires.js';
import { scratch } from '../support/scratch.js';

const DISKS = 1000;
const PATHS = 4;
const MOUNT_MS = 3000;
/** Through /dev/fuse every request wakes both reactors, and on two CPUs one of them is in the way. */
const FIND_MS = { ring: 10_000, devfuse: 15_000 };
const RESIDENT_KIB = 300 << 10;

for (const [transport, needs] of TRANSPORTS) {
  requires('root', ...needs)(`${transport}: ${DISKS} disks with ${PATHS} paths each`, async (t) => {
    const directory = scratch(t);
    const lines: string[] = [];
    for (let disk = 0; disk < DISKS; disk++) {
      const image = join(directory, `disk${disk}`);
      closeSync(openSync(image, 'w'));
      truncateSync(image, 1 << 20);
      lines.push('[[disk]]', `kind = "${disk % 2 === 0 ? 'nvme' : 'scsi'}"`);
      for (let path = 0; path < PATHS; path++) {
        symlinkSync(image, join(directory, `disk${disk}-${path}`));
        lines.push('[[disk.path]]', `device = "disk${disk}-${path}"`);
      }
    }
    const begun = Date.now();
    const mounted = await mount(t, { config: `${lines.join('\n')}\n`, transport, directory });
    const mountMs = Date.now() - begun;
    const resident = await bash(
      "awk '/^VmRSS/ { print $2 }' /proc/$1/status",
      String(mounted.daemon.pid),
    );
    const find = await run(['bash', '-c', 'find "$1" | wc -l', 'bash', mounted.file('sys')], {
      timeoutMs: 60_000,
    });
    const after = await bash(
      "awk '/^VmRSS/ { print $2 }' /proc/$1/status",
      String(mounted.daemon.pid),
    );
    const kib = [resident, after].map(({ stdout }) => Number(stdout.toString()));
    t.log(
      `mount ${mountMs} ms; find ${find.elapsedMs} ms for ${find.stdout.toString().trim()} entries`,
    );
    t.log(`resident ${kib.map((n) => Math.round(n / 1024)).join(' MiB, then ')} MiB`);
    t.true(Number(find.stdout.toString()) > 500_000);
    t.true(mountMs < MOUNT_MS, `mounting took ${mountMs} ms`);
    t.true(find.elapsedMs < FIND_MS[transport], `find took ${find.elapsedMs} ms`);
    t.true(Math.max(...kib) < RESIDENT_KIB, `resident: ${kib.join(', ')} KiB`);
    const ended = await mounted.terminate();
    t.is(ended.code, 0, ended.stderr);
  });
}
