import type {
  AttributeNode,
  DirectoryNode,
  DiskNode,
  LinkNode,
  Shown,
  Stream,
  StreamNode,
  TreeNode,
} from '../../../src/fuse/node.js';
import { DISK_INO_BASE } from '../../../src/fuse/wire.js';
import { Errno } from '../../../src/shared/errno.js';

export const DISK_INO = 3 * 2 ** 32 + DISK_INO_BASE + 7;
export const DISK_SIZE = 1 << 20;
export const POLICY_INO = 10;

/** A directory whose children are what the test puts there. */
export class FakeDirectory implements DirectoryNode {
  readonly kind = 'directory';
  readonly mode = 0o755;
  readonly ino: number;
  readonly parent: DirectoryNode | undefined;
  readonly entries = new Map<string, TreeNode>();
  removed = false;

  constructor(ino: number, parent?: DirectoryNode) {
    this.ino = ino;
    this.parent = parent;
  }

  get directories(): number {
    return [...this.entries.values()].filter(({ kind }) => kind === 'directory').length;
  }

  child(name: string): TreeNode | undefined {
    return this.entries.get(name);
  }

  children(): Iterable<readonly [string, TreeNode]> {
    return this.entries;
  }
}

/** The messages of a stream that the test fills. */
export class FakeStream implements Stream {
  readonly messages: Uint8Array[] = [];
  readonly #wake: () => void;
  readonly #closed: () => void;

  constructor(wake: () => void, closed: () => void) {
    this.#wake = wake;
    this.#closed = closed;
  }

  emit(text: string): void {
    this.messages.push(Buffer.from(text));
    if (this.messages.length === 1) this.#wake();
  }

  get ready(): boolean {
    return this.messages.length > 0;
  }

  read(length: number): Uint8Array {
    const message = this.messages.shift() ?? new Uint8Array(0);
    if (message.length > length) this.messages.unshift(message.subarray(length));
    return message.subarray(0, length);
  }

  close(): void {
    this.#closed();
  }
}

/** One of everything. Attributes are made anew at every look, as in the real tree. */
export class FakeTree {
  shows = 0;
  value = 'numa\n';
  show: () => Shown | Promise<Shown> = () => {
    this.shows++;
    return this.value;
  };
  readonly stored: string[] = [];
  store: (text: string) => number | Promise<number> = () => 0;
  live = true;
  policyRemoved = false;
  readonly openers: number[] = [];
  readonly streams: FakeStream[] = [];
  readonly root = new Root(this);
  readonly subdirectory = new FakeDirectory(12, this.root);

  constructor() {
    const { entries } = this.root;
    const base = { removed: false } as const;
    const disk: DiskNode = {
      ...base,
      kind: 'disk',
      ino: DISK_INO,
      mode: 0o660,
      bdev: 7,
      size: () => DISK_SIZE,
      live: () => this.live,
      opened: () => this.openers.push(1),
      released: () => this.openers.push(-1),
    };
    const link: LinkNode = {
      ...base,
      kind: 'link',
      ino: 11,
      mode: 0o777,
      target: () => '../../x',
    };
    const stream: StreamNode = {
      ...base,
      kind: 'stream',
      ino: 19,
      mode: 0o444,
      open: (wake) => {
        const made = new FakeStream(wake, () => {
          this.streams.splice(this.streams.indexOf(made), 1);
        });
        this.streams.push(made);
        return made;
      },
    };
    const attribute = (
      ino: number,
      mode: number,
      rest: Pick<AttributeNode, 'show' | 'store'>,
    ): AttributeNode => {
      const fixed = { kind: 'attribute', name: '', directory: 1, size: 4096 } as const;
      return { ...base, ...fixed, ino, mode, ...rest };
    };
    const boom = (): never => {
      throw new Error('boom');
    };
    const late = (): Promise<number> => Promise.reject(new Error('late'));
    entries.set('disk', disk);
    entries.set('link', link);
    entries.set('dir', this.subdirectory);
    entries.set('size', attribute(13, 0o444, { show: () => '8\n' }));
    entries.set('delete', attribute(14, 0o200, { store: () => 0 }));
    entries.set('throws', attribute(15, 0o644, { show: boom, store: boom }));
    entries.set('refuses', attribute(16, 0o444, { show: () => -Errno.ENODATA }));
    entries.set('later', attribute(17, 0o200, { store: late }));
    const binary = { show: () => Uint8Array.of(0, 0x83, 0xff, 1) };
    entries.set('vpd', { ...attribute(18, 0o444, binary), size: 0 });
    entries.set('uevents', stream);
  }
}

class Policy implements AttributeNode {
  readonly kind = 'attribute';
  readonly name = 'iopolicy';
  readonly directory = 1;
  readonly ino = POLICY_INO;
  readonly mode = 0o644;
  readonly size = 4096;
  readonly #tree: FakeTree;

  constructor(tree: FakeTree) {
    this.#tree = tree;
  }

  get removed(): boolean {
    return this.#tree.policyRemoved;
  }

  show(): Shown | Promise<Shown> {
    return this.#tree.show();
  }

  store(text: string): number | Promise<number> {
    this.#tree.stored.push(text);
    return this.#tree.store(text);
  }
}

/** With `iopolicy`, another object each time, in front of the others. */
class Root extends FakeDirectory {
  readonly #tree: FakeTree;

  constructor(tree: FakeTree) {
    super(1);
    this.#tree = tree;
  }

  override child(name: string): TreeNode | undefined {
    return name === 'iopolicy' ? new Policy(this.#tree) : super.child(name);
  }

  override *children(): Generator<readonly [string, TreeNode]> {
    yield ['iopolicy', new Policy(this.#tree)];
    yield* this.entries;
  }
}
