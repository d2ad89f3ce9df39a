import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { systemClock } from '../../../src/daemon/clock.js';
import { Reactors } from '../../../src/fuse/reactors.js';
import type { Controller } from '../../../src/multipath/controller.js';
import { Diagnosis } from '../../../src/multipath/driver.js';
import { Engine } from '../../../src/multipath/engine.js';
import type { Head } from '../../../src/multipath/head.js';
import type { Path } from '../../../src/multipath/path.js';
import { MAIL_SLOTS } from '../../../src/shared/layout.js';
import { Errno } from '../../../src/shared/errno.js';
import { Tables } from '../../../src/shared/tables.js';
import { TEMPLATE } from '../../sim/template.js';
import { scratch, type Owner } from '../../support/scratch.js';

const PAGE = 4096;
/** Not whole pages. */
const SIZE = 10 * PAGE + 512;

/** Real reactors on files, without a mount: their side towards the main thread. */
class Rig {
  readonly tables = new Tables({
    heads: 8,
    partitions: 1,
    paths: 2048,
    controllers: 64,
    nodes: 1,
    reactors: 2,
  });
  readonly failures: string[] = [];
  readonly reactors: Reactors;
  readonly engine: Engine;
  readonly file: string;
  closed = 0;

  constructor(t: Owner) {
    this.file = join(scratch(t), 'image');
    const bytes = Buffer.alloc(SIZE);
    for (let i = 0; i < SIZE; i++) bytes[i] = (i / PAGE) | 0;
    writeFileSync(this.file, bytes);
    const place = { cpu: -1, node: 0, queues: [0] };
    this.reactors = new Reactors(this.tables, [place, place], 1, {
      request: () => undefined,
      pathFailed: (path, errno) => {
        this.engine.pathFailed(path, errno);
      },
      wrotePastEnd: () => undefined,
      pollRefused: () => undefined,
      interrupted: () => undefined,
      failed: (_, message) => this.failures.push(message),
    });
    const { tables, reactors } = this;
    this.engine = new Engine({ tables, clock: systemClock, reactors, nodes: 1 });
  }

  head(): Head {
    return this.engine.addHead({
      capacity: SIZE,
      blockShift: 9,
      iopolicy: 0,
      delayedRemovalSecs: 0,
      template: TEMPLATE,
    });
  }

  controller(): Controller {
    return this.engine.addController({ reconnectDelay: 1, ctrlLossTmo: -1, fastIoFailTmo: -1 });
  }

  path(head: Head, controller = this.controller()): Promise<Path> {
    const fd = openSync(this.file, 'r+');
    return this.engine.addPath(head, {
      controller,
      numaNode: -1,
      accessState: 0,
      capacity: SIZE,
      fd,
      inMemory: false,
      block: false,
      driver: {
        check: ({ number }) => this.reactors.check(number),
        diagnose: () => Promise.resolve(Diagnosis.DEVICE),
      },
      closed: () => {
        this.closed++;
        closeSync(fd);
      },
    });
  }

  async end(): Promise<void> {
    for (const head of this.engine.heads) await this.engine.removeHead(head);
    await this.engine.shutdown();
    this.reactors.stop();
    await this.reactors.finished;
  }
}

test('readPage: the data, short at the end, nothing behind it; many at once', async (t) => {
  const rig = new Rig(t);
  const head = rig.head();
  await rig.path(head);
  const pages = await Promise.all(
    Array.from({ length: 13 }, (_, i) => rig.reactors.readPage(head, i * PAGE)),
  );
  t.deepEqual(
    pages.map((page) => page.length),
    [...Array.from({ length: 10 }, () => PAGE), 512, 0, 0],
  );
  pages.forEach((page, i) => t.true(page.every((byte) => byte === i)));
  t.deepEqual([head.stat.readIos, head.stat.readSectors, head.bdev.inflight()], [11, 81, 0]);
  await rig.end();
  t.is(rig.closed, 1);
  t.deepEqual(rig.failures, []);
});

test('readPage: fails over; waits for a path; EIO without one, of a removed head, and at the end', async (t) => {
  const rig = new Rig(t);
  const head = rig.head();
  const [one, two] = [await rig.path(head), await rig.path(head)];
  one.makeItFail = true;
  t.is((await rig.reactors.readPage(head, PAGE))[0], 1);
  t.is(one.failovers + two.failovers, 1);

  two.accessState = 2;
  let read: Uint8Array | undefined;
  const waiting = rig.reactors.readPage(head, 2 * PAGE).then((page) => (read = page));
  await new Promise((resolve) => setTimeout(resolve, 50));
  t.is(read, undefined);
  t.is(head.bdev.inflight(), 1);
  two.accessState = 0;
  t.is((await waiting)[0], 2);

  one.offline = true;
  two.offline = true;
  const error = { name: 'ReadError', errno: Errno.EIO };
  await t.throwsAsync(rig.reactors.readPage(head, 0)).then((thrown) => {
    t.like(thrown, error);
  });
  await rig.engine.removeHead(head);
  await t.throwsAsync(rig.reactors.readPage(head, 0)).then((thrown) => {
    t.like(thrown, error);
  });
  const parked = rig.head();
  const third = await rig.path(parked);
  third.accessState = 2;
  const never = t.throwsAsync(rig.reactors.readPage(parked, 0));
  await rig.end();
  t.like(await never, error);
  await t.throwsAsync(rig.reactors.readPage(parked, 0)).then((thrown) => {
    t.like(thrown, error);
  });
});

test('more mail than the mailbox holds, and more checks than run at once', async (t) => {
  const rig = new Rig(t);
  const controller = rig.controller();
  const heads = Array.from({ length: 8 }, () => rig.head());
  const paths = await Promise.all(
    Array.from({ length: 128 }, (_, i) => rig.path(heads[i % 8]!, controller)),
  );
  t.true(paths.every(({ ready }) => ready));
  // Each path once more into its slot: more than the mailbox has room for.
  const installs = Array.from({ length: 2 * MAIL_SLOTS + 100 }, (_, i) =>
    rig.reactors.installPath(paths[i % paths.length]!.number),
  );
  const answers = await Promise.all(paths.map((path) => path.answer()));
  await Promise.all(installs);
  t.true(answers.every((errno) => errno === 0));
  t.is((await rig.reactors.readPage(heads[0]!, 3 * PAGE))[0], 3);
  await rig.end();
  t.is(rig.closed, 128);
  t.deepEqual(rig.failures, []);
});
