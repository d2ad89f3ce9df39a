import { Errno } from '../../shared/errno.js';
import type { AttributeDeclaration } from '../attribute.js';

/** A number that the object has under `key`: shown, and set by a write. `parse`: NaN is EINVAL. */
export function property<K extends string>(
  name: string,
  key: K,
  show: (value: number) => string,
  parse: (text: string) => number,
): AttributeDeclaration<Record<K, number>> {
  return {
    name,
    mode: 0o644,
    show: (object) => show(object[key]),
    store: (object, text) => {
      const value = parse(text);
      if (Number.isNaN(value)) return -Errno.EINVAL;
      (object as Record<string, number>)[key] = value;
      return 0;
    },
  };
}
