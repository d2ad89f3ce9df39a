/** Reads a configuration: TOML text to a checked Config, or every mistake in it with its line. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { TomlError, parse } from 'smol-toml';
import type { Config } from './types.js';
import { ConfigError } from './error.js';
import type { ConfigMistake } from './error.js';
import { keyLines, keyName } from './lines.js';
import type { KeyPath } from './lines.js';
import { complete, findings, fromIssue } from './rules.js';
import type { Finding } from './rules.js';
import { schema } from './schema.js';

/** Reads `file`. Throws a ConfigError and nothing else. */
export function load(file: string): Config {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw wholeFile(file, `can't be read: ${(error as Error).message}`);
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw wholeFile(file, 'is not UTF-8 text');
  }
  return parseConfig(text, file);
}

/** Checks the `text` of `file`, whose directory relative devices start from. Throws a ConfigError. */
export function parseConfig(text: string, file: string): Config {
  const directory = dirname(resolve(file));
  const result = schema.safeParse(parseToml(text, file));
  const found = result.success
    ? findings(result.data, directory)
    : result.error.issues.flatMap(fromIssue);
  if (found.length > 0) throw new ConfigError(file, withLines(found, text));
  if (!result.success) throw result.error;
  return complete(result.data, directory);
}

function parseToml(text: string, file: string): unknown {
  try {
    return parse(text, { integersAsBigInt: true, maxDepth: 64 });
  } catch (error) {
    if (!(error instanceof TomlError)) throw wholeFile(file, (error as Error).message);
    const [reason = ''] = error.message.replace('Invalid TOML document: ', '').split('\n');
    throw new ConfigError(file, [{ line: error.line, key: '', reason: `not TOML: ${reason}` }]);
  }
}

function wholeFile(file: string, reason: string): ConfigError {
  return new ConfigError(file, [{ line: 0, key: '', reason }]);
}

function withLines(found: readonly Finding[], text: string): ConfigMistake[] {
  const lines = keyLines(text);
  return found
    .map(({ path, reason }) => ({ line: lineOf(path, lines), key: keyName(path), reason }))
    .sort((a, b) => a.line - b.line);
}

/** A key that is missing has the line of what it is missing from. */
function lineOf(path: KeyPath, lines: ReadonlyMap<string, number>): number {
  for (let length = path.length; length > 0; length--) {
    const line = lines.get(keyName(path.slice(0, length)));
    if (line !== undefined) return line;
  }
  return 1;
}
