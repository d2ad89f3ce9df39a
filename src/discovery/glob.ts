/**
 * Whether `pattern` is all of `text`: `*` is any characters, `?` is one, any other is itself.
 * Takes at most pattern times text steps, whatever they are.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  /** The last `*`, and the end of what it stands for. */
  let star = -1;
  let end = 0;
  while (t < text.length) {
    if (pattern[p] === '*') {
      star = p++;
      end = t;
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++end;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}
