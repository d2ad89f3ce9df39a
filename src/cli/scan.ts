/** `mpathfs scan`. */
import { join } from 'node:path';
import { Command } from 'commander';
import { discover, MACHINE } from '../discovery/discover.js';
import { foundDisks } from '../discovery/found-disks.js';
import { toToml } from '../discovery/toml.js';
import { CliError } from './errors.js';
import { scanJson, scanTable } from './scan-output.js';

interface Flags {
  readonly json?: true;
  readonly toml?: true;
  readonly sysroot?: string;
}

const NOTHING = 'no NVMe or SCSI disks found';

export function scanCommand(): Command {
  return new Command('scan')
    .summary('list the disks that this machine has, with their paths')
    .description(
      'Lists the NVMe namespaces and SCSI disks of this machine, the devices of one disk together, and why one can not be used.',
    )
    .option('--json', 'as JSON')
    .option('--toml', 'as a configuration for mpathfs mount')
    .option('--sysroot <dir>', 'look in DIR/sys and DIR/proc: those of another machine, copied')
    .addHelpText(
      'after',
      `
Examples:
  mpathfs scan
  mpathfs scan --toml > disks.toml && mpathfs mount disks.toml /mnt/mpath`,
    )
    .action((flags: Flags) => {
      if (flags.json && flags.toml) {
        throw new CliError('MPATHFS_USAGE', '--json and --toml: choose one of them');
      }
      process.stdout.write(scan(flags));
    });
}

function scan({ json, toml, sysroot }: Flags): string {
  const roots =
    sysroot === undefined
      ? MACHINE
      : { ...MACHINE, sys: join(sysroot, 'sys'), proc: join(sysroot, 'proc') };
  const disks = foundDisks(discover(roots));
  if (json) return `${JSON.stringify(scanJson(disks), undefined, 2)}\n`;
  if (toml) return disks.length === 0 ? `# ${NOTHING}\n` : toToml(disks);
  return disks.length === 0 ? `${NOTHING}\n` : scanTable(disks);
}
