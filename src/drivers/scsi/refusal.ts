/** What a decoder returns for bytes that are not what they should be. */
export interface Refusal {
  /** What is wrong with them. */
  readonly error: string;
}

export function isRefusal(decoded: object): decoded is Refusal {
  return 'error' in decoded;
}
