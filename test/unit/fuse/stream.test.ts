/** Reads that wait. */
import { constants } from 'node:fs';
import test from 'ava';
import { Fopen, InterruptIn, Opcode, OpenOut } from '../../../src/fuse/wire.js';
import { Errno } from '../../../src/shared/errno.js';
import { ask, FakeRequest } from './fake-request.js';
import { find, open, openFile, read, release, setUp, startRead, turn } from './rig.js';

test('a stream is opened for reading, without a position', async (t) => {
  const { session } = setUp();
  const nodeid = await find(session, 'uevents');
  const { body } = await open(session, nodeid, constants.O_RDONLY);
  t.is(
    body.getUint32(OpenOut.OPEN_FLAGS, true),
    Fopen.DIRECT_IO | Fopen.NONSEEKABLE | Fopen.STREAM,
  );
  t.is((await open(session, nodeid, constants.O_RDWR)).error, -Errno.EACCES);
});

test('a read waits until there is something; the first that came gets it', async (t) => {
  const { session, tree } = setUp();
  const file = await openFile(session, 'uevents', constants.O_RDONLY);
  const stream = tree.streams[0]!;
  stream.emit('now');
  t.is((await read(session, file)).text, 'now');
  const first = startRead(session, file, 100n);
  const second = startRead(session, file, 102n);
  await turn();
  t.is(first.replies.length + second.replies.length, 0);
  stream.emit('one');
  await turn();
  t.deepEqual([first.replies[0]?.text, second.replies.length], ['one', 0]);
  stream.emit('two');
  await turn();
  t.is(second.replies[0]?.text, 'two');
  t.is(first.replies.length, 1);
});

test('what does not fit is there for the next read', async (t) => {
  const { session, tree } = setUp();
  const file = await openFile(session, 'uevents', constants.O_RDONLY);
  const first = startRead(session, file, 100n, 0, 3);
  const second = startRead(session, file, 102n, 0, 3);
  tree.streams[0]!.emit('abcde');
  t.is((await first.answered).text, 'abc');
  t.is((await second.answered).text, 'de');
});

test('two open files have streams of their own', async (t) => {
  const { session, tree } = setUp();
  const one = await openFile(session, 'uevents', constants.O_RDONLY);
  await openFile(session, 'uevents', constants.O_RDONLY);
  tree.streams[1]!.emit('x');
  t.is((await startRead(session, one, 1n, constants.O_NONBLOCK).answered).error, -Errno.EAGAIN);
});

test('an interrupt ends a read, once, whichever comes first', async (t) => {
  const { session, tree } = setUp();
  const file = await openFile(session, 'uevents', constants.O_RDONLY);
  const waits = startRead(session, file, 100n);
  const stays = startRead(session, file, 104n);
  session.interrupt(100n);
  session.interrupt(100n);
  t.is((await waits.answered).error, -Errno.EINTR);
  tree.streams[0]!.emit('x');
  t.is((await stays.answered).text, 'x');
  t.is(waits.replies.length, 1);
  const fields = [[InterruptIn.UNIQUE, 106n]] as const;
  const interrupt = new FakeRequest({ opcode: Opcode.INTERRUPT, nodeid: 0, fields });
  session.handle(interrupt);
  t.is(interrupt.replies.length, 0);
  t.is((await startRead(session, file, 106n).answered).error, -Errno.EINTR, 'it was overtaken');
  const later = startRead(session, file, 108n);
  await turn();
  t.is(later.replies.length, 0);
});

test('interrupts of other requests are not kept for ever', async (t) => {
  const { session } = setUp();
  const file = await openFile(session, 'uevents', constants.O_RDONLY);
  session.interrupt(1n);
  for (let i = 0n; i < 1000n; i++) session.interrupt(1000n + 2n * i);
  const read = startRead(session, file, 1n);
  await turn();
  t.is(read.replies.length, 0);
});

test('only so many reads wait, of all streams together', async (t) => {
  const { session, tree } = setUp({ waitingReads: 2 });
  const one = await openFile(session, 'uevents', constants.O_RDONLY);
  const two = await openFile(session, 'uevents', constants.O_RDONLY);
  const first = startRead(session, one, 100n);
  startRead(session, two, 102n);
  t.is((await startRead(session, two, 104n).answered).error, -Errno.EAGAIN);
  tree.streams[0]!.emit('x');
  await first.answered;
  const again = startRead(session, one, 106n);
  await turn();
  t.is(again.replies.length, 0);
});

test('closing ends the stream and what waits for it', async (t) => {
  const { session, tree } = setUp();
  const file = await openFile(session, 'uevents', constants.O_RDONLY);
  const waits = startRead(session, file, 100n);
  t.is((await ask(session, { opcode: Opcode.FLUSH, nodeid: file[0] })).error, 0);
  await release(session, file);
  t.is((await waits.answered).error, -Errno.EINTR);
  t.is(tree.streams.length, 0);
});

test('when all streams end, readers read the end', async (t) => {
  const { session, tree } = setUp();
  const file = await openFile(session, 'uevents', constants.O_RDONLY);
  const waits = startRead(session, file, 100n);
  session.endStreams();
  const reply = await waits.answered;
  t.deepEqual([reply.error, reply.text], [0, '']);
  tree.streams[0]!.emit('last');
  t.is((await read(session, file)).text, 'last');
  t.is((await startRead(session, file, 102n).answered).text, '');
});
