/** What discovery reads of sysfs beside attributes. Things go while one looks: empty, then. */
import { readFileSync, readdirSync } from 'node:fs';
import { attribute } from '../drivers/sysfs.js';

/** An attribute as it can be shown: without its padding. */
export function label(file: string): string {
  return printable((attribute(file) ?? '').trim());
}

/** Without anything that a terminal would obey. */
export function printable(text: string): string {
  return text.replace(/[^ -~]/g, '?');
}

/** The names in a directory. */
export function list(directory: string): string[] {
  return attempt(() => readdirSync(directory)) ?? [];
}

export function bytes(file: string): Uint8Array {
  return attempt(() => readFileSync(file)) ?? new Uint8Array();
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
