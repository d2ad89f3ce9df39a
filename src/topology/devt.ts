/** A device number, as the kernel would give it out. */
export interface Devt {
  readonly major: number;
  readonly minor: number;
}
