/** Who waits for a change hears of it: the stream of uevents, and poll() on an attribute. */
import { join } from 'node:path';
import { bash, cat, echo } from '../support/bash.js';
import { run, start, until } from '../support/child.js';
import { makeItFail, mountDisk, store, untilState } from '../support/disk.js';
import { TRANSPORTS } from '../support/mpathfs.js';
import { requires } from '../support/requires.js';

/** Reads an attribute, waits in poll() until it changes, and reads it again. */
const POLLER = `
import select, sys
file = open(sys.argv[1], 'rb', buffering=0)
def value():
    file.seek(0)
    return file.read(4096).decode().strip()
print(value(), flush=True)
poll = select.poll()
poll.register(file, select.POLLPRI | select.POLLERR)
for _ in range(int(sys.argv[2])):
    if not poll.poll(8000):
        print('timeout', flush=True)
        break
    print(value(), flush=True)
print('idle' if not poll.poll(300) else 'again')
`;

for (const [transport, needs] of TRANSPORTS) {
  const check = requires('root', 'python3', ...needs);

  check(`${transport}: uevents are streamed`, async (t) => {
    const disk = await mountDisk(t, transport);
    const reader = start(['cat', disk.mount.file('sys/kernel/uevents')], { dieWithParent: true });
    t.teardown(() => reader.stop());
    const other = start(['cat', disk.mount.file('sys/kernel/uevents')], { dieWithParent: true });
    t.teardown(() => other.stop());
    // Both have opened it before something happens.
    const open = async (): Promise<boolean> =>
      (
        await bash(
          'ls -l /proc/$1/fd /proc/$2/fd | grep -c uevents',
          String(reader.pid),
          String(other.pid),
        )
      ).stdout
        .toString()
        .trim() === '2';
    await until('both are open', open, 5000);
    await makeItFail(disk, 0, true);
    await untilState(disk, 0, 'connecting', 3000);
    await makeItFail(disk, 0, false);
    await untilState(disk, 0, 'live', 3000);
    await store(disk.mount.file('sys/class/nvme/nvme1/delete_controller'), 1);
    await until(
      'the removal',
      () => reader.output().includes('remove@/devices/virtual/nvme-fabrics/ctl/nvme1\n'),
      3000,
    );
    const text = reader.output();
    t.regex(
      text,
      /^change@\/devices\/virtual\/nvme-subsystem\/nvme-subsys0\/nvme0n1\nACTION=change\nDEVPATH=\/devices\/virtual\/nvme-subsystem\/nvme-subsys0\/nvme0n1\nSUBSYSTEM=block\nMAJOR=259\nMINOR=\d+\nDEVNAME=nvme0n1\nDEVTYPE=disk\n/m,
    );
    // The disk of a path is hidden, and says nothing (block/genhd.c: device_add_disk).
    t.notRegex(text, /nvme0c1n1/);
    const seqnums = [...text.matchAll(/^SEQNUM=(\d+)$/gm)].map(([, number]) => Number(number));
    t.true(seqnums.length >= 3);
    t.deepEqual(
      seqnums,
      seqnums.map((_, i) => (seqnums[0] ?? 0) + i),
      'none is missing',
    );
    await until('the other has the same', () => other.output() === text, 2000);

    t.is(await echo('change', join(disk.head, 'uevent')), '');
    await until('the one asked for', () => reader.output().length > text.length, 2000);
    t.is(await echo('explode', join(disk.head, 'uevent')), 'Invalid argument');
    reader.kill('SIGINT');
    await reader.finished;
    // Without waiting.
    const now = await run([
      'dd',
      'status=none',
      'iflag=nonblock',
      `if=${disk.mount.file('sys/kernel/uevents')}`,
    ]);
    t.regex(now.stderr, /Resource temporarily unavailable/);
    // A reader that waits is using the mount; the second signal detaches it, and the reader ends.
    disk.mount.daemon.kill('SIGTERM');
    await until('it is refused', () => disk.mount.daemon.log().includes('in use'), 5000);
    t.true(other.running());
    const ended = await disk.mount.terminate();
    t.is(ended.code, 0);
    t.is((await other.finished).code, 0);
  });

  check(`${transport}: poll() on an attribute wakes when it changes`, async (t) => {
    const disk = await mountDisk(t, transport);
    const policy = start(['python3', '-c', POLLER, disk.iopolicy, '2'], { timeoutMs: 15_000 });
    const state = start(['python3', '-c', POLLER, disk.state(0), '1'], { timeoutMs: 15_000 });
    t.teardown(() => policy.stop());
    t.teardown(() => state.stop());
    await until('they wait', () => policy.output() !== '' && state.output() !== '', 5000);
    await store(disk.iopolicy, 'round-robin');
    await until('it was seen', () => policy.output().includes('round-robin'), 3000);
    await store(disk.iopolicy, 'queue-depth');
    t.is((await policy.finished).stdout.toString(), 'numa\nround-robin\nqueue-depth\nidle\n');
    await makeItFail(disk, 0, true);
    await until('the state changes', () => state.output().split('\n').length > 2, 5000);
    t.regex(state.output(), /^live\n(resetting|connecting)\n/);
    t.is(await cat(disk.iopolicy), 'queue-depth\n');
  });
}
