import { PAYLOAD, PAYLOAD_SIZE, type Arena } from '../reactor/arena.js';
import { HEADER as DEVFUSE_HEADER } from './devfuse-transport.js';
import type { Request } from './request.js';
import type { TransportName } from './worker-data.js';
import { ARGUMENT_SIZE, InHeader, UringReqHeader } from './wire.js';

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
  readonly #send: (error: number, length: number) => void;

  constructor(
    arena: Arena,
    entry: number,
    layout: TransportName,
    send: (error: number, length: number) => void,
  ) {
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

  reply(error: number, length: number): void {
    this.#send(error, length);
  }
}
