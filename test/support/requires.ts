/**
 * Tests that need something of the machine. One whose needs aren't met is registered as
 * skipped with the missing capability in its title, so that the summary names it.
 */
import test from 'ava';
import type { Implementation } from 'ava';
import { has } from './capability.js';
import type { Capability } from './capability.js';

/** Registers one test, serially: mount tests measure stalls and must not disturb each other. */
export type Register = (title: string, body: Implementation<[]>) => void;

/** `test.serial`, or `test.skip` with the missing capability in the title. */
export function requires(...needed: readonly Capability[]): Register {
  const missing = needed.filter((capability) => !has(capability));
  if (missing.length === 0) return (title, body) => test.serial(title, body);
  return (title, body) => test.serial.skip(`${title} (needs ${missing.join(', ')})`, body);
}
