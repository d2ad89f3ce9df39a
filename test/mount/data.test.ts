/** The disk file keeps what is written to it, and behaves like a block device. */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { bash, sha256 } from '../support/bash.js';
import { bytes, output, run, until } from '../support/child.js';
import { mountDisk, setIopolicy, store } from '../support/disk.js';
import type { TestDisk } from '../support/disk.js';
import { fio } from '../support/fio.js';
import type { FioOptions } from '../support/fio.js';
import { TRANSPORTS } from '../support/mpathfs.js';
import { requires } from '../support/requires.js';
import { scratch } from '../support/scratch.js';

const MIB = 2 ** 20;

for (const [transport, needs] of TRANSPORTS) {
  const check = requires('root', ...needs);

  for (const [kind, flag] of [
    ['O_DIRECT', 'direct'],
    ['buffered', 'fullblock'],
  ] as const) {
    for (const blockSize of ['4k', '512', '1M', '68k']) {
      check(`${transport}: ${kind} writes of ${blockSize} reach the image`, async (t) => {
        const disk = await mountDisk(t, transport, { mebibytes: 16 });
        await setIopolicy(disk, 'round-robin');
        const pattern = join(scratch(t), 'pattern');
        const length = blockSize === '512' ? MIB : 68 * 1024 * 60;
        writeFileSync(pattern, randomBytes(length));
        const before = await tail(disk, length);
        const flags = flag === 'direct' ? ['oflag=direct'] : [];
        const common = ['dd', 'status=none', `bs=${blockSize}`, 'conv=notrunc,fsync'];
        await output([...common, `if=${pattern}`, `of=${disk.file}`, 'iflag=fullblock', ...flags]);
        await sameStart(t, disk.device, pattern, length);
        t.true(before.equals(await tail(disk, length)), 'the rest is as it was');
        // Read back: through the other kind of open too, which must not be stale.
        await sameStart(t, disk.file, pattern, length);
        const direct = [`if=${disk.file}`, 'iflag=direct', 'bs=4k', `count=${length / 4096}`];
        const read = await bytes(['dd', 'status=none', ...direct]);
        t.true(read.equals(await bytes(['cat', pattern])));
      });
    }
  }

  check(`${transport}: a written file's fsync and close reach the image`, async (t) => {
    const disk = await mountDisk(t, transport, { mebibytes: 16 });
    for (const conversion of ['notrunc', 'notrunc,fsync', 'notrunc,fdatasync']) {
      const data = randomBytes(3 * 4096);
      const command = ['dd', 'status=none', 'bs=4096', 'seek=7', `conv=${conversion}`];
      await output([...command, `of=${disk.file}`, 'iflag=fullblock'], { input: data });
      const image = ['dd', 'status=none', 'bs=4096', 'skip=7', 'count=3', `if=${disk.device}`];
      t.true(data.equals(await bytes(image)), conversion);
    }
  });

  check(`${transport}: a direct read sees what a buffered write left in the cache`, async (t) => {
    const disk = await mountDisk(t, transport, { mebibytes: 16 });
    const data = randomBytes(4096).toString('hex');
    // Within one open, before close flushes: the kernel has to write the page back first.
    const result = await bash(
      `exec 3<> "$1"
       printf %s "$2" >&3
       dd if="$1" iflag=direct bs=4096 count=2 status=none`,
      disk.file,
      data,
    );
    t.is(result.stdout.toString(), data, result.stderr);
  });

  check(`${transport}: O_TRUNC leaves a disk alone`, async (t) => {
    const disk = await mountDisk(t, transport, { mebibytes: 16 });
    const before = await sha256(disk.device);
    const result = await bash(': > "$1"', disk.file);
    t.is(result.code, 0, result.stderr);
    t.is(await output(['stat', '--format=%s', disk.file]), `${disk.size}\n`);
    t.is(await sha256(disk.device), before);
    t.is(await sha256(disk.file), before);
  });

  check(`${transport}: unaligned O_DIRECT is EINVAL`, async (t) => {
    const disk = await mountDisk(t, transport, { mebibytes: 16 });
    const read = await run([
      'dd',
      `if=${disk.file}`,
      'of=/dev/null',
      'bs=100',
      'count=1',
      'iflag=direct',
    ]);
    t.regex(read.stderr, /Invalid argument/);
    const before = await sha256(disk.device);
    const write = await run(
      [
        'dd',
        `of=${disk.file}`,
        'bs=100',
        'count=1',
        'oflag=direct',
        'conv=notrunc',
        'iflag=fullblock',
      ],
      { input: randomBytes(100) },
    );
    t.regex(write.stderr, /Invalid argument/);
    t.is(await sha256(disk.device), before);
    const buffered = await run(['dd', `if=${disk.file}`, 'of=/dev/null', 'bs=100', 'count=3']);
    t.is(buffered.code, 0, buffered.stderr);
  });

  check(`${transport}: the end of the disk`, async (t) => {
    const disk = await mountDisk(t, transport, { mebibytes: 16 });
    const blocks = disk.size / 4096;
    for (const flag of ['fullblock', 'direct']) {
      const read = (skip: number): Promise<Buffer> =>
        bytes([
          'dd',
          'status=none',
          'bs=4096',
          `skip=${skip}`,
          'count=2',
          `iflag=${flag}`,
          `if=${disk.file}`,
        ]);
      t.is((await read(blocks - 1)).length, 4096, `${flag}: across the end`);
      t.is((await read(blocks)).length, 0, `${flag}: at the end`);
      t.is((await read(blocks + 10)).length, 0, `${flag}: after the end`);
    }
  });

  for (const [kind, flags] of [
    ['O_DIRECT', ['oflag=direct']],
    ['buffered', []],
  ] as const) {
    check(
      `${transport}: a ${kind} write after the end is ENOSPC, and the size stays`,
      async (t) => {
        const disk = await mountDisk(t, transport, { mebibytes: 16 });
        const where = [`of=${disk.file}`, `seek=${disk.size / 4096}`, 'conv=notrunc,fsync'];
        const past = await run(
          ['dd', 'bs=4096', 'count=1', 'iflag=fullblock', ...where, ...flags],
          {
            input: randomBytes(4096),
          },
        );
        t.regex(past.stderr, /No space left on device/);
        // A buffered write has moved the kernel's own idea of the size, which is put right after it.
        const size = (): Promise<string> => output(['stat', '--format=%s', disk.file]);
        await until(
          'the size is the disk’s',
          async () => (await size()) === `${disk.size}\n`,
          5000,
        );
        t.is(await output(['stat', '--format=%s', disk.device]), `${disk.size}\n`);
        t.is(await sha256(disk.file), await sha256(disk.device));
      },
    );
  }

  requires(
    'root',
    'fallocate',
    ...needs,
  )(`${transport}: fallocate punches a hole`, async (t) => {
    const disk = await mountDisk(t, transport, { mebibytes: 16 });
    // Its page is in the cache of the mount now, and has to go.
    await output(['cat', disk.file], { timeoutMs: 10_000 });
    await output(['fallocate', '--punch-hole', '--offset', '1MiB', '--length', '64KiB', disk.file]);
    const range = ['dd', 'status=none', 'bs=64k', 'skip=16', 'count=1'];
    const zeros = Buffer.alloc(65536);
    t.true(zeros.equals(await bytes([...range, `if=${disk.device}`])));
    t.true(zeros.equals(await bytes([...range, `if=${disk.file}`])));
    t.is(await sha256(disk.file), await sha256(disk.device));
    const grow = await run([
      'fallocate',
      '--offset',
      `${disk.size}`,
      '--length',
      '4096',
      disk.file,
    ]);
    t.not(grow.code, 0, 'a disk does not grow');
  });

  for (const [title, options] of [
    [
      '4k random, O_DIRECT, queue depth 32',
      { ioengine: 'io_uring', direct: 1, bs: '4k', iodepth: 32 },
    ],
    [
      'mixed sizes to 1M, O_DIRECT',
      { ioengine: 'libaio', direct: 1, bsrange: '512-1M', iodepth: 16 },
    ],
    ['buffered, mixed sizes', { ioengine: 'psync', bsrange: '512-256k', fsync: 50 }],
    ['mmap', { ioengine: 'mmap', bs: '4k', fsync: 500 }],
  ] as const satisfies readonly (readonly [string, FioOptions])[]) {
    requires(
      'root',
      'fio',
      ...needs,
    )(`${transport}: fio verifies ${title}`, async (t) => {
      const disk = await mountDisk(t, transport, { mebibytes: 32 });
      await setIopolicy(disk, 'queue-depth');
      const verify = { rw: 'randwrite', verify: 'crc32c', verify_fatal: 1, verify_state_save: 0 };
      const job = { filename: disk.file, size: disk.size, ...verify, ...options };
      const result = await fio(job, 60_000);
      t.is(result.error, 0);
      t.true(result.write.ios > 0);
      t.true(result.read.ios >= result.write.ios, 'everything was read back');
      // What fio wrote is on the image, not only in a cache.
      const image = await fio(
        { ...job, filename: disk.device, ioengine: 'psync', verify_only: true },
        60_000,
      );
      t.is(image.error, 0);
    });
  }

  check(`${transport}: make-it-slow delays`, async (t) => {
    const disk = await mountDisk(t, transport, { paths: 1, mebibytes: 16 });
    const read = ['dd', 'status=none', 'bs=4k', 'count=10', 'iflag=direct', `if=${disk.file}`];
    const fast = await run([...read, 'of=/dev/null']);
    await store(join(disk.path(0), 'make-it-slow'), 50_000);
    const slow = await run([...read, 'of=/dev/null']);
    t.is(slow.code, 0, slow.stderr);
    t.true(fast.elapsedMs < 300, `fast: ${fast.elapsedMs} ms`);
    t.true(slow.elapsedMs >= 500, `slow: ${slow.elapsedMs} ms`);
    t.true(slow.elapsedMs < 1500, `slow: ${slow.elapsedMs} ms`);
    await store(join(disk.path(0), 'make-it-slow'), 0);
    t.true((await run([...read, 'of=/dev/null'])).elapsedMs < 300);
  });
}

/** The image from `length` on. */
function tail(disk: TestDisk, length: number): Promise<Buffer> {
  return bytes(['tail', '-c', `+${length + 1}`, disk.device]);
}

async function sameStart(
  t: ExecutionContext,
  file: string,
  pattern: string,
  length: number,
): Promise<void> {
  const result = await run(['cmp', '-n', `${length}`, file, pattern]);
  t.is(result.code, 0, result.stdout.toString() + result.stderr);
}
