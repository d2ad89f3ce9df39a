import { Errno } from '../shared/errno.js';

/**
 * What was written, read as the kernel's helpers read it. An errno is negative, which tells
 * it from the values, all of them 0 or more; see integer() for the signed one.
 */

const UINT_MAX = 0xffff_ffffn;
const ULLONG_MAX = 0xffff_ffff_ffff_ffffn;

/** lib/string_helpers.c: sysfs_streq: equal, but for one newline at the end of `text`. */
export function streq(text: string, name: string): boolean {
  return text === name || text === `${name}\n`;
}

/** lib/string_helpers.c: __sysfs_match_string. The index, or -EINVAL. */
export function matchString(names: readonly string[], text: string): number {
  const found = names.findIndex((name) => streq(text, name));
  return found < 0 ? -Errno.EINVAL : found;
}

/** lib/kstrtox.c: kstrtouint. -EINVAL, or -ERANGE if it doesn't fit 32 bits. */
export function kstrtouint(text: string, base: 0 | 10 = 0): number {
  const value = magnitude(text.startsWith('+') ? text.slice(1) : text, base);
  if (typeof value === 'number') return value;
  return value > UINT_MAX ? -Errno.ERANGE : Number(value);
}

/** lib/kstrtox.c: kstrtoul, where numbers above 2^53 need not be exact. */
export function kstrtoul(text: string): number {
  return Number(magnitude(text.startsWith('+') ? text.slice(1) : text, 0));
}

/**
 * lib/kstrtox.c: kstrtoint with base 10; NaN where that gives an error, which the
 * attributes that use it all answer with EINVAL.
 */
export function integer(text: string): number {
  const negative = text.startsWith('-');
  const value = magnitude(negative || text.startsWith('+') ? text.slice(1) : text, 10);
  if (typeof value === 'number') return Number.NaN;
  const signed = negative ? -value : value;
  return signed === BigInt.asIntN(32, signed) ? Number(signed) : Number.NaN;
}

/** _kstrtoull: no sign, one newline allowed at the end. Overflow is found before junk behind the digits. */
function magnitude(text: string, base: 0 | 10): bigint | number {
  const [prefix, digits, literal] = radix(text, base);
  const found = digits.exec(text.slice(prefix))?.[0] ?? '';
  if (found === '') return -Errno.EINVAL;
  const value = BigInt(`${literal}${found}`);
  if (value > ULLONG_MAX) return -Errno.ERANGE;
  const rest = text.slice(prefix + found.length);
  return rest === '' || rest === '\n' ? value : -Errno.EINVAL;
}

/** _parse_integer_fixup_radix: characters to skip, digits of the base, prefix of a BigInt literal. */
function radix(text: string, base: 0 | 10): readonly [number, RegExp, string] {
  if (base === 0 && /^0x[0-9a-f]/i.test(text)) return [2, /^[0-9a-f]+/i, '0x'];
  if (base === 0 && text.startsWith('0')) return [0, /^[0-7]+/, '0o'];
  return [0, /^[0-9]+/, ''];
}
