import { constants } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import type { Session } from '../../../src/fuse/session.js';
import {
  Attr,
  AttrOut,
  BatchForgetIn,
  Dirent,
  Direntplus,
  EntryOut,
  Fattr,
  Fopen,
  IoctlIn,
  IoctlOut,
  Opcode,
  OpenOut,
  ReadIn,
  Rename2In,
  SetattrIn,
  StatfsOut,
  WriteIn,
  WriteOut,
} from '../../../src/fuse/wire.js';
import { Errno } from '../../../src/shared/errno.js';
import { ask, FakeRequest, type Reply } from './fake-request.js';
import { DISK_INO, DISK_SIZE, FakeDirectory } from './fake-tree.js';
import {
  find,
  lookup,
  modeOf,
  open,
  openFile,
  read,
  release,
  setattr,
  setUp,
  write,
} from './rig.js';

test('LOOKUP gives the node, nothing to be cached', async (t) => {
  const { session } = setUp();
  const { error, body } = await lookup(session, 'iopolicy');
  t.is(error, 0);
  t.is(body.byteLength, EntryOut.SIZE);
  t.is(body.getBigUint64(EntryOut.NODEID, true), 10n);
  t.is(body.getBigUint64(EntryOut.ENTRY_VALID, true), 0n);
  t.is(body.getBigUint64(EntryOut.ATTR_VALID, true), 0n);
  t.is(body.getUint32(EntryOut.ENTRY_VALID_NSEC, true), 0);
  const attr = (field: number): number => body.getUint32(EntryOut.ATTR + field, true);
  t.is(attr(Attr.MODE), 0o100644);
  t.is(attr(Attr.FILE_SIZE), 4096);
  t.is(attr(Attr.NLINK), 1);
  t.is(attr(Attr.UID), 5);
  t.is(attr(Attr.GID), 6);
  t.is(attr(Attr.MTIME), 1_500_000_000);
  t.is(attr(Attr.MTIMENSEC), 250_000_000);
  t.is(attr(Attr.BLOCKS), 0);
});

test('directories, links and disks may be kept; streams and attributes not', async (t) => {
  const { session } = setUp();
  const kept: string[] = [];
  for (const name of ['dir', 'link', 'disk', 'iopolicy', 'size', 'vpd', 'uevents']) {
    const { body } = await lookup(session, name);
    const [entry, attr] = [EntryOut.ENTRY_VALID, EntryOut.ATTR_VALID].map(
      (field) => body.getBigUint64(field, true) > 3600n,
    );
    t.is(entry, attr);
    if (entry === true) kept.push(name);
  }
  t.deepEqual(kept, ['dir', 'link', 'disk']);
});

test('a binary attribute has no size, and its bytes', async (t) => {
  const { session } = setUp();
  const { body } = await lookup(session, 'vpd');
  t.is(body.getBigUint64(EntryOut.ATTR + Attr.FILE_SIZE, true), 0n);
  const file = await openFile(session, 'vpd', constants.O_RDONLY);
  const reply = await read(session, file);
  t.deepEqual([...new Uint8Array(reply.body.buffer)], [0, 0x83, 0xff, 1]);
  t.is((await read(session, file, 2)).body.getUint8(0), 0xff);
});

test('a disk has its size', async (t) => {
  const { session } = setUp();
  const { body } = await lookup(session, 'disk');
  t.is(body.getBigUint64(EntryOut.NODEID, true), BigInt(DISK_INO));
  t.is(body.getBigUint64(EntryOut.ATTR + Attr.FILE_SIZE, true), BigInt(DISK_SIZE));
  t.is(body.getBigUint64(EntryOut.ATTR + Attr.BLOCKS, true), BigInt(DISK_SIZE / 512));
  t.is(body.getUint32(EntryOut.ATTR + Attr.MODE, true), 0o100660);
});

test('LOOKUP of what is not there, and below what is no directory', async (t) => {
  const { session } = setUp();
  t.is((await lookup(session, 'nothing')).error, -Errno.ENOENT);
  t.is((await lookup(session, 'x', await find(session, 'iopolicy'))).error, -Errno.ENOTDIR);
  t.is((await lookup(session, 'x', 999)).error, -Errno.ESTALE);
});

test('a node is known until as many lookups are forgotten as were made', async (t) => {
  const { session } = setUp();
  const nodeid = await find(session, 'iopolicy');
  await find(session, 'iopolicy');
  const getattr = async (): Promise<number> =>
    (await ask(session, { opcode: Opcode.GETATTR, nodeid })).error;
  const forget = new FakeRequest({ opcode: Opcode.FORGET, nodeid, fields: [[0, 1n]] });
  session.handle(forget);
  t.is(await getattr(), 0);
  t.is(forget.replies.length, 0);
  session.forget(nodeid, 1);
  t.is(await getattr(), -Errno.ESTALE);
});

test('BATCH_FORGET forgets each, and the root never', async (t) => {
  const { session } = setUp();
  const nodes = [await find(session, 'iopolicy'), await find(session, 'size'), 1];
  const data = new Uint8Array(nodes.length * 16);
  nodes.forEach((node, i) => {
    new DataView(data.buffer).setBigUint64(i * 16, BigInt(node), true);
    new DataView(data.buffer).setBigUint64(i * 16 + 8, 1n, true);
  });
  const fields = [[BatchForgetIn.COUNT, nodes.length]] as const;
  const request = new FakeRequest({ opcode: Opcode.BATCH_FORGET, nodeid: 0, fields, data });
  session.handle(request);
  t.is(request.replies.length, 0);
  const errors = [];
  for (const nodeid of nodes) {
    errors.push((await ask(session, { opcode: Opcode.GETATTR, nodeid })).error);
  }
  t.deepEqual(errors, [-Errno.ESTALE, -Errno.ESTALE, 0]);
});

test('an attribute is opened past the page cache and read in pieces of one value', async (t) => {
  const { session, tree } = setUp();
  const nodeid = await find(session, 'iopolicy');
  const opened = await open(session, nodeid, constants.O_RDONLY);
  t.is(opened.body.getUint32(OpenOut.OPEN_FLAGS, true), Fopen.DIRECT_IO);
  const file: [number, bigint] = [nodeid, opened.body.getBigUint64(OpenOut.FH, true)];
  t.is((await read(session, file, 0, 2)).text, 'nu');
  tree.value = 'round-robin\n';
  t.is((await read(session, file, 2, 2)).text, 'ma');
  t.is((await read(session, file, 4, 100)).text, '\n');
  t.is((await read(session, file, 5, 100)).text, '');
  t.is(tree.shows, 1);
  t.is((await read(session, file, 0, 100)).text, 'round-robin\n');
  t.is((await read(session, file, 6, 3)).text, 'rob', 'a jump shows anew');
  t.is(tree.shows, 3);
  t.is((await read(session, file, 4000, 100)).text, '', 'behind the end');
});

test('two open files have values of their own', async (t) => {
  const { session, tree } = setUp();
  const one = await openFile(session, 'iopolicy', constants.O_RDONLY);
  const two = await openFile(session, 'iopolicy', constants.O_RDONLY);
  await read(session, one, 0, 2);
  tree.value = 'xyz\n';
  t.is((await read(session, two, 0, 2)).text, 'xy');
  t.is((await read(session, one, 2, 2)).text, 'ma');
});

test('a write stores exactly what was written, wherever, and a page at most', async (t) => {
  const { session, tree } = setUp();
  const file = await openFile(session, 'iopolicy', constants.O_WRONLY);
  const taken = (reply: Reply): number => reply.body.getUint32(WriteOut.LENGTH, true);
  t.is(taken(await write(session, file, ' numa \n\n')), 8);
  t.is(taken(await write(session, file, 'round-robin\n', 3)), 12);
  t.is(taken(await write(session, file, '')), 0);
  t.is(taken(await write(session, file, 'x'.repeat(5000))), 4096);
  t.deepEqual(tree.stored, [' numa \n\n', 'round-robin\n', 'x'.repeat(4096)]);
});

test('a store that refuses, throws, or does so later', async (t) => {
  const { session, tree, logged } = setUp();
  const file = await openFile(session, 'iopolicy', constants.O_WRONLY);
  tree.store = () => -Errno.EINVAL;
  t.is((await write(session, file, 'x')).error, -Errno.EINVAL);
  tree.store = () => Promise.resolve(-Errno.ERANGE);
  t.is((await write(session, file, 'x')).error, -Errno.ERANGE);
  tree.store = () => Promise.resolve(0);
  t.is((await write(session, file, 'xy')).body.getUint32(WriteOut.LENGTH, true), 2);
  t.deepEqual(logged, []);
  const throwing = await openFile(session, 'throws', constants.O_RDWR);
  t.is((await write(session, throwing, 'x')).error, -Errno.EIO);
  t.is((await read(session, throwing)).error, -Errno.EIO);
  const late = await openFile(session, 'later', constants.O_WRONLY);
  t.is((await write(session, late, 'x')).error, -Errno.EIO);
  t.is(logged.length, 3);
});

test('a value that takes its time is read in pieces too', async (t) => {
  const { session, tree } = setUp();
  let asked = 0;
  tree.show = () => Promise.resolve(`slow ${++asked}\n`);
  const file = await openFile(session, 'iopolicy', constants.O_RDONLY);
  t.is((await read(session, file, 0, 4)).text, 'slow');
  t.is((await read(session, file, 4, 100)).text, ' 1\n');
  tree.show = () => Promise.reject(new Error('late'));
  t.is((await read(session, file, 0, 4)).error, -Errno.EIO);
  tree.show = () => Promise.resolve(-Errno.ENODATA);
  t.is((await read(session, file, 0, 4)).error, -Errno.ENODATA);
});

test('a show that refuses gives its errno', async (t) => {
  const { session } = setUp();
  const file = await openFile(session, 'refuses', constants.O_RDONLY);
  t.is((await read(session, file)).error, -Errno.ENODATA);
});

test('a store that has to wait is answered when it is done, once', async (t) => {
  const { session, tree } = setUp();
  const file = await openFile(session, 'iopolicy', constants.O_WRONLY);
  let finish: (result: number) => void = () => undefined;
  tree.store = () => new Promise((resolve) => (finish = resolve));
  const request = new FakeRequest({
    opcode: Opcode.WRITE,
    nodeid: file[0],
    fields: [
      [WriteIn.FH, file[1]],
      [WriteIn.LENGTH, 4],
    ],
    data: 'numa',
  });
  session.handle(request);
  await new Promise((resolve) => setImmediate(resolve));
  t.is(request.replies.length, 0);
  finish(0);
  await request.answered;
  await new Promise((resolve) => setImmediate(resolve));
  t.is(request.replies.length, 1);
});

test('an open that the permissions do not have is EACCES, for root too', async (t) => {
  const { session } = setUp();
  const errorOf = async (name: string, flags: number): Promise<number> =>
    (await open(session, await find(session, name), flags)).error;
  t.is(await errorOf('size', constants.O_RDONLY), 0);
  t.is(await errorOf('size', constants.O_WRONLY), -Errno.EACCES);
  t.is(await errorOf('size', constants.O_RDWR), -Errno.EACCES);
  t.is(await errorOf('delete', constants.O_WRONLY), 0);
  t.is(await errorOf('delete', constants.O_RDONLY), -Errno.EACCES);
  t.is(await errorOf('delete', constants.O_RDWR), -Errno.EACCES);
});

test('chmod and chown hold for the tree; a mode without a method still does not open', async (t) => {
  const { session } = setUp();
  const nodeid = await find(session, 'size');
  const changed = await setattr(session, nodeid, Fattr.MODE | Fattr.GID, [
    [SetattrIn.MODE, 0o100664],
    [SetattrIn.GID, 44],
  ]);
  t.is(modeOf(changed), 0o100664);
  const again = await ask(session, { opcode: Opcode.GETATTR, nodeid });
  t.is(modeOf(again), 0o100664);
  t.is(again.body.getUint32(AttrOut.ATTR + Attr.GID, true), 44);
  t.is(again.body.getUint32(AttrOut.ATTR + Attr.UID, true), 5);
  t.is((await open(session, nodeid, constants.O_WRONLY)).error, -Errno.EACCES);
  const policy = await find(session, 'iopolicy');
  await setattr(session, policy, Fattr.MODE, [[SetattrIn.MODE, 0o444]]);
  t.is((await open(session, policy, constants.O_WRONLY)).error, -Errno.EACCES);
});

test('truncating an attribute changes nothing', async (t) => {
  const { session } = setUp();
  const reply = await setattr(session, await find(session, 'iopolicy'), Fattr.SIZE);
  t.is(reply.error, 0);
  t.is(reply.body.getUint32(AttrOut.ATTR + Attr.FILE_SIZE, true), 4096);
});

test('SETATTR of a disk: its size is what it is', async (t) => {
  const { session } = setUp();
  const nodeid = await find(session, 'disk');
  const size = (bytes: number): Promise<Reply> =>
    setattr(session, nodeid, Fattr.SIZE | Fattr.MTIME, [[SetattrIn.FILE_SIZE, BigInt(bytes)]]);
  for (const accepted of [0, DISK_SIZE]) {
    const reply = await size(accepted);
    t.is(reply.error, 0);
    t.is(reply.body.getBigUint64(AttrOut.ATTR + Attr.FILE_SIZE, true), BigInt(DISK_SIZE));
  }
  t.is((await size(DISK_SIZE / 2)).error, -Errno.EINVAL);
  t.is((await setattr(session, nodeid, Fattr.MODE)).error, -Errno.EPERM);
  t.is((await setattr(session, nodeid, Fattr.UID)).error, -Errno.EPERM);
  t.is((await setattr(session, nodeid, Fattr.ATIME_NOW | Fattr.ATIME)).error, 0);
});

test('OPEN of a disk tells the reactors the head and whether it may write', async (t) => {
  const { session, tree } = setUp();
  const nodeid = await find(session, 'disk');
  const opened = async (flags: number): Promise<[number, number]> => {
    const { body } = await open(session, nodeid, flags);
    return [Number(body.getBigUint64(OpenOut.FH, true)), body.getUint32(OpenOut.OPEN_FLAGS, true)];
  };
  const direct = Fopen.DIRECT_IO | Fopen.PARALLEL_DIRECT_WRITES;
  t.deepEqual(await opened(constants.O_RDONLY), [14, Fopen.KEEP_CACHE]);
  t.deepEqual(await opened(constants.O_RDWR), [15, Fopen.KEEP_CACHE]);
  t.deepEqual(await opened(constants.O_RDONLY | constants.O_DIRECT), [14, direct]);
  t.deepEqual(await opened(constants.O_WRONLY | constants.O_DIRECT), [15, direct]);
  t.deepEqual(tree.openers, [1, 1, 1, 1]);
  await release(session, [nodeid, 14n]);
  t.deepEqual(tree.openers, [1, 1, 1, 1, -1]);
  tree.live = false;
  t.is((await open(session, nodeid, constants.O_RDONLY)).error, -Errno.ENXIO);
  t.is(tree.openers.length, 5);
});

test('nothing but a disk opens with O_DIRECT', async (t) => {
  const { session } = setUp();
  for (const name of ['iopolicy', 'uevents']) {
    const { error } = await open(session, await find(session, name), constants.O_DIRECT);
    t.is(error, -Errno.EINVAL);
  }
});

test('a write behind the end: the next lookup is of another inode, with the old number', async (t) => {
  const { session } = setUp();
  const ids = async (): Promise<[bigint, bigint]> => {
    const { body } = await lookup(session, 'iopolicy');
    return [
      body.getBigUint64(EntryOut.NODEID, true),
      body.getBigUint64(EntryOut.ATTR + Attr.INO, true),
    ];
  };
  const file = await openFile(session, 'iopolicy', constants.O_WRONLY);
  await write(session, file, 'x'.repeat(96), 4000);
  t.deepEqual(await ids(), [10n, 10n]);
  await write(session, file, 'x', 4096);
  const [first, ino] = await ids();
  t.not(first, 10n);
  t.is(ino, 10n);
  t.deepEqual(await ids(), [first, 10n]);
  await write(session, file, 'xy', 4097);
  const [second] = await ids();
  t.false([first, 10n].includes(second));
  // What the kernel gives back of a check that failed does not make the old one good again.
  session.forget(Number(second), 1);
  t.deepEqual(await ids(), [second, 10n]);
  t.is((await open(session, Number(second), constants.O_RDONLY)).error, 0);
  t.is((await write(session, file, 'x')).error, 0, 'the old one is open still');
});

test("closing a disk leaves an attribute's file of the same number open", async (t) => {
  const { session } = setUp();
  const file = await openFile(session, 'iopolicy', constants.O_RDONLY);
  t.is((await release(session, [await find(session, 'disk'), file[1]])).error, 0);
  t.is((await read(session, file)).text, 'numa\n');
  t.is((await release(session, file)).error, 0);
  t.is((await read(session, file)).error, -Errno.EBADF);
});

test('READLINK', async (t) => {
  const { session } = setUp();
  const nodeid = await find(session, 'link');
  t.is((await ask(session, { opcode: Opcode.READLINK, nodeid })).text, '../../x');
  t.is((await ask(session, { opcode: Opcode.READLINK, nodeid: 1 })).error, -Errno.EINVAL);
});

interface Listed {
  readonly name: string;
  readonly ino: number;
  readonly type: number;
  readonly off: bigint;
  readonly nodeid: bigint;
}

function parseListing({ body, text }: Reply, fixed: number): Listed[] {
  const listed: Listed[] = [];
  for (let at = 0; at < body.byteLength;) {
    const dirent = at + fixed - Dirent.SIZE;
    const length = body.getUint32(dirent + Dirent.NAMELEN, true);
    listed.push({
      name: text.length === 0 ? '' : asString(body, dirent + Dirent.SIZE, length),
      ino: Number(body.getBigUint64(dirent + Dirent.INO, true)),
      type: body.getUint32(dirent + Dirent.TYPE, true),
      off: body.getBigUint64(dirent + Dirent.OFF, true),
      nodeid: fixed === Direntplus.SIZE ? body.getBigUint64(at, true) : 0n,
    });
    at += (fixed + length + 7) & ~7;
  }
  return listed;
}

function asString(view: DataView, at: number, length: number): string {
  return Buffer.from(view.buffer, at, length).toString();
}

async function listRoot(
  t: ExecutionContext,
  session: Session,
  opcode: number,
  capacity: number,
  between: () => void = () => undefined,
): Promise<Listed[]> {
  const all: Listed[] = [];
  for (;;) {
    const fields = [
      [ReadIn.OFFSET, all.at(-1)?.off ?? 0n],
      [ReadIn.LENGTH, capacity],
    ] as const;
    const reply = await ask(session, { opcode, nodeid: 1, fields });
    t.is(reply.error, 0);
    t.true(reply.body.byteLength <= capacity);
    if (reply.body.byteLength === 0) return all;
    all.push(...parseListing(reply, opcode === Opcode.READDIR ? Dirent.SIZE : Direntplus.SIZE));
    between();
  }
}

const NAMES = [
  ...['.', '..', 'iopolicy', 'link', 'dir', 'size', 'delete', 'throws', 'refuses', 'later', 'vpd'],
  ...['uevents', 'disk'],
];

test('READDIR lists all once, also in pieces', async (t) => {
  const { session } = setUp();
  const whole = await listRoot(t, session, Opcode.READDIR, 65536);
  t.deepEqual(
    whole.map(({ name }) => name),
    NAMES,
  );
  t.deepEqual(
    whole.slice(0, 5).map(({ type }) => type),
    [4, 4, 8, 10, 4],
  );
  t.is(whole.at(-1)?.ino, DISK_INO);
  t.is(whole.at(-2)?.type, 8);
  const pieces = await listRoot(t, session, Opcode.READDIR, 64);
  t.deepEqual(pieces, whole);
});

test('what is there all the time is listed once, whatever comes and goes meanwhile', async (t) => {
  const { session, tree } = setUp();
  const { entries } = tree.root;
  for (let ino = 30; ino < 60; ino++) entries.set(`d${ino}`, new FakeDirectory(ino, tree.root));
  const stays = [...entries.keys()].filter((name) => !/^d[34]/.test(name));
  let ino = 100;
  const listed = await listRoot(t, session, Opcode.READDIR, 100, () => {
    entries.delete(`d${ino - 70}`);
    entries.set(`new${ino}`, new FakeDirectory(ino, tree.root));
    ino++;
  });
  const names = listed.map(({ name }) => name);
  t.is(new Set(names).size, names.length);
  t.deepEqual(
    stays.filter((name) => !names.includes(name)),
    [],
  );
});

test('what is added behind the end of a listing is found there', async (t) => {
  const { session, tree } = setUp();
  tree.root.entries.delete('disk');
  const listed = await listRoot(t, session, Opcode.READDIR, 65536);
  const fields = [
    [ReadIn.OFFSET, listed.at(-1)?.off ?? 0n],
    [ReadIn.LENGTH, 4096],
  ] as const;
  const behind = async (): Promise<number> =>
    (await ask(session, { opcode: Opcode.READDIR, nodeid: 1, fields })).body.byteLength;
  t.is(await behind(), 0);
  tree.root.entries.set('more', new FakeDirectory(50, tree.root));
  session.directoryChanged(tree.root);
  t.true((await behind()) > 0);
});

test('names that are not ASCII are listed and looked up', async (t) => {
  const { session, tree } = setUp();
  tree.root.entries.clear();
  for (const [i, name] of ['häuser', 'x'.repeat(255), '日本'].entries()) {
    tree.root.entries.set(name, new FakeDirectory(20 + i, tree.root));
  }
  const listed = await listRoot(t, session, Opcode.READDIR, 300);
  t.deepEqual(
    listed.map(({ name }) => name),
    ['.', '..', 'iopolicy', 'häuser', 'x'.repeat(255), '日本'],
  );
  t.is(await find(session, '日本'), 22);
});

test('READDIRPLUS looks up the directories, and nothing else', async (t) => {
  const { session } = setUp();
  const listed = await listRoot(t, session, Opcode.READDIRPLUS, 400);
  t.deepEqual(
    listed.map(({ name }) => name),
    NAMES,
  );
  t.deepEqual(
    listed.filter(({ nodeid }) => nodeid !== 0n).map(({ name, nodeid }) => [name, nodeid]),
    [['dir', 12n]],
  );
  const getattr = async (nodeid: number): Promise<number> =>
    (await ask(session, { opcode: Opcode.GETATTR, nodeid })).error;
  t.is(await getattr(10), -Errno.ESTALE);
  t.is(await getattr(12), 0);
  session.forget(12, 1);
  t.is(await getattr(12), -Errno.ESTALE);
});

test('a directory counts its subdirectories', async (t) => {
  const { session } = setUp();
  const { body } = await ask(session, { opcode: Opcode.GETATTR, nodeid: 1 });
  t.is(body.getUint32(AttrOut.ATTR + Attr.NLINK, true), 3);
  t.is(body.getUint32(AttrOut.ATTR + Attr.MODE, true), 0o040755);
});

test('a removed node answers ENODEV, and its files close', async (t) => {
  const { session, tree } = setUp();
  const file = await openFile(session, 'iopolicy', constants.O_RDWR);
  await read(session, file, 0, 2);
  tree.policyRemoved = true;
  t.is((await read(session, file, 2, 2)).error, -Errno.ENODEV);
  t.is((await write(session, file, 'numa')).error, -Errno.ENODEV);
  t.is((await open(session, file[0], constants.O_RDONLY)).error, -Errno.ENODEV);
  t.is((await ask(session, { opcode: Opcode.GETATTR, nodeid: file[0] })).error, 0, 'fstat works');
  t.deepEqual(tree.stored, []);
  t.is((await release(session, file)).error, 0);
  tree.root.removed = true;
  t.is((await lookup(session, 'disk')).error, -Errno.ENOENT);
  const listed = await listRoot(t, session, Opcode.READDIR, 4096);
  t.deepEqual(
    listed.map(({ name }) => name),
    ['.', '..'],
  );
});

test('nothing can be made, removed or renamed: the errno of sysfs', async (t) => {
  const { session } = setUp();
  const errors: Record<string, number> = {};
  for (const name of [
    ...(['CREATE', 'MKDIR', 'SYMLINK', 'LINK', 'UNLINK', 'RMDIR', 'RENAME', 'RENAME2'] as const),
  ]) {
    const { error } = await ask(session, { opcode: Opcode[name], nodeid: 1, data: 'x\0' });
    errors[name] = -error;
  }
  t.deepEqual(errors, {
    CREATE: Errno.EACCES,
    MKDIR: Errno.EPERM,
    SYMLINK: Errno.EPERM,
    LINK: Errno.EPERM,
    UNLINK: Errno.EPERM,
    RMDIR: Errno.EPERM,
    RENAME: Errno.EPERM,
    RENAME2: Errno.EPERM,
  });
  const fields = [[Rename2In.FLAGS, 1]] as const;
  const { error } = await ask(session, { opcode: Opcode.RENAME2, nodeid: 1, fields });
  t.is(error, -Errno.EINVAL);
  const mknod = async (mode: number): Promise<number> =>
    (await ask(session, { opcode: Opcode.MKNOD, nodeid: 1, fields: [[0, mode]] })).error;
  t.is(await mknod(0o100644), -Errno.EACCES);
  t.is(await mknod(0o010644), -Errno.EPERM);
});

test('ENOSYS only where the kernel may stop asking for the whole mount', async (t) => {
  const { session } = setUp();
  const nodeid = await find(session, 'iopolicy');
  const unimplemented: string[] = [];
  for (const [name, opcode] of Object.entries(Opcode)) {
    if (['FORGET', 'BATCH_FORGET', 'INTERRUPT'].includes(name)) continue;
    const { error } = await ask(session, { opcode, nodeid });
    if (error === -Errno.ENOSYS) unimplemented.push(name);
  }
  t.deepEqual(unimplemented, [
    ...['INIT', 'OPENDIR', 'GETLK', 'SETLK', 'SETLKW', 'BMAP', 'NOTIFY_REPLY', 'LSEEK'],
    ...['COPY_FILE_RANGE', 'SETUPMAPPING', 'REMOVEMAPPING', 'SYNCFS', 'TMPFILE', 'STATX'],
    'COPY_FILE_RANGE_64',
  ]);
});

test('extended attributes: what sysfs says, and nothing to remember for the kernel', async (t) => {
  const { session } = setUp();
  const nodeid = await find(session, 'iopolicy');
  const errors = async (opcode: number): Promise<number[]> => {
    const found: number[] = [];
    for (const name of ['user.a', 'trusted.a', 'security.a', 'system.posix_acl_access']) {
      found.push(-(await ask(session, { opcode, nodeid, data: `${name}\0` })).error);
    }
    return found;
  };
  const { ENODATA, EOPNOTSUPP } = Errno;
  t.deepEqual(await errors(Opcode.GETXATTR), [ENODATA, ENODATA, ENODATA, EOPNOTSUPP]);
  t.deepEqual(await errors(Opcode.REMOVEXATTR), [EOPNOTSUPP, ENODATA, ENODATA, EOPNOTSUPP]);
  t.deepEqual(new Set(await errors(Opcode.SETXATTR)), new Set([EOPNOTSUPP]));
  const list = async (size: number): Promise<Reply> =>
    ask(session, { opcode: Opcode.LISTXATTR, nodeid, fields: [[0, size]] });
  t.is((await list(100)).body.byteLength, 0);
  t.is((await list(0)).body.getUint32(0, true), 0);
  t.is((await list(0)).body.byteLength, 8);
});

test('ioctl: BLKGETSIZE64 of a disk, ENOTTY else', async (t) => {
  const { session } = setUp();
  const ioctl = async (name: string, cmd: number): Promise<Reply> =>
    ask(session, {
      opcode: Opcode.IOCTL,
      nodeid: await find(session, name),
      fields: [[IoctlIn.CMD, cmd]],
    });
  const reply = await ioctl('disk', 0x80081272);
  t.is(reply.error, 0);
  t.is(reply.body.getUint32(IoctlOut.RESULT, true), 0);
  t.is(reply.body.getBigUint64(IoctlOut.SIZE, true), BigInt(DISK_SIZE));
  t.is((await ioctl('disk', 0x1268)).error, -Errno.ENOTTY);
  t.is((await ioctl('iopolicy', 0x80081272)).error, -Errno.ENOTTY);
});

test('STATFS is that of sysfs', async (t) => {
  const { session } = setUp();
  const { body } = await ask(session, { opcode: Opcode.STATFS, nodeid: 1 });
  t.is(body.byteLength, StatfsOut.SIZE);
  t.is(body.getUint32(StatfsOut.BSIZE, true), 4096);
  t.is(body.getUint32(StatfsOut.NAMELEN, true), 255);
  t.is(body.getBigUint64(StatfsOut.BLOCKS, true), 0n);
});

test('a listing that reaches the end says where that is, one that does not says nothing', (t) => {
  const { session } = setUp();
  const list = (capacity: number, offset: bigint): FakeRequest => {
    const fields = [
      [ReadIn.OFFSET, offset],
      [ReadIn.LENGTH, capacity],
    ] as const;
    const request = new FakeRequest({ opcode: Opcode.READDIR, nodeid: 1, fields });
    session.handle(request);
    return request;
  };
  t.is(list(100, 0n).end, undefined);
  const whole = list(65536, 0n);
  const last = parseListing(whole.replies[0]!, Dirent.SIZE).at(-1);
  t.is(last?.off, BigInt(whole.end ?? 0));
});
