/**
 * What a mount's reactors allocate. V8's heap size alone doesn't show it: what is allocated
 * for each I/O is garbage at once, and a collection takes it away again. So the collections
 * (node --trace-gc) are added up: allocated = growth of the heap + what was collected.
 */
import { cat } from './bash.js';
import type { Mount } from './mpathfs.js';

export const TRACE_GC = ['--trace-gc'];

/** `[pid:isolate] 35 ms: Scavenge 4.4 (4.5) -> 3.8 (5.5) MB, ...`, sizes in MiB. */
const COLLECTION = /^\[\d+:(0x[0-9a-f]+)\].*?([\d.]+) \([\d.]+\) -> ([\d.]+) \([\d.]+\) MB/gm;

/** Bytes that the reactors of a mount started with TRACE_GC have allocated since their start. */
export async function allocatedByReactors(mount: Mount): Promise<number> {
  const heaps = await cat(mount.file('sys/fs/mpathfs/heap_used'));
  let allocated = heaps
    .trim()
    .split(/\s+/)
    .reduce((sum, bytes) => sum + Number(bytes), 0);
  let main: string | undefined;
  for (const [, isolate, before, after] of mount.daemon.output().matchAll(COLLECTION)) {
    // The main thread is the first to collect: it starts the others.
    main ??= isolate;
    if (isolate !== main) allocated += (Number(before) - Number(after)) * 2 ** 20;
  }
  return allocated;
}
