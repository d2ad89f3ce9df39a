/** poll() on attributes, disks and streams. */
import { constants } from 'node:fs';
import test from 'ava';
import { NotifyCode, PollEvent } from '../../../src/fuse/wire.js';
import { FakeKernel } from './fake-kernel.js';
import { POLICY_INO } from './fake-tree.js';
import { openFile, poll, read, release, setUp, write, type Rig } from './rig.js';

const QUIET = PollEvent.IN | PollEvent.OUT | PollEvent.RDNORM | PollEvent.WRNORM;
const CHANGED = QUIET | PollEvent.ERR | PollEvent.PRI;

function connected(): Rig & { readonly kernel: FakeKernel } {
  const kernel = new FakeKernel();
  const rig = setUp({ send: kernel.send });
  rig.session.connect(9);
  return { ...rig, kernel };
}

test('an attribute is changed until it is read, for each open file', async (t) => {
  const { session } = setUp();
  const one = await openFile(session, 'iopolicy', constants.O_RDONLY);
  const two = await openFile(session, 'iopolicy', constants.O_RDONLY);
  t.is(await poll(session, one), CHANGED);
  await read(session, one);
  t.is(await poll(session, one), QUIET);
  t.is(await poll(session, two), CHANGED);
  session.attributeChanged(POLICY_INO);
  t.is(await poll(session, one), CHANGED);
  await read(session, one, 2);
  t.is(await poll(session, one), QUIET, 'a jump shows anew');
  session.attributeChanged(POLICY_INO + 1);
  t.is(await poll(session, one), QUIET);
});

test('who waits is woken once by a change', async (t) => {
  const { session, kernel } = connected();
  const file = await openFile(session, 'iopolicy', constants.O_RDONLY);
  const other = await openFile(session, 'iopolicy', constants.O_RDONLY);
  await read(session, file);
  await poll(session, file, 77);
  await poll(session, other);
  session.attributeChanged(POLICY_INO);
  session.attributeChanged(POLICY_INO);
  kernel.take();
  t.deepEqual(kernel.messages, [{ code: NotifyCode.POLL, poller: 77 }]);
  await poll(session, file, 77);
  await release(session, file);
  session.attributeChanged(POLICY_INO);
  kernel.take();
  t.is(kernel.messages.length, 1, 'not after the close');
});

test('a store that changes what is shown wakes, one that does not does not', async (t) => {
  const { session, kernel, tree } = connected();
  const file = await openFile(session, 'iopolicy', constants.O_RDWR);
  tree.store = (text) => {
    tree.value = text;
    return 0;
  };
  await read(session, file);
  const { shows } = tree;
  await write(session, file, 'a\n');
  t.is(tree.shows, shows, 'nobody waits: nothing is compared');
  await read(session, file);
  await poll(session, file, 5);
  await write(session, file, 'a\n');
  kernel.take();
  t.is(kernel.messages.length, 0);
  t.is(await poll(session, file), QUIET);
  const written = write(session, file, 'b\n');
  await kernel.taken();
  t.is((await written).error, 0);
  t.is(kernel.messages.length, 1);
  t.is(await poll(session, file), CHANGED);
});

test('a store that tells its change itself is one change', async (t) => {
  const { session, tree } = setUp();
  const writer = await openFile(session, 'iopolicy', constants.O_WRONLY);
  const file = await openFile(session, 'iopolicy', constants.O_RDONLY);
  await read(session, file);
  await poll(session, file, 5);
  tree.store = async (text) => {
    tree.value = text;
    session.attributeChanged(POLICY_INO);
    // Woken, it reads before the store has ended.
    await read(session, file);
    return 0;
  };
  await write(session, writer, 'b\n');
  t.is(await poll(session, file), QUIET);
});

test('a store is done even if the value can not be shown', async (t) => {
  const { session, tree, logged } = setUp();
  const file = await openFile(session, 'iopolicy', constants.O_RDWR);
  await poll(session, file, 5);
  tree.show = () => {
    throw new Error('boom');
  };
  t.is((await write(session, file, 'b\n')).error, 0);
  t.deepEqual(tree.stored, ['b\n']);
  t.deepEqual(logged, []);
});

test('a removed attribute counts as changed, a disk as ready', async (t) => {
  const { session, tree } = setUp();
  const file = await openFile(session, 'iopolicy', constants.O_RDONLY);
  await read(session, file);
  tree.policyRemoved = true;
  t.is(await poll(session, file), CHANGED);
  t.is(await poll(session, await openFile(session, 'disk', constants.O_RDONLY)), QUIET);
});

test('a stream is readable when it has something, and wakes', async (t) => {
  const { session, tree, kernel } = connected();
  const file = await openFile(session, 'uevents', constants.O_RDONLY);
  t.is(await poll(session, file, 8), 0);
  tree.streams[0]?.emit('hello');
  kernel.take();
  t.deepEqual(kernel.messages, [{ code: NotifyCode.POLL, poller: 8 }]);
  t.is(await poll(session, file, 8), PollEvent.IN | PollEvent.RDNORM);
  await read(session, file);
  t.is(await poll(session, file), 0);
});
