import { open, type FileHandle } from 'node:fs/promises';
import type { DeviceFile } from '../drivers/device-file.js';
import { Errno } from '../shared/errno.js';
import { systemError } from '../shared/system-error.js';

/** How an image is opened as the block device that carries a path's I/O. */
export type OpenFile = (path: string) => DeviceFile;

/**
 * The file behind a namespace or logical unit, open as long as that is enabled. Paths have
 * descriptors of their own; this one is for the size, and for reads and writes that come as
 * commands.
 */
export class Image {
  readonly #path: string;
  readonly #file: DeviceFile;
  /** Through the page cache: a command's buffer is not aligned as O_DIRECT wants it. */
  #data: Promise<FileHandle> | undefined;
  #closed = false;

  /** Throws Node's errors. */
  constructor(path: string, openFile: OpenFile) {
    this.#path = path;
    this.#file = openFile(path);
  }

  /** Bytes now, a multiple of blockSize; 0 once it is closed. */
  get size(): number {
    return this.#closed ? 0 : this.#file.size();
  }

  get blockSize(): number {
    return this.#file.blockSize;
  }

  get physicalBlockSize(): number {
    return this.#file.limits.physicalBlockSize;
  }

  get rotational(): boolean {
    return this.#file.limits.rotational;
  }

  /** Fills `data` from byte `offset` on. Rejects with Node's errors. */
  async read(data: Uint8Array, offset: number): Promise<void> {
    const handle = await this.#open();
    for (let done = 0; done < data.length;) {
      const { bytesRead } = await handle.read(data, done, data.length - done, offset + done);
      if (bytesRead === 0) throw new Error(`${this.#path} ends at ${offset + done}`);
      done += bytesRead;
    }
  }

  /** On stable storage, as with O_DIRECT on a device without a cache, only after flush. */
  async write(data: Uint8Array, offset: number): Promise<void> {
    const handle = await this.#open();
    for (let done = 0; done < data.length;) {
      const left = data.length - done;
      done += (await handle.write(data, done, left, offset + done)).bytesWritten;
    }
  }

  async flush(): Promise<void> {
    await (await this.#open()).datasync();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#file.close();
    void this.#data?.then((handle) => handle.close()).catch(() => undefined);
  }

  #open(): Promise<FileHandle> {
    if (this.#closed) return Promise.reject(systemError(Errno.ENODEV, `${this.#path} is closed`));
    this.#data ??= open(this.#path, 'r+');
    return this.#data;
  }
}
