/** As people count: nvme2n1 before nvme10n1, sdz before sdaa. */
export function naturalOrder(a: string, b: string): number {
  const others = chunks(b);
  for (const [index, chunk] of chunks(a).entries()) {
    const other = others[index];
    if (other === undefined) return 1;
    if (chunk !== other) return compare(chunk, other);
  }
  return a.length - b.length;
}

function chunks(name: string): string[] {
  return name.match(/\d+|\D+/g) ?? [];
}

/** The longer number is the greater one, and the kernel counts disks by letters: z, then aa. */
function compare(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : 1);
}
