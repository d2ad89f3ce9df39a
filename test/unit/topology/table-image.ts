import { crc32, inflateSync } from 'node:zlib';
import { PAGE_SIZE, type TableSource } from '../../../src/topology/partition-table/index.js';
import type { TableVector } from './partition-vectors.js';

/** A disk with zeros where nothing was written. Reading where no disk is throws. */
export class TableImage implements TableSource {
  readonly capacity: number;
  readonly blockSize: number;
  /** Pages read so far. */
  reads = 0;
  readonly #pages = new Map<number, Uint8Array>();

  constructor(capacity: number, blockSize: number) {
    this.capacity = capacity;
    this.blockSize = blockSize;
  }

  static of({ capacity, blockSize, ranges, data }: TableVector, size = capacity): TableImage {
    const image = new TableImage(size, blockSize);
    const bytes = inflateSync(Buffer.from(data, 'base64'));
    let at = 0;
    for (const [first, count] of ranges) {
      for (let sector = first; sector < first + count; sector++, at += 512) {
        if (sector * 512 < size) image.write(sector * 512, bytes.subarray(at, at + 512));
      }
    }
    return image;
  }

  readonly read = (offset: number): Promise<Uint8Array> => {
    this.reads++;
    if (offset % PAGE_SIZE !== 0 || offset < 0 || offset >= this.capacity) {
      return Promise.reject(new Error(`read of ${offset}`));
    }
    const page = this.#pages.get(offset) ?? new Uint8Array(PAGE_SIZE);
    return Promise.resolve(page.slice(0, Math.min(PAGE_SIZE, this.capacity - offset)));
  };

  write(offset: number, bytes: Uint8Array | readonly number[]): void {
    for (const [i, byte] of bytes.entries())
      this.#page(offset + i)[(offset + i) % PAGE_SIZE] = byte;
  }

  /** What lies within one page, to be changed. */
  view(offset: number, length: number): DataView {
    return new DataView(this.#page(offset).buffer, offset % PAGE_SIZE, length);
  }

  /** One of the four records of an MBR or a link of a chain. */
  record(block: number, slot: number, type: number, start: number, size: number): void {
    const view = this.view(block * this.blockSize, 512);
    view.setUint16(510, 0xaa55, true);
    const at = 0x1be + slot * 16;
    view.setUint8(at + 4, type);
    view.setUint32(at + 8, start, true);
    view.setUint32(at + 12, size, true);
  }

  /** Changes a GPT header and makes its checksum right again. */
  header(lba: number, change: (header: DataView) => void): void {
    const header = this.view(lba * this.blockSize, 512);
    change(header);
    header.setUint32(16, 0, true);
    const bytes = new Uint8Array(header.buffer, header.byteOffset, header.getUint32(12, true));
    header.setUint32(16, crc32(bytes), true);
  }

  #page(offset: number): Uint8Array {
    const start = offset - (offset % PAGE_SIZE);
    let page = this.#pages.get(start);
    if (page === undefined) {
      page = new Uint8Array(PAGE_SIZE);
      this.#pages.set(start, page);
    }
    return page;
  }
}
