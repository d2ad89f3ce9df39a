/**
 * The text that adds a path at run time: `DEVICE [key=value ...]`. The keys are those of the
 * configuration, of a path and of its disk, and so are the rules and messages.
 */
import type { z } from 'zod';
import { keyName } from './lines.js';
import { complete, findings, fromIssue } from './rules.js';
import { DISK_KEYS, PATH_KEYS, schema } from './schema.js';
import type { DiskConfig } from './types.js';

/** A text that can't be used; the message says why. */
export class AddPathError extends Error {
  readonly code = 'MPATHFS_ADD_PATH';

  constructor(message: string) {
    super(message);
    this.name = 'AddPathError';
  }
}

export interface AddPathWords {
  readonly device: string;
  readonly pairs: ReadonlyMap<string, string>;
}

/** Words are separated by blanks; in double quotes a blank is a character like any other. */
export function splitAddPath(text: string): AddPathWords {
  const line = text.endsWith('\n') ? text.slice(0, -1) : text;
  if (/[\0-\x08\x0a-\x1f]/.test(line)) throw new AddPathError('has a control character');
  if (line.split('"').length % 2 === 0) throw new AddPathError('has an unclosed quote');
  const words = line.match(/(?:"[^"]*"|[^" \t])+/g) ?? [];
  const [device = '', ...rest] = words.map((word) => word.replaceAll('"', ''));
  if (device === '') throw new AddPathError('must be DEVICE [key=value ...]');
  const pairs = new Map<string, string>();
  for (const word of rest) {
    const at = word.indexOf('=');
    if (at <= 0) throw new AddPathError(`${word}: must be key=value`);
    const key = word.slice(0, at);
    if (pairs.has(key) || key === 'device') throw new AddPathError(`${key}: is given twice`);
    pairs.set(key, word.slice(at + 1));
  }
  return { device, pairs };
}

/**
 * The disk that the words describe, with this one path and every default filled in. Throws an
 * AddPathError.
 */
export function diskOf(words: AddPathWords, kind: DiskConfig['kind']): DiskConfig {
  const diskKeys = DISK_KEYS[kind];
  const disk: [string, unknown][] = [];
  const path: [string, unknown][] = [];
  for (const [key, value] of words.pairs) {
    if (Object.hasOwn(diskKeys, key) && key !== 'path')
      disk.push([key, valueOf(diskKeys, key, value)]);
    else path.push([key, valueOf(PATH_KEYS[kind], key, value)]);
  }
  const entry = {
    kind,
    ...Object.fromEntries(disk),
    path: [Object.fromEntries([['device', words.device], ...path])],
  };
  const result = schema.safeParse({ disk: [entry] });
  const found = result.success
    ? findings(result.data, '/')
    : result.error.issues.flatMap(fromIssue);
  if (found.length > 0) {
    const lines = found.map(({ path: keys, reason }) => `${keyName(keys.slice(-1))}: ${reason}`);
    throw new AddPathError(lines.join('; '));
  }
  const [made] = result.success ? complete(result.data, '/').disks : [];
  if (made === undefined) throw new AddPathError('describes no disk');
  return made;
}

/** An integer where the key takes that one, else the text. */
function valueOf(keys: Readonly<Record<string, z.ZodType>>, key: string, text: string): unknown {
  if (!/^[+-]?\d+$/.test(text) || !Object.hasOwn(keys, key)) return text;
  const value = BigInt(text);
  return keys[key]?.safeParse(value).success === true ? value : text;
}
