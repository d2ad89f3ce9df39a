/** Attribute files, of the kernel's sysfs and configfs and of the tree that mpathfs mounts. */
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { output } from '../../support/child.js';

/** Without the newline at its end. */
export function read(file: string): string {
  return readFileSync(file, 'utf8').replace(/\n$/, '');
}

/** Adds the newline that some attributes insist on. */
export function write(file: string, value: string | number): void {
  writeFileSync(file, `${value}\n`);
}

/** Names in a directory in order; none if it does not exist. */
export function list(directory: string): readonly string[] {
  return existsSync(directory) ? readdirSync(directory).sort() : [];
}

/** Makes a directory of configfs, with the given attributes. */
export function make(
  directory: string,
  attributes: Readonly<Record<string, string | number>>,
): string {
  mkdirSync(directory);
  for (const [name, value] of Object.entries(attributes)) write(join(directory, name), value);
  return directory;
}

export async function modprobe(module: string, ...parameters: readonly string[]): Promise<void> {
  await output(['modprobe', module, ...parameters]);
}

/** Reads and writes that a disk has done (Documentation/block/stat.rst). */
export function ios(directory: string): number {
  const fields = read(join(directory, 'stat')).trim().split(/\s+/).map(Number);
  return (fields[0] ?? NaN) + (fields[4] ?? NaN);
}
