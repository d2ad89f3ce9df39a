import { PAYLOAD, PAYLOAD_SIZE, type Arena } from '../reactor/arena.js';
import { Mail } from '../reactor/mailbox.js';
import { HEADER as DEVFUSE_HEADER } from './devfuse-transport.js';
import { put64 } from './request-fields.js';
import type { Request } from './request.js';
import type { TransportName } from './worker-data.js';
import { ARGUMENT_SIZE, InHeader, ReadIn, UringReqHeader } from './wire.js';

/** Sends a REPLY or LISTED. */
type Send = (mail: number, error: number, length: number) => void;

/** A control request in a reactor's arena, as the main thread sees it. */
export class EntryRequest implements Request {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly header: number;
  readonly arguments: number;
  readonly data: number;
  readonly dataLength: number;
  readonly body: number;
  readonly bodyCapacity = PAYLOAD_SIZE;
  readonly #send: Send;
  #ends = false;

  constructor(arena: Arena, entry: number, layout: TransportName, send: Send) {
    const at = arena.entry(entry);
    this.bytes = arena.bytes;
    this.view = arena.view;
    this.body = at + PAYLOAD;
    this.#send = send;
    if (layout === 'ring') {
      this.header = at;
      this.arguments = at + UringReqHeader.OP_IN;
      this.data = at + PAYLOAD;
      this.dataLength = arena.view.getUint32(at + UringReqHeader.PAYLOAD_SZ, true);
      return;
    }
    this.header = at + DEVFUSE_HEADER;
    this.arguments = this.header + InHeader.SIZE;
    const size = ARGUMENT_SIZE[this.opcode] ?? 0;
    this.data = this.arguments + size;
    const length = arena.view.getUint32(this.header + InHeader.LEN, true);
    this.dataLength = length - InHeader.SIZE - size;
  }

  get opcode(): number {
    return this.view.getUint32(this.header + InHeader.OPCODE, true);
  }

  /** Goes to the reactor in the place of the request's own offset. */
  endsAt(offset: number): void {
    put64(this.view, this.arguments + ReadIn.OFFSET, offset);
    this.#ends = true;
  }

  reply(error: number, length: number): void {
    this.#send(this.#ends ? Mail.LISTED : Mail.REPLY, error, length);
  }
}
