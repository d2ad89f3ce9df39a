/** What was written, as the kernel's targets read it. */
import { Errno } from '../../shared/errno.js';
import { kstrtoul } from '../parse.js';

/** lib/kstrtox.c: kstrtobool, which looks at the first characters only. Undefined: -EINVAL. */
export function kstrtobool(text: string): boolean | undefined {
  if (/^([yYtT1]|[oO][nN])/.test(text)) return true;
  if (/^([nNfF0]|[oO][fF])/.test(text)) return false;
  return undefined;
}

/** A store of kstrtoul's that takes numbers from `min` to `max`, and -EINVAL for others. */
export function numberStore<T>(
  min: number,
  max: number,
  set: (object: T, value: number) => number | Promise<number> | void,
  parse: (text: string) => number = kstrtoul,
): (object: T, text: string) => number | Promise<number> {
  return (object, text) => {
    const value = parse(text);
    if (value < 0) return value;
    if (value < min || value > max) return -Errno.EINVAL;
    return set(object, value) ?? 0;
  };
}
