/** A disk that a partition table is read from. */
export interface TableSource {
  /** Bytes. */
  readonly capacity: number;
  /** Logical block size, bytes. */
  readonly blockSize: number;
  /**
   * The PAGE_SIZE bytes at a multiple of PAGE_SIZE, fewer at the end of the disk: what is missing
   * counts as zeros. Rejects when they can't be read.
   */
  read(offset: number): Promise<Uint8Array>;
}

export const PAGE_SIZE = 4096;

/** Reads any range of a disk, page by page and never behind its end. */
export class BlockReader {
  readonly blockSize: number;
  /** Whole logical blocks. */
  readonly blocks: number;
  readonly #source: TableSource;
  #page: { readonly offset: number; readonly bytes: Uint8Array } | undefined;

  constructor(source: TableSource) {
    this.blockSize = source.blockSize;
    this.blocks = Math.floor(source.capacity / source.blockSize);
    this.#source = source;
  }

  /** `length` bytes from a block on, or undefined if the disk ends before. */
  async read(block: number, length: number): Promise<DataView | undefined> {
    const start = block * this.blockSize;
    const end = start + length;
    if (end > this.blocks * this.blockSize) return undefined;
    const bytes = new Uint8Array(length);
    for (let at = start - (start % PAGE_SIZE); at < end; at += PAGE_SIZE) {
      const page = await this.#read(at);
      const from = Math.max(start - at, 0);
      bytes.set(page.subarray(from, end - at), at + from - start);
    }
    return new DataView(bytes.buffer);
  }

  /** Keeps the last page: the blocks of a table are close together. */
  async #read(offset: number): Promise<Uint8Array> {
    if (this.#page?.offset !== offset) {
      this.#page = { offset, bytes: await this.#source.read(offset) };
    }
    return this.#page.bytes;
  }
}
