#!/usr/bin/env node
/** The command line: each verb is a file of its own. */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { reportOf } from './errors.js';
import { mountCommand } from './mount.js';
import { scanCommand } from './scan.js';
import { umountCommand } from './umount.js';

const program = new Command('mpathfs')
  .description('Linux multipath in user space: disks with several paths, as files in a FUSE mount.')
  .version(version())
  .addCommand(mountCommand())
  .addCommand(umountCommand())
  .addCommand(scanCommand())
  .showHelpAfterError('(mpathfs --help shows what there is)')
  .addHelpText(
    'after',
    `
Examples:
  mpathfs scan
  mpathfs mount disks.toml /mnt/mpath
  ls -l /mnt/mpath/dev
  echo round-robin > /mnt/mpath/sys/class/nvme-subsystem/nvme-subsys0/iopolicy
  mpathfs umount /mnt/mpath`,
  );

try {
  await program.parseAsync();
  process.exit(0);
} catch (error) {
  const { message, stack } = reportOf(error);
  const debug = process.argv.some((word) => /(^|,)debug(,|$)/.test(word));
  process.stderr.write(`mpathfs: ${debug ? (stack ?? message) : message}\n`);
  process.exit(1);
}

function version(): string {
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
