import type { Stream, StreamNode } from '../fuse/node.js';
import type { Directory } from './directory.js';
import { Entry } from './entry.js';

/** Where the streams of a file come from. */
export interface StreamSource {
  /** A new reader; `wake` is called when it has something to read after it had nothing. */
  open(wake: () => void): Stream;
}

/** A file that is read as things happen. */
export class StreamFile extends Entry implements StreamNode {
  readonly kind = 'stream';
  readonly #source: StreamSource;

  constructor(name: string, parent: Directory, ino: number, source: StreamSource) {
    super(name, parent, ino, 0o444);
    this.#source = source;
  }

  open(wake: () => void): Stream {
    return this.#source.open(wake);
  }
}
