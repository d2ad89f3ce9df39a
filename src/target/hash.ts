import { createHash } from 'node:crypto';

/** 64 hex digits, always the same for a name: what ids are made of that nobody configured. */
export function hashOf(name: string): string {
  return createHash('sha256').update(name).digest('hex');
}
