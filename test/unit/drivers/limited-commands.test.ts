import test from 'ava';
import { LimitedCommands } from '../../../src/drivers/limited-commands.js';
import { FakeClock, settle } from '../../sim/fake-clock.js';

/** A command that ends when the test says. */
class Sent {
  data: Uint8Array | undefined;
  times = 0;
  resolve!: (value: string) => void;
  reject!: (error: Error) => void;

  readonly send = (data: Uint8Array | undefined): Promise<string> => {
    this.data = data;
    this.times += 1;
    return new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  };
}

test('an answer in time comes with its data', async (t) => {
  const clock = new FakeClock();
  const limited = new LimitedCommands(clock);
  const sent = new Sent();
  const data = new Uint8Array([1, 2, 3]);
  const answer = limited.run({ data, timeoutMs: 1000 }, sent.send);
  t.deepEqual(sent.data, new Uint8Array([1, 2, 3]));
  sent.data!.set([7, 8, 9]);
  t.deepEqual(data, new Uint8Array([1, 2, 3]));
  await clock.advance(999);
  sent.resolve('done');
  t.is(await answer, 'done');
  t.deepEqual(data, new Uint8Array([7, 8, 9]));
  t.is(clock.pending, 0);
});

test('an error in time is the one of the port', async (t) => {
  const clock = new FakeClock();
  const sent = new Sent();
  const answer = new LimitedCommands(clock).run({ data: undefined, timeoutMs: 1 }, sent.send);
  sent.reject(new Error('ENODEV'));
  await t.throwsAsync(answer, { message: 'ENODEV' });
  t.is(clock.pending, 0);
});

test('what is late is given up, and changes nothing any more', async (t) => {
  const clock = new FakeClock();
  const limited = new LimitedCommands(clock);
  const sent = new Sent();
  const data = new Uint8Array(3);
  const answer = limited.run({ data, timeoutMs: 1000 }, sent.send);
  const refused = t.throwsAsync(answer, { code: 'ETIMEDOUT', message: /1000 ms/ });
  await clock.advance(1000);
  t.like(await refused, { errno: -110 });
  sent.data!.fill(7);
  sent.resolve('late');
  await settle();
  t.deepEqual(data, new Uint8Array(3));
});

test('nothing is sent while a command that was given up is on its way', async (t) => {
  const clock = new FakeClock();
  const limited = new LimitedCommands(clock);
  const command = { data: undefined, timeoutMs: 1000 };
  const [first, second, third, fourth] = [new Sent(), new Sent(), new Sent(), new Sent()];
  const lost = [limited.run(command, first.send), limited.run(command, second.send)];
  const given = Promise.all(lost.map((each) => t.throwsAsync(each, { code: 'ETIMEDOUT' })));
  await clock.advance(1000);
  await given;
  const late = { code: 'ETIMEDOUT', message: /still hangs/ };
  await t.throwsAsync(limited.run(command, third.send), late);
  first.resolve('late');
  await settle();
  await t.throwsAsync(limited.run(command, third.send), late);
  second.reject(new Error('late'));
  await settle();
  const answer = limited.run(command, fourth.send);
  fourth.resolve('done');
  t.is(await answer, 'done');
  t.is(third.times, 0);
});
