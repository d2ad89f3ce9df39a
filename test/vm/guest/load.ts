/** A verifying load in the background, in the size that an emulated machine can carry. */
import assert from 'node:assert/strict';
import { startFio } from '../../support/fio.js';
import type { FioRun } from '../../support/fio.js';

/** Longer than any scenario. */
const LIMIT_SECS = 600;
/** fio's exit code after SIGINT. */
const INTERRUPTED = 128;

/** Writes at random and reads back until it is stopped: no I/O may fail, no byte may be wrong. */
export class Load {
  readonly #name: string;
  readonly #run: FioRun;

  constructor(file: string) {
    this.#name = file;
    this.#run = startFio(
      {
        filename: file,
        size: '8m',
        ioengine: 'libaio',
        direct: 1,
        rw: 'randwrite',
        bs: '4k',
        iodepth: 8,
        verify: 'crc32c',
        verify_fatal: 1,
        verify_backlog: 64,
        verify_state_save: 0,
        time_based: true,
        runtime: LIMIT_SECS,
      },
      LIMIT_SECS * 1000,
    );
  }

  /** It runs: whoever changes something now does it in the middle of I/O. */
  assertRunning(): void {
    const { child } = this.#run;
    assert.ok(child.running(), `${this.#name}: fio ended: ${child.log()}${child.output()}`);
  }

  /** Has it finish what is in flight and report. */
  async stop(): Promise<void> {
    this.assertRunning();
    this.#run.child.kill('SIGINT');
    const [result, { code }] = await Promise.all([this.#run.result, this.#run.child.finished]);
    // What the exit code alone says is no failed I/O: it is how fio ends by a signal.
    const failed = result.error !== 0 && !(result.error === -1 && code === INTERRUPTED);
    assert.ok(!failed, `${this.#name}: fio failed:\n${this.#run.child.log()}`);
    assert.ok(result.write.ios > 100, `${this.#name}: fio wrote only ${result.write.ios} blocks`);
    assert.ok(result.read.ios > 100, `${this.#name}: fio verified only ${result.read.ios} blocks`);
  }
}
