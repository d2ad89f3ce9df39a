/** `mpathfs mount CONFIG MOUNTPOINT`. */
import { resolve } from 'node:path';
import { Command } from 'commander';
import { load } from '../config/load.js';
import { startBackground } from './background.js';
import type { StartMessage } from './background.js';
import { reportOf } from './errors.js';
import { runForeground } from './foreground.js';
import { fileLog, stderrLog } from './log.js';
import { inspectMountpoint, realMountpoint } from './mountpoint.js';
import { parseMountOptions } from './mount-options.js';
import type { MountOptions } from './mount-options.js';

interface Flags {
  readonly foreground?: true;
  readonly option: readonly string[];
}

export function mountCommand(): Command {
  return new Command('mount')
    .summary('mount the disks of a configuration')
    .description(
      'Mounts the disks that CONFIG (TOML) describes at MOUNTPOINT, a directory. Returns once the mount answers.',
    )
    .argument('<config>', 'the configuration file')
    .argument('<mountpoint>', 'an existing directory')
    .option('-f, --foreground', 'stay in the foreground, log to stderr')
    .option(
      '-o, --option <opt[,opt...]>',
      'transport=auto|ring|devfuse, allow_other, log=FILE, debug, poll, reactors=N',
      (list: string, lists: readonly string[]) => [...lists, list],
      [] as readonly string[],
    )
    .addHelpText(
      'after',
      `
Examples:
  mpathfs mount disks.toml /mnt/mpath
  mpathfs mount -o transport=devfuse,log=/tmp/mpathfs.log disks.toml /mnt/mpath
  mpathfs mount -f -o debug disks.toml /mnt/mpath`,
    )
    .action(async (config: string, mountpoint: string, flags: Flags) => {
      const options = parseMountOptions(flags.option);
      if (flags.foreground === true) await foreground(config, mountpoint, options);
      else await background(config, mountpoint, options);
    });
}

async function background(file: string, path: string, options: MountOptions): Promise<void> {
  load(file);
  const mountpoint = realMountpoint(path);
  await inspectMountpoint(mountpoint);
  const { pid, log } = await startBackground(resolve(file), mountpoint, options);
  process.stdout.write(`mpathfs: ${mountpoint} is mounted (pid ${pid}, log ${log})\n`);
}

/** Also what a background mount runs; its parent then listens on the channel. */
async function foreground(file: string, path: string, options: MountOptions): Promise<void> {
  try {
    const config = load(file);
    const log =
      options.log === undefined ? stderrLog(options.debug) : fileLog(options.log, options.debug);
    await runForeground(config, realMountpoint(path), options, log, () =>
      tellParent({ ready: true }),
    );
    log.info('ended');
  } catch (error) {
    tellParent({ error: reportOf(error) });
    throw error;
  }
}

function tellParent(message: StartMessage): void {
  // A parent that has gone away meanwhile is no reason to end.
  if (process.connected) process.send?.(message, () => undefined);
}
