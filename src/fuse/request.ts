/**
 * A FUSE request that the main thread answers, in the memory of the request entry that
 * it came in. The two transports place the parts differently; these offsets hide that.
 */
export interface Request {
  /** The entry's memory is in here. */
  readonly bytes: Uint8Array;
  /** The same memory; all FUSE fields are in host (little-endian) order. */
  readonly view: DataView;
  /** Byte offset of struct fuse_in_header. */
  readonly header: number;
  /** Byte offset of the opcode's own struct (fuse_getattr_in ...), where it has one. */
  readonly arguments: number;
  /** Byte offset of what follows the struct: names, data. */
  readonly data: number;
  /** Bytes at `data`. */
  readonly dataLength: number;
  /** Byte offset where the reply's body goes (fuse_attr_out, read data ...). */
  readonly body: number;
  /** The longest body, bytes. */
  readonly bodyCapacity: number;
  /**
   * Says before the reply that it lists a directory to its end, which is this offset: the next
   * request mostly asks what is behind it, and a reactor can tell that there is nothing.
   */
  endsAt(offset: number): void;
  /**
   * Sends the reply: `error` 0 or a negative errno, `length` bytes of body. Once per
   * request; the memory must not be touched after it.
   */
  reply(error: number, length: number): void;
}
