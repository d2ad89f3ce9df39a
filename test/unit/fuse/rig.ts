import { Session, type SessionOptions } from '../../../src/fuse/session.js';
import {
  AttrOut,
  Attr,
  EntryOut,
  Opcode,
  OpenIn,
  OpenOut,
  PollIn,
  PollOut,
  POLL_SCHEDULE_NOTIFY,
  ReadIn,
  SetattrIn,
  WriteIn,
} from '../../../src/fuse/wire.js';
import { ask, FakeRequest, type Reply } from './fake-request.js';
import { FakeTree } from './fake-tree.js';

/** An open file: nodeid and fh. */
export type OpenFile = readonly [number, bigint];

export interface Rig {
  readonly tree: FakeTree;
  readonly session: Session;
  readonly logged: string[];
}

export function setUp(options: Partial<SessionOptions> = {}): Rig {
  const tree = new FakeTree();
  const logged: string[] = [];
  const session = new Session({
    root: tree.root,
    uid: 5,
    gid: 6,
    now: () => 1_500_000_000_250,
    log: { error: (_details, message) => logged.push(message) },
    ...options,
  });
  return { tree, session, logged };
}

export function lookup(session: Session, name: string, nodeid = 1): Promise<Reply> {
  return ask(session, { opcode: Opcode.LOOKUP, nodeid, data: `${name}\0` });
}

export async function find(session: Session, name: string): Promise<number> {
  const reply = await lookup(session, name);
  return Number(reply.body.getBigUint64(EntryOut.NODEID, true));
}

export function open(session: Session, nodeid: number, flags: number): Promise<Reply> {
  const fields = [[OpenIn.FLAGS, flags]] as const;
  return ask(session, { opcode: Opcode.OPEN, nodeid, fields });
}

export async function openFile(session: Session, name: string, flags: number): Promise<OpenFile> {
  const nodeid = await find(session, name);
  const reply = await open(session, nodeid, flags);
  return [nodeid, reply.body.getBigUint64(OpenOut.FH, true)];
}

export function read(
  session: Session,
  [nodeid, fh]: OpenFile,
  offset = 0,
  length = 4096,
): Promise<Reply> {
  const fields = [
    [ReadIn.FH, fh],
    [ReadIn.OFFSET, BigInt(offset)],
    [ReadIn.LENGTH, length],
  ] as const;
  return ask(session, { opcode: Opcode.READ, nodeid, fields });
}

export function write(
  session: Session,
  [nodeid, fh]: OpenFile,
  data: string,
  offset = 0,
): Promise<Reply> {
  const fields = [
    [WriteIn.FH, fh],
    [WriteIn.OFFSET, BigInt(offset)],
    [WriteIn.LENGTH, data.length],
  ] as const;
  return ask(session, { opcode: Opcode.WRITE, nodeid, fields, data });
}

export function setattr(
  session: Session,
  nodeid: number,
  valid: number,
  fields: readonly (readonly [number, number | bigint])[] = [],
): Promise<Reply> {
  return ask(session, {
    opcode: Opcode.SETATTR,
    nodeid,
    fields: [[SetattrIn.VALID, valid], ...fields],
  });
}

export function modeOf(reply: Reply): number {
  return reply.body.getUint32(AttrOut.ATTR + Attr.MODE, true);
}

export function release(session: Session, [nodeid, fh]: OpenFile): Promise<Reply> {
  return ask(session, { opcode: Opcode.RELEASE, nodeid, fields: [[0, fh]] });
}

/** A read that may have to wait. */
export function startRead(
  session: Session,
  [nodeid, fh]: OpenFile,
  unique: bigint,
  flags = 0,
  length = 4096,
): FakeRequest {
  const request = new FakeRequest({
    opcode: Opcode.READ,
    nodeid,
    unique,
    fields: [
      [ReadIn.FH, fh],
      [ReadIn.LENGTH, length],
      [ReadIn.FLAGS, flags],
    ],
  });
  session.handle(request);
  return request;
}

/** The events that poll() sees; with `poller`, the kernel waits under that number. */
export async function poll(
  session: Session,
  [nodeid, fh]: OpenFile,
  poller?: number,
): Promise<number> {
  const fields = [
    [PollIn.FH, fh],
    [PollIn.KH, BigInt(poller ?? 0)],
    [PollIn.FLAGS, poller === undefined ? 0 : POLL_SCHEDULE_NOTIFY],
  ] as const;
  const { body } = await ask(session, { opcode: Opcode.POLL, nodeid, fields });
  return body.getUint32(PollOut.REVENTS, true);
}

/** Everything that is ready to run has run. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
