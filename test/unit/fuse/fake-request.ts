import type { Request } from '../../../src/fuse/request.js';
import type { Session } from '../../../src/fuse/session.js';
import { ARGUMENT_SIZE, InHeader } from '../../../src/fuse/wire.js';

/** What came back for a request. */
export interface Reply {
  readonly error: number;
  /** A copy of the body. */
  readonly body: DataView;
  readonly text: string;
}

export interface RequestParts {
  readonly opcode: number;
  readonly nodeid: number;
  /** Fields of the opcode's struct by offset: a number is 32 bits, a bigint 64. */
  readonly fields?: readonly (readonly [number, number | bigint])[];
  readonly data?: Uint8Array | string;
  readonly bodyCapacity?: number;
  readonly unique?: bigint;
}

const PAYLOAD = 4096;

/**
 * A request in shared memory, as the reactors have it. The body goes over the data, as on
 * the ring.
 */
export class FakeRequest implements Request {
  readonly bytes = new Uint8Array(new SharedArrayBuffer(PAYLOAD + 65536)).fill(0xaa);
  readonly view = new DataView(this.bytes.buffer);
  readonly header = 64;
  readonly arguments = 192;
  readonly data = PAYLOAD;
  readonly dataLength: number;
  readonly body = PAYLOAD;
  readonly bodyCapacity: number;
  readonly replies: Reply[] = [];
  /** Where the directory that it lists ends, if it was said. */
  end: number | undefined;
  readonly answered: Promise<Reply>;
  #resolve: (reply: Reply) => void = () => undefined;

  constructor({
    opcode,
    nodeid,
    fields = [],
    data = '',
    bodyCapacity = 65536,
    unique = 0n,
  }: RequestParts) {
    this.answered = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    const bytes = typeof data === 'string' ? Buffer.from(data) : data;
    this.dataLength = bytes.length;
    this.bodyCapacity = bodyCapacity;
    this.view.setUint32(this.header + InHeader.OPCODE, opcode, true);
    this.view.setBigUint64(this.header + InHeader.NODEID, BigInt(nodeid), true);
    this.view.setBigUint64(this.header + InHeader.UNIQUE, unique, true);
    this.bytes.fill(0, this.arguments, this.arguments + (ARGUMENT_SIZE[opcode] ?? 0));
    for (const [offset, value] of fields) {
      const at = this.arguments + offset;
      if (typeof value === 'bigint') this.view.setBigUint64(at, value, true);
      else this.view.setUint32(at, value, true);
    }
    this.bytes.set(bytes, this.data);
  }

  endsAt(offset: number): void {
    this.end = offset;
  }

  reply(error: number, length: number): void {
    const body = Uint8Array.from(this.bytes.subarray(this.body, this.body + length));
    const reply = {
      error,
      body: new DataView(body.buffer),
      text: Buffer.from(body).toString(),
    };
    this.replies.push(reply);
    this.#resolve(reply);
  }
}

/** Sends a request and waits for its reply. */
export function ask(session: Session, parts: RequestParts): Promise<Reply> {
  const request = new FakeRequest(parts);
  session.handle(request);
  return request.answered;
}
