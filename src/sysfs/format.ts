/** Values as the kernel's attributes print them. */

/** `"%s\n"`, `"%d\n"`. */
export function line(value: string | number): string {
  return `${value}\n`;
}

/** `"%-*s\n"`: an identify field, padded with spaces to its fixed width and cut there. */
export function padded(value: string, width: number): string {
  return `${value.padEnd(width).slice(0, width)}\n`;
}

/** A timeout in seconds; a negative one is `off`. */
export function seconds(value: number): string {
  return value < 0 ? 'off\n' : `${value}\n`;
}

/** `"%*pbl\n"`: ascending numbers as ranges, `0,2-3`; the empty set is just the newline. */
export function bitmapList(numbers: readonly number[]): string {
  const ranges: string[] = [];
  for (let i = 0; i < numbers.length; i++) {
    const first = i;
    while (numbers[i + 1] === (numbers[i] ?? 0) + 1) i++;
    ranges.push(i === first ? `${numbers[i]}` : `${numbers[first]}-${numbers[i]}`);
  }
  return `${ranges.join(',')}\n`;
}

/** `"%8u %8u ..."`, the columns of a disk's stat and inflight. */
export function columns(values: readonly number[]): string {
  return `${values.map((value) => String(value).padStart(8)).join(' ')}\n`;
}
