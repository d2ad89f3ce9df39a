import type { Stream } from '../fuse/node.js';
import { Errno } from '../shared/errno.js';
import type { StreamSource } from './stream-file.js';
import type { Uevents } from './uevents.js';

/** Bytes that a reader may be behind, as a netlink socket's receive buffer holds. */
const BACKLOG = 256 * 1024;

/** `sys/kernel/uevents`: each reader gets the uevents from its open on. */
export class UeventSource implements StreamSource {
  readonly #uevents: Uevents;

  constructor(uevents: Uevents) {
    this.#uevents = uevents;
  }

  open(wake: () => void): Stream {
    return new UeventStream(this.#uevents, wake);
  }
}

/**
 * What a reader has not read yet, whole uevents. One that doesn't fit is dropped, and the next
 * read says so with ENOBUFS, once (net/netlink/af_netlink.c: netlink_overrun).
 */
class UeventStream implements Stream {
  readonly #wake: () => void;
  readonly #stop: () => void;
  #waiting: Buffer[] = [];
  #bytes = 0;
  #overrun = false;

  constructor(uevents: Uevents, wake: () => void) {
    this.#wake = wake;
    this.#stop = uevents.listen((text) => this.#push(Buffer.from(text)));
  }

  get ready(): boolean {
    return this.#overrun || this.#bytes > 0;
  }

  read(length: number): Uint8Array | number {
    if (this.#overrun) {
      this.#overrun = false;
      return -Errno.ENOBUFS;
    }
    const all = Buffer.concat(this.#waiting, this.#bytes);
    const taken = all.subarray(0, length);
    const rest = all.subarray(length);
    this.#waiting = rest.length === 0 ? [] : [rest];
    this.#bytes = rest.length;
    return taken;
  }

  close(): void {
    this.#stop();
    this.#waiting = [];
    this.#bytes = 0;
  }

  #push(text: Buffer): void {
    const { ready } = this;
    if (this.#bytes + text.length > BACKLOG) {
      this.#overrun = true;
    } else {
      this.#waiting.push(text);
      this.#bytes += text.length;
    }
    if (!ready) this.#wake();
  }
}
