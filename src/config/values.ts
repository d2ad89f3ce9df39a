/** What one key may hold. Integers are bigints here: smol-toml then tells `1` from `1.0`. */
import { z } from 'zod';

/** Node's timers hold 2^31-1 ms. */
const MAX_SECONDS = 2147483;
const MAX_NQN = 223;

/** The message of a key that is missing or has the wrong type or value. */
export function must(be: string): { error: (issue: { input?: unknown }) => string } {
  return {
    error: ({ input }) => (input === undefined ? `is missing; it must be ${be}` : `must be ${be}`),
  };
}

export function integer(min: number, max: number) {
  return z.unknown().transform((value, context): number => {
    if (typeof value === 'bigint' && value >= min && value <= max) return Number(value);
    context.addIssue({ code: 'custom', message: `must be an integer from ${min} to ${max}` });
    return z.NEVER;
  });
}

export function seconds(min: number) {
  return integer(min, MAX_SECONDS);
}

/** "off" is -1. */
export const secondsOrOff = z.unknown().transform((value, context): number => {
  if (value === 'off') return -1;
  if (typeof value === 'bigint' && value >= 0 && value <= MAX_SECONDS) return Number(value);
  context.addIssue({
    code: 'custom',
    message: `must be "off" or an integer from 0 to ${MAX_SECONDS} (seconds)`,
  });
  return z.NEVER;
});

export function oneOf<const T extends readonly string[]>(names: T) {
  return z.enum(names, must(`one of ${names.map((name) => `"${name}"`).join(', ')}`));
}

/** Text as it goes into an identify or inquiry field. */
export function ascii(max: number) {
  const rule = must(`a string of at most ${max} printable ASCII characters`);
  return z.string(rule).regex(new RegExp(`^[ -~]{0,${max}}$`), rule);
}

export const nqn = z
  .string(must('a string'))
  .regex(/^[!-~]+$/, 'must be printable ASCII without blanks, not empty')
  .max(MAX_NQN, `must have at most ${MAX_NQN} characters`);
