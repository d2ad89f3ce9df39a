/**
 * How requests come from the kernel and answers go back, for the entries of one reactor. Offsets
 * are bytes in the arena.
 */
export interface Transport {
  /** Asks the kernel for requests in every entry. */
  start(): void;
  /** A completion of one of this transport's operations; may call Requests.request. */
  completed(tag: number, result: number): void;
  /** Offset of the request's struct fuse_in_header. */
  header(entry: number): number;
  /** Offset of the opcode's own struct. */
  arguments(entry: number): number;
  /** Answers: `error` 0 or a negative errno, `length` bytes of body at the entry's payload. */
  reply(entry: number, error: number, length: number): void;
  /** Takes the entry back without an answer. */
  release(entry: number): void;
  /** False once the kernel has ended the connection. */
  readonly connected: boolean;
}

/** Where a transport puts the requests that arrive. */
export interface Requests {
  request(entry: number): void;
}

/** Tags of the transports' operations; the reactor's own are in reactor/disk-io.ts. */
export const FuseTag = {
  RING: 16 << 24,
  READ: 17 << 24,
  WRITE: 18 << 24,
  POLL: 19 << 24,
  PAUSE: 20 << 24,
} as const;
export const TAG_INDEX = 0x00ffffff;
