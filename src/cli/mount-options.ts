/** The options of `mpathfs mount -o`. */
import { resolve } from 'node:path';
import { TRANSPORTS } from '../fuse/worker-data.js';
import { CliError } from './errors.js';

const CHOICES = ['auto', ...TRANSPORTS] as const;
export type TransportChoice = (typeof CHOICES)[number];

export interface MountOptions {
  readonly transport: TransportChoice;
  /** undefined: as the daemon finds best. */
  readonly allowOther: boolean | undefined;
  /** Absolute; undefined: the default place. */
  readonly log: string | undefined;
  readonly debug: boolean;
  readonly poll: boolean;
  /** undefined: one for each CPU. */
  readonly reactors: number | undefined;
}

const MAX_REACTORS = 1024;

/** Reads `a,b=c` lists; of an option given twice the last one counts. Throws MPATHFS_USAGE. */
export function parseMountOptions(lists: readonly string[]): MountOptions {
  let options: MountOptions = {
    transport: 'auto',
    allowOther: undefined,
    log: undefined,
    debug: false,
    poll: false,
    reactors: undefined,
  };
  for (const word of lists.flatMap((list) => list.split(','))) {
    if (word !== '') options = { ...options, ...parseWord(word) };
  }
  return options;
}

/** The same options in the form that parseMountOptions reads. */
export function formatMountOptions(options: MountOptions): string {
  const words = [`transport=${options.transport}`];
  if (options.allowOther === true) words.push('allow_other');
  if (options.log !== undefined) words.push(`log=${options.log}`);
  if (options.debug) words.push('debug');
  if (options.poll) words.push('poll');
  if (options.reactors !== undefined) words.push(`reactors=${options.reactors}`);
  return words.join(',');
}

function parseWord(word: string): Partial<MountOptions> {
  const equals = word.indexOf('=');
  const name = equals < 0 ? word : word.slice(0, equals);
  const value = equals < 0 ? undefined : word.slice(equals + 1);
  switch (name) {
    case 'transport':
      return { transport: transport(value) };
    case 'allow_other':
      return { allowOther: flag(name, value) };
    case 'debug':
      return { debug: flag(name, value) };
    case 'poll':
      return { poll: flag(name, value) };
    case 'log':
      if (value === undefined || value === '') throw usage('-o log needs a file: log=FILE');
      return { log: resolve(value) };
    case 'reactors':
      return { reactors: reactors(value) };
    default:
      throw usage(
        `-o ${name}: no such option; there are transport=auto|ring|devfuse, allow_other, log=FILE, debug, poll and reactors=N`,
      );
  }
}

function transport(value: string | undefined): TransportChoice {
  const found = CHOICES.find((name) => name === value);
  if (found === undefined) throw usage(`-o transport must be one of ${CHOICES.join(', ')}`);
  return found;
}

function flag(name: string, value: string | undefined): true {
  if (value !== undefined) throw usage(`-o ${name} takes no value`);
  return true;
}

function reactors(value: string | undefined): number {
  const count = value !== undefined && /^\d{1,4}$/.test(value) ? Number(value) : 0;
  if (count < 1 || count > MAX_REACTORS) {
    throw usage(`-o reactors must be a number from 1 to ${MAX_REACTORS}`);
  }
  return count;
}

function usage(message: string): CliError {
  return new CliError('MPATHFS_USAGE', message);
}
