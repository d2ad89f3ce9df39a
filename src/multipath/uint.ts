const UINT_MAX = 0xffffffff;

/** Throws a RangeError that names `what` unless `value` is an unsigned int, as kstrtouint takes it. */
export function refuseUnlessUint(what: string, value: number): void {
  if (!Number.isInteger(value) || value < 0 || value > UINT_MAX) {
    throw new RangeError(`${what} is not an unsigned int`);
  }
}
