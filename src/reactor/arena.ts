import { native } from '../native/binding.js';

/**
 * The memory of a reactor's request entries, in one SharedArrayBuffer: the main thread answers
 * control requests in place, and the kernel reads and writes it directly.
 *
 * An entry is a header page and a payload of up to 1 MiB, both page-aligned. Behind the entries
 * come slots with one page of data each: for page reads, then for path checks.
 *
 * A bio has the number of its entry or, counted on, of its slot.
 */
export const PAGE = 4096;
export const PAYLOAD_SIZE = 1024 * 1024;
/** The payload's offset in its entry. */
export const PAYLOAD = PAGE;
/** Offset in the entry of a struct __kernel_timespec, for make-it-slow. */
export const TIMESPEC = 512;
const ENTRY_SIZE = PAGE + PAYLOAD_SIZE;
const SLOT_SIZE = 2 * PAGE;

export interface ArenaShape {
  readonly entries: number;
  /** Reads of heads for the main thread that can run at once. */
  readonly pages: number;
  /** Path checks that can run at once. */
  readonly checks: number;
}

export class Arena {
  readonly shape: ArenaShape;
  /** Bios of the entries and of page reads are below this, those of path checks above. */
  readonly firstCheck: number;
  /** Number of all bios. */
  readonly bios: number;
  readonly buffer: SharedArrayBuffer;
  /** Everything, as words; byte offset / 4 is the index. */
  readonly words: Int32Array;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Address of byte 0. */
  readonly address: number;

  constructor(shape: ArenaShape, buffer?: SharedArrayBuffer) {
    this.shape = shape;
    this.firstCheck = shape.entries + shape.pages;
    this.bios = this.firstCheck + shape.checks;
    const size = shape.entries * ENTRY_SIZE + (shape.pages + shape.checks) * SLOT_SIZE;
    // V8 gives no page alignment: take a page more and start at the first boundary.
    this.buffer = buffer ?? new SharedArrayBuffer(size + PAGE);
    const start = Number(native.addressOf(new Int32Array(this.buffer, 0, 1)));
    const skip = (PAGE - (start % PAGE)) % PAGE;
    this.words = new Int32Array(this.buffer, skip, size / 4);
    this.bytes = new Uint8Array(this.buffer, skip, size);
    this.view = new DataView(this.buffer, skip, size);
    if (buffer === undefined) advise(this.words);
    // User addresses are below 2^47: a double holds them exactly.
    this.address = start + skip;
  }

  /** Byte offset of an entry. */
  entry(index: number): number {
    return index * ENTRY_SIZE;
  }

  /** Byte offset of a bio's slot: a header page and a page of data, like an entry's first two. */
  slot(bio: number): number {
    const { entries } = this.shape;
    return entries * ENTRY_SIZE + (bio - entries) * SLOT_SIZE;
  }
}

/**
 * The kernel looks up the pages of each I/O, and there are fewer of huge ones: 1 MiB takes a sixth
 * less CPU. They come when an entry is used for the first time, and the kernel gives out the entry
 * that came back last, so what is resident follows the load. Pinned, all of it always were, and
 * nothing the faster. A kernel without huge pages does as well.
 */
function advise(words: Int32Array): void {
  try {
    native.adviseHuge(words);
  } catch {
    return;
  }
}
