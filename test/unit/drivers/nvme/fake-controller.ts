import type { DeviceFile } from '../../../../src/drivers/device-file.js';
import { openNvmePath } from '../../../../src/drivers/nvme/open.js';
import { NvmeControllers } from '../../../../src/drivers/nvme/controllers.js';
import type {
  NvmeAttachment,
  NvmeCommand,
  NvmeCompletion,
} from '../../../../src/drivers/nvme/port.js';
import type { OpenedPath } from '../../../../src/drivers/opened-path.js';
import { AccessState } from '../../../../src/multipath/names.js';
import type { Path } from '../../../../src/multipath/path.js';
import { Errno, errnoName } from '../../../../src/shared/errno.js';
import { FakeClock, settle } from '../../../sim/fake-clock.js';
import {
  anaLogPage,
  controllerPage,
  descriptorsPage,
  namespacePage,
  type ControllerFields,
  type GroupFields,
  type NamespaceFields,
} from './pages.js';

export const ANA_CHANGE = 0x0c0302;

type Name = 'controller' | 'namespace' | 'descriptors' | 'ana';

/** A controller that answers as its fields say when a command is answered. */
export class FakeController {
  fields: ControllerFields = {};
  readonly namespaces = new Map<number, NamespaceFields>([
    [1, {}],
    [2, {}],
  ]);
  /** Descriptors by NSID. */
  readonly descriptors = new Map<number, Parameters<typeof descriptorsPage>[0]>([
    [1, [[3, 'aaaaaaaa000040008000000000000001']]],
    [2, [[3, 'aaaaaaaa000040008000000000000002']]],
  ]);
  groups: GroupFields[] = [{ id: 1, state: 1, nsids: [1, 2] }];
  changeCount = 1n;
  state: string | undefined = 'live';
  address = 'traddr=1';
  system: Partial<Pick<NvmeAttachment, 'wwid' | 'subsysnqn'>> = {};
  /** A status that a command ends with, and an errno that it does not get through with. */
  readonly status = new Map<Name, number>();
  readonly errno = new Map<Name | `${Name} ${number}` | 'reset', number>();
  /** Commands as they come, the NSID of their path behind. */
  readonly sent: string[] = [];
  /** Commands that are not answered until `answer`. */
  hanging = false;
  readonly #held: (() => void)[] = [];
  resets = 0;
  readonly #listeners = new Set<(result: number) => void>();

  get listeners(): number {
    return this.#listeners.size;
  }

  /** Which commands came since this was called last. */
  take(): string[] {
    return this.sent.splice(0);
  }

  /** Puts namespace 1 and 2, or `nsids`, into one group that is in this state. */
  become(state: number, nsids: readonly number[] = [1, 2]): void {
    this.changeCount++;
    this.groups = [{ id: 1, state, nsids }];
  }

  async event(result = ANA_CHANGE): Promise<void> {
    for (const listener of this.#listeners) listener(result);
    await settle();
  }

  /** Answers a command that is held, the first or another, as things are now. */
  async answer(which = 0): Promise<void> {
    for (const release of this.#held.splice(which, 1)) release();
    await settle();
  }

  attachment(nsid: number): NvmeAttachment {
    const failing = (name: Name | `${Name} ${number}` | 'reset'): void => {
      const errno = this.errno.get(name);
      if (errno === undefined) return;
      const code = errnoName(errno);
      throw Object.assign(new Error(`${code}: no luck`), { code, errno: -errno });
    };
    return {
      port: {
        admin: async (command) => {
          const name = nameOf(command);
          this.sent.push(`${name} ${nsid}`);
          if (this.hanging) await new Promise<void>((resolve) => this.#held.push(resolve));
          failing(name);
          failing(`${name} ${nsid}`);
          return this.#complete(name, command);
        },
        io: () => Promise.reject(new Error('no I/O command is expected')),
        reset: () => {
          this.resets++;
          failing('reset');
          return Promise.resolve();
        },
      },
      nsid,
      transport: 'loop',
      address: this.address,
      numaNode: -1,
      wwid: undefined,
      subsysnqn: undefined,
      ...this.system,
      state: () => this.state,
      onEvent: (changed) => {
        this.#listeners.add(changed);
        return () => this.#listeners.delete(changed);
      },
    };
  }

  #complete(name: Name, { sqe, data }: NvmeCommand): NvmeCompletion {
    const status = this.status.get(name) ?? 0;
    if (data === undefined) throw new Error(`${name} without a buffer`);
    if (status === 0) data.set(this.#page(name, Buffer.from(sqe).readUInt32LE(4), data.length));
    return { status, result: 0n };
  }

  #page(name: Name, nsid: number, bytes: number): Uint8Array {
    switch (name) {
      case 'controller':
        return controllerPage(this.fields);
      case 'namespace': {
        const fields = this.namespaces.get(nsid);
        return fields === undefined ? new Uint8Array(4096) : namespacePage(fields);
      }
      case 'descriptors':
        return descriptorsPage(this.descriptors.get(nsid) ?? []);
      case 'ana':
        return anaLogPage(this.groups, { changeCount: this.changeCount, bytes });
    }
  }
}

function nameOf({ sqe }: NvmeCommand): Name {
  if (sqe[0] === 2 && sqe[40] === 0x0c) return 'ana';
  const name = (['namespace', 'controller', undefined, 'descriptors'] as const)[sqe[40] ?? 2];
  if (sqe[0] !== 6 || name === undefined) throw new Error(`opcode ${sqe[0]}, CDW10 ${sqe[40]}`);
  return name;
}

/** What the driver may touch of a path. */
export class FakePath {
  accessState: number = AccessState.OPTIMIZED;
  anaPending = false;
  removed = false;

  asPath(): Path {
    return this as unknown as Path;
  }
}

/** A machine with a clock, and files that know when they are closed. */
export class Rig {
  readonly clock = new FakeClock();
  readonly controllers = new NvmeControllers();
  readonly controller = new FakeController();
  readonly warnings: string[] = [];
  closed = 0;

  open(nsid = 1, controller = this.controller): Promise<OpenedPath> {
    const { clock, controllers, warnings } = this;
    const log = { warn: (message: string) => void warnings.push(message) };
    return openNvmePath(this.#file(), controller.attachment(nsid), { clock, controllers, log });
  }

  /** An open path that a FakePath follows. The commands of the opening are forgotten. */
  async attach(
    nsid = 1,
  ): Promise<{ opened: OpenedPath; path: FakePath; check: () => Promise<number> }> {
    const opened = await this.open(nsid);
    const path = new FakePath();
    opened.attach(path.asPath());
    await settle();
    this.controller.take();
    return { opened, path, check: () => opened.driver.check(path.asPath()) };
  }

  #file(): DeviceFile {
    return {
      fd: 9,
      capacity: 1 << 26,
      blockSize: 512,
      limits: {
        logicalBlockSize: 512,
        physicalBlockSize: 512,
        minimumIoSize: 512,
        optimalIoSize: 0,
        discardGranularity: 512,
        maxDiscardBytes: 0,
        maxWriteZeroesBytes: 0,
        rotational: false,
      },
      direct: true,
      inMemory: false,
      block: true,
      devt: { major: 259, minor: 1 },
      size: () => 1 << 26,
      close: () => {
        this.closed++;
      },
    };
  }
}

export const { EIO, ENODEV, ENOTCONN, ENXIO, ESTALE, ETIMEDOUT } = Errno;
