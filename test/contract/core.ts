import type { OpenedPath } from '../../src/drivers/opened-path.js';
import { NVME_TEMPLATE } from '../../src/drivers/nvme/template.js';
import { SCSI_TEMPLATE } from '../../src/drivers/scsi/template.js';
import type { Clock } from '../../src/multipath/clock.js';
import type { ReactorControl } from '../../src/multipath/control.js';
import { Engine } from '../../src/multipath/engine.js';
import type { Head } from '../../src/multipath/head.js';
import { AccessState, ControllerState, Iopolicy } from '../../src/multipath/names.js';
import type { Path } from '../../src/multipath/path.js';
import { findPath } from '../../src/multipath/policies/find-path.js';
import { Tables } from '../../src/shared/tables.js';

const SIZES = { heads: 1, partitions: 1, paths: 16, controllers: 16, nodes: 1, reactors: 1 };

/** Nobody does I/O here: which path a bio would take is asked of the policy. */
const NO_REACTORS: ReactorControl = {
  wake: () => undefined,
  installPath: () => Promise.resolve(),
  uninstallPath: () => Promise.resolve(),
  poll: (look) => setImmediate(look),
};

/** A path of the core, and what its driver opened. */
export interface Member {
  readonly path: Path;
  readonly opened: OpenedPath;
}

/** The core with one disk, whose paths are real to their drivers. */
export class Core {
  readonly #tables = new Tables(SIZES);
  readonly #engine: Engine;
  readonly #opened: OpenedPath[] = [];
  #head: Head | undefined;

  constructor(clock: Clock) {
    this.#engine = new Engine({
      tables: this.#tables,
      clock,
      reactors: NO_REACTORS,
      nodes: SIZES.nodes,
    });
  }

  async add(opened: OpenedPath): Promise<Member> {
    this.#opened.push(opened);
    this.#head ??= this.#engine.addHead({
      capacity: opened.capacity,
      blockShift: Math.log2(opened.blockSize),
      iopolicy: Iopolicy.NUMA,
      delayedRemovalSecs: 0,
      template: opened.identity?.kind === 'scsi' ? SCSI_TEMPLATE : NVME_TEMPLATE,
    });
    const path = await this.#engine.addPath(this.#head, {
      controller: this.#engine.addController({
        reconnectDelay: 1,
        ctrlLossTmo: -1,
        fastIoFailTmo: -1,
      }),
      numaNode: -1,
      accessState: opened.accessState ?? AccessState.OPTIMIZED,
      capacity: opened.capacity,
      fd: opened.fd,
      inMemory: opened.inMemory,
      block: opened.block,
      driver: opened.driver,
      closed: () => undefined,
    });
    opened.attach(path);
    return { path, opened };
  }

  /** The path that a bio would take now. */
  chosen(): Path | undefined {
    if (this.#head === undefined) return undefined;
    return this.#engine.path(findPath(this.#tables, this.#head.number, 0));
  }

  /** An I/O on the path ended with a path error, as a reactor reports it. */
  ioFailed({ controller, number }: Path, errno: number): void {
    if (controller.changeState(ControllerState.RESETTING)) this.#engine.pathFailed(number, errno);
  }

  async close(): Promise<void> {
    await this.#engine.shutdown();
    for (const opened of this.#opened.splice(0)) opened.close();
  }
}
