import { MAIL_SLOTS, MAIL_STRIDE, Reactor, REACTOR_STRIDE } from '../shared/layout.js';
import type { Tables } from '../shared/tables.js';

/** What the main thread asks of a reactor: a message's first word; the others are its operands. */
export const Mail = {
  /** entry, error (0 or negative), body length: the answer to a control request. */
  REPLY: 1,
  /** entry: free it without an answer (FORGET has none). */
  RELEASE: 2,
  /** unique (low, high): FUSE_INTERRUPT of a request. */
  INTERRUPT: 3,
  /** transport (0 ring, 1 devfuse), descriptor: take requests from that /dev/fuse descriptor. */
  START: 4,
  /** path: register Path.FD in the path's slot. */
  INSTALL: 5,
  /** path: empty the slot. */
  UNINSTALL: 6,
  /** path: read its first block and report the result. */
  CHECK: 7,
  /** Report the heap in use. */
  HEAP: 8,
  /** Finish what is in flight and return. */
  STOP: 9,
  /** bio of a page read whose slot says what to read, see PageRead. */
  READ_PAGE: 10,
  /** As REPLY, to a listing that came to a directory's end: see EntryRequest.endsAt. */
  LISTED: 11,
} as const;

/*
 * Single producer (the main thread), single consumer (the reactor). The producer fills the slot
 * and then moves MAIL_TAIL; the consumer acts on the slot and then moves MAIL_HEAD, so
 * MAIL_HEAD === MAIL_TAIL says that everything was done. Both are Atomics: the slot's words are
 * visible before the tail that covers them. Messages are followed by a write to the reactor's
 * eventfd, so a reactor that sleeps wakes, and one that looked just before looks again.
 */

/** The main thread's side: false if the mailbox is full. */
export function post(
  t: Tables,
  reactor: number,
  what: number,
  a: number,
  b: number,
  c: number,
): boolean {
  const words = reactor * REACTOR_STRIDE;
  const tail = Atomics.load(t.reactor, words + Reactor.MAIL_TAIL);
  const head = Atomics.load(t.reactor, words + Reactor.MAIL_HEAD);
  if (((tail - head) | 0) === MAIL_SLOTS) return false;
  const slot = mailSlot(reactor, tail);
  t.mailbox[slot] = what;
  t.mailbox[slot + 1] = a;
  t.mailbox[slot + 2] = b;
  t.mailbox[slot + 3] = c;
  Atomics.store(t.reactor, words + Reactor.MAIL_TAIL, (tail + 1) | 0);
  return true;
}

/** First word in Tables.mailbox of the message numbered `sequence`. */
export function mailSlot(reactor: number, sequence: number): number {
  return (reactor * MAIL_SLOTS + (sequence & (MAIL_SLOTS - 1))) * MAIL_STRIDE;
}
