/** Changes of the tree reach the kernel, and stores wait for that. */
import { constants } from 'node:fs';
import test from 'ava';
import { NotifyCode, Opcode, ReleaseIn, WriteIn } from '../../../src/fuse/wire.js';
import { FakeKernel, type Message } from './fake-kernel.js';
import { ask, FakeRequest, type Reply } from './fake-request.js';
import { FakeDirectory } from './fake-tree.js';
import { find, lookup, openFile, setUp, turn, write, type OpenFile, type Rig } from './rig.js';

const entry = (parent: number, name: string): Message => ({
  code: NotifyCode.INVAL_ENTRY,
  parent,
  name,
});
const inode = (ino: number): Message => ({ code: NotifyCode.INVAL_INODE, ino, off: 0n });

function connected(): Rig & { readonly kernel: FakeKernel } {
  const kernel = new FakeKernel();
  const rig = setUp({ send: kernel.send });
  rig.session.connect(9);
  return { ...rig, kernel };
}

/** A store takes the link out of the root from now on. */
function unlinkOnStore({ session, tree }: Rig): void {
  tree.store = () => {
    session.entryRemoved(tree.root, 'link');
    return 0;
  };
}

function startWrite(rig: Rig, [nodeid, fh]: OpenFile): FakeRequest {
  const fields = [
    [WriteIn.FH, fh],
    [WriteIn.LENGTH, 1],
  ] as const;
  const request = new FakeRequest({ opcode: Opcode.WRITE, nodeid, fields, data: '1' });
  rig.session.handle(request);
  return request;
}

test('what left a directory is dropped by name, then the attributes and the listing', async (t) => {
  const { session, tree, kernel } = connected();
  session.entryRemoved(tree.root, 'link');
  session.directoryChanged(tree.root);
  session.entryRemoved(tree.root, 'dir');
  session.entryRemoved(tree.root, 'link');
  t.false(kernel.waiting, 'in the next turn, once');
  await kernel.taken();
  t.deepEqual(kernel.messages, [entry(1, 'link'), entry(1, 'dir'), inode(1)]);
  t.deepEqual([...kernel.fds], [9]);
});

test('what was added: only the listing, behind the lock of the directory', async (t) => {
  const { session, tree, kernel } = connected();
  session.directoryChanged(tree.root);
  await kernel.taken();
  t.deepEqual(kernel.messages, [entry(1, '.'), inode(1)]);
});

test('nothing about directories that the kernel does not know', async (t) => {
  const { session, tree, kernel } = connected();
  session.entryRemoved(tree.subdirectory, 'x');
  await kernel.taken();
  t.deepEqual(kernel.messages, []);
  await find(session, 'dir');
  session.entryRemoved(tree.subdirectory, 'x');
  await kernel.taken();
  t.deepEqual(kernel.messages, [entry(12, 'x'), inode(12)]);
  session.forget(12, 1);
  session.entryRemoved(tree.subdirectory, 'x');
  await kernel.taken();
  t.is(kernel.messages.length, 2);
});

test('a directory that is removed takes with it what was below', async (t) => {
  const { session, tree, kernel } = connected();
  await find(session, 'dir');
  const deep = new FakeDirectory(40, tree.subdirectory);
  tree.subdirectory.entries.set('deep', deep);
  await lookup(session, 'deep', 12);
  // As Directory.remove tells it, from below.
  session.entryRemoved(deep, 'x');
  deep.removed = true;
  session.entryRemoved(tree.subdirectory, 'deep');
  tree.subdirectory.removed = true;
  session.entryRemoved(tree.root, 'dir');
  await kernel.taken();
  t.deepEqual(kernel.messages, [inode(40), inode(12), entry(1, 'dir'), inode(1)]);
});

test('before the mount there is nobody to tell', async (t) => {
  const kernel = new FakeKernel();
  const { session, tree } = setUp({ send: kernel.send });
  session.entryRemoved(tree.root, 'x');
  session.connect(9);
  await kernel.taken();
  t.deepEqual(kernel.messages, []);
});

test('the answer to a store waits until the kernel has dropped what it changed', async (t) => {
  const rig = connected();
  const { session, tree, kernel } = rig;
  const file = await openFile(session, 'delete', constants.O_WRONLY);
  const policy = await openFile(session, 'iopolicy', constants.O_WRONLY);
  unlinkOnStore(rig);
  const waits = startWrite(rig, policy);
  await turn();
  t.is(waits.replies.length, 0);
  t.is((await lookup(session, 'size')).error, 0, 'nothing else waits');
  kernel.takeOne();
  await turn();
  t.is(waits.replies.length, 0, 'one of two');
  // A change that comes later is not waited for.
  session.entryRemoved(tree.root, 'disk');
  kernel.takeOne();
  await turn();
  t.is(waits.replies.length, 1);
  t.is(waits.replies[0]?.error, 0);
  kernel.take();
  t.is((await write(session, file, '1')).error, 0, 'nothing to wait for');
});

test('a kernel that keeps nothing, or does not take it, holds nobody up', async (t) => {
  const rig = connected();
  const { session, kernel, logged } = rig;
  kernel.errors = ['ENOENT', 'EIO'];
  const policy = await openFile(session, 'iopolicy', constants.O_WRONLY);
  unlinkOnStore(rig);
  const waits = startWrite(rig, policy);
  await kernel.taken();
  t.is(waits.replies.length, 1);
  t.deepEqual(logged, ['notification failed']);
});

test('patience with the kernel ends: the store is answered', async (t) => {
  const rig = connected();
  const { session, kernel } = rig;
  const policy = await openFile(session, 'iopolicy', constants.O_WRONLY);
  unlinkOnStore(rig);
  const waits = startWrite(rig, policy);
  t.is((await waits.answered).error, 0);
  kernel.take();
  await turn();
  t.is(waits.replies.length, 1);
});

test('a file that was open when it was removed is dropped when it is closed', async (t) => {
  const { session, tree, kernel } = connected();
  const [nodeid, fh] = await openFile(session, 'iopolicy', constants.O_RDONLY);
  const [other, otherFh] = await openFile(session, 'iopolicy', constants.O_RDONLY);
  const release = (ino: number, file: bigint): Promise<Reply> =>
    ask(session, { opcode: Opcode.RELEASE, nodeid: ino, fields: [[ReleaseIn.FH, file]] });
  await release(nodeid, fh);
  await kernel.taken();
  t.deepEqual(kernel.messages, []);
  tree.policyRemoved = true;
  await release(other, otherFh);
  await kernel.taken();
  t.deepEqual(kernel.messages, [entry(1, 'iopolicy')]);
});

test('after disconnect nothing is sent, and what waits is answered', async (t) => {
  const rig = connected();
  const { session, tree, kernel } = rig;
  const policy = await openFile(session, 'iopolicy', constants.O_WRONLY);
  unlinkOnStore(rig);
  const waits = startWrite(rig, policy);
  let closed = false;
  const disconnected = session.disconnect().then(() => (closed = true));
  await turn();
  t.false(closed, 'a message is under way');
  kernel.takeOne();
  await disconnected;
  await waits.answered;
  session.entryRemoved(tree.root, 'dir');
  await kernel.taken();
  t.is(kernel.messages.length, 1);
});
