import { native } from '../native/binding.js';
import { PAYLOAD, PAYLOAD_SIZE, type Arena } from '../reactor/arena.js';
import { Operand, type SubmissionQueue } from '../reactor/submission-queue.js';
import { Errno } from '../shared/errno.js';
import type { DevfuseTransport } from './devfuse-transport.js';
import { FuseTag, TAG_INDEX, type Requests, type Transport } from './transport.js';
import { OutHeader, UringCmd, UringReqHeader } from './wire.js';

const REGISTER_IOVECS = 2;
/** Words of the iovecs of one REGISTER command. */
const IOVEC_WORDS = REGISTER_IOVECS * 4;
const TWO_32 = 4294967296;

/**
 * FUSE over io_uring: the kernel puts a request straight into an entry's memory, and the command
 * that answers it fetches the next. One queue per CPU; a reactor serves `queues` of them with
 * `depth` entries each, in the order of the arena's entries.
 *
 * FORGET and INTERRUPT still come over /dev/fuse: `control` is the entry that reads them, absent
 * on all but one reactor.
 */
export class RingTransport implements Transport {
  readonly #arena: Arena;
  readonly #queue: SubmissionQueue;
  readonly #slot: number;
  readonly #entries: number;
  /** Queue id of each entry. */
  readonly #qid: Int32Array;
  /** Of the REGISTER commands; not in the entries, which take no memory until they are used. */
  readonly #iovecs: Int32Array;
  readonly #iovecsAddress: number;
  readonly #control: DevfuseTransport | undefined;
  #requests: Requests;
  /** Entries that the kernel has not given up yet. */
  #live: number;

  /** `slot`: the fixed file of the /dev/fuse descriptor. */
  constructor(
    arena: Arena,
    queue: SubmissionQueue,
    slot: number,
    queues: readonly number[],
    depth: number,
    control: DevfuseTransport | undefined,
    requests: Requests,
  ) {
    this.#arena = arena;
    this.#queue = queue;
    this.#slot = slot;
    this.#entries = queues.length * depth;
    this.#qid = Int32Array.from({ length: this.#entries }, (_, i) => queues[(i / depth) | 0]!);
    this.#iovecs = new Int32Array(new SharedArrayBuffer(this.#entries * IOVEC_WORDS * 4));
    this.#iovecsAddress = Number(native.addressOf(this.#iovecs));
    this.#control = control;
    this.#requests = requests;
    this.#live = this.#entries;
  }

  start(): void {
    for (let entry = 0; entry < this.#entries; entry++) this.#register(entry);
    this.#control?.start();
  }

  get connected(): boolean {
    return this.#live > 0;
  }

  completed(tag: number, result: number): void {
    if ((tag & ~TAG_INDEX) !== FuseTag.RING) {
      this.#control?.completed(tag, result);
      return;
    }
    const entry = tag & TAG_INDEX;
    if (result === 0) this.#requests.request(entry);
    else if (result === -Errno.EAGAIN || result === -Errno.EINTR) this.#again(entry);
    else this.#live -= 1;
  }

  header(entry: number): number {
    return entry < this.#entries ? this.#arena.entry(entry) : this.#control!.header(entry);
  }

  arguments(entry: number): number {
    return entry < this.#entries
      ? this.#arena.entry(entry) + UringReqHeader.OP_IN
      : this.#control!.arguments(entry);
  }

  /** The in_out area still holds the request's header: `unique` stands where the reply wants it. */
  reply(entry: number, error: number, length: number): void {
    if (entry >= this.#entries) {
      this.#control!.reply(entry, error, length);
      return;
    }
    const words = this.#arena.words;
    const at = this.#arena.entry(entry) >> 2;
    words[at + OutHeader.LEN / 4] = OutHeader.SIZE + length;
    words[at + OutHeader.ERROR / 4] = error;
    words[at + UringReqHeader.PAYLOAD_SZ / 4] = length;
    this.#commit(entry);
  }

  release(entry: number): void {
    if (entry >= this.#entries) this.#control!.release(entry);
    else this.reply(entry, 0, 0);
  }

  #commit(entry: number): void {
    const words = this.#arena.words;
    const id = (this.#arena.entry(entry) + UringReqHeader.COMMIT_ID) >> 2;
    this.#queue.operand[Operand.ADDRESS] = 0;
    this.#queue.fuseCommand(
      UringCmd.COMMIT_AND_FETCH,
      this.#slot,
      0,
      words[id]!,
      words[id + 1]!,
      this.#qid[entry]!,
      FuseTag.RING | entry,
    );
  }

  #register(entry: number): void {
    const header = this.#arena.address + this.#arena.entry(entry);
    const iovec = entry * IOVEC_WORDS;
    writePair(this.#iovecs, iovec, header);
    writePair(this.#iovecs, iovec + 2, UringReqHeader.SIZE);
    writePair(this.#iovecs, iovec + 4, header + PAYLOAD);
    writePair(this.#iovecs, iovec + 6, PAYLOAD_SIZE);
    this.#queue.operand[Operand.ADDRESS] = this.#iovecsAddress + iovec * 4;
    this.#queue.fuseCommand(
      UringCmd.REGISTER,
      this.#slot,
      REGISTER_IOVECS,
      0,
      0,
      this.#qid[entry]!,
      FuseTag.RING | entry,
    );
  }

  /**
   * The command itself was not taken: the same one again. A commit_id of 0, as in memory that
   * nobody wrote yet, says that the entry was never given a request.
   */
  #again(entry: number): void {
    const id = (this.#arena.entry(entry) + UringReqHeader.COMMIT_ID) >> 2;
    const words = this.#arena.words;
    if (words[id] === 0 && words[id + 1] === 0) this.#register(entry);
    else this.#commit(entry);
  }
}

/** A 64-bit value below 2^53, low word first. */
function writePair(words: Int32Array, at: number, value: number): void {
  words[at] = value | 0;
  words[at + 1] = (value / TWO_32) | 0;
}
