/** The hot path allocates nothing: no object, no boxed number for an I/O. */
import { mountDisk, setIopolicy } from '../support/disk.js';
import type { TestDisk } from '../support/disk.js';
import { fio } from '../support/fio.js';
import { allocatedByReactors, TRACE_GC } from '../support/garbage.js';
import { TRANSPORTS } from '../support/mpathfs.js';
import { requires } from '../support/requires.js';

const IOS = 1_000_000;
/**
 * The smallest thing there is on V8's heap, a boxed number, has 16 bytes. The checks of the paths go
 * on meanwhile and take some, more of it the longer the I/O takes.
 */
const NOISE_BYTES = 4 * IOS;

for (const [transport, needs] of TRANSPORTS) {
  requires(
    'root',
    'fio',
    ...needs,
  )(`${transport}: the reactors allocate nothing in 1,000,000 I/Os`, async (t) => {
    const disk = await mountDisk(t, transport, { nodeFlags: TRACE_GC });
    await setIopolicy(disk, 'round-robin');
    // Until V8 has compiled all of it.
    await load(disk, 500_000);
    const before = await allocatedByReactors(disk.mount);
    t.true(before > 0);
    t.true((await load(disk, IOS)) >= IOS);
    const allocated = (await allocatedByReactors(disk.mount)) - before;
    t.log(`${(allocated / IOS).toFixed(2)} bytes for each I/O`);
    t.true(allocated < NOISE_BYTES, `the reactors allocated ${allocated} bytes`);
  });
}

/** Half reads, half writes, on two CPUs. */
async function load(disk: TestDisk, ios: number): Promise<number> {
  const result = await fio(
    {
      filename: disk.file,
      size: disk.size,
      ioengine: 'io_uring',
      direct: 1,
      rw: 'randrw',
      bs: '4k',
      iodepth: 32,
      numjobs: 2,
      norandommap: true,
      io_size: (ios / 2) * 4096,
    },
    120_000,
  );
  if (result.error !== 0) throw new Error(`fio: errno ${result.error}`);
  return result.read.ios + result.write.ios;
}
