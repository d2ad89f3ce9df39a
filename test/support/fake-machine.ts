/** Trees like those of a machine, /sys and /proc, in a directory of the test's own. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import type { ExecutionContext } from 'ava';
import type { Roots } from '../../src/discovery/discover.js';

const FIXTURES = new URL('../../../test/fixtures/', import.meta.url);

/** By path: the content of a file, or where a link leads. A path that ends with / is a directory. */
export type Tree = Readonly<Record<string, string | Uint8Array | { readonly link: string }>>;

export function makeMachine(t: ExecutionContext, ...trees: readonly Tree[]): Roots {
  const directory = mkdtempSync(join(tmpdir(), 'mpathfs-machine-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  for (const tree of trees) {
    for (const [path, content] of Object.entries(tree)) make(join(directory, path), content);
  }
  return { sys: join(directory, 'sys'), proc: join(directory, 'proc'), dev: '/dev' };
}

function make(path: string, content: Tree[string]): void {
  if (path.endsWith('/')) {
    mkdirSync(path, { recursive: true });
    return;
  }
  mkdirSync(dirname(path), { recursive: true });
  if (typeof content === 'string' || content instanceof Uint8Array) writeFileSync(path, content);
  else symlinkSync(content.link, path);
}

export interface FakeDisk {
  /** `nvme0n1`, `sda`. */
  readonly name: string;
  readonly devt: string;
  readonly wwid?: string;
  /** Sectors of 512 bytes. */
  readonly size?: number;
  /** Of the controller or scsi_device: `0000:01:00.0`, `0:0:1:0`. */
  readonly address?: string;
  readonly diskseq?: number;
  /** More of the disk's directory, or instead of what is there. */
  readonly more?: Tree;
  /** The same of its controller or scsi_device. */
  readonly parent?: Tree;
}

/** A namespace of controller `nvmeN`, with one disk for each call. */
export function nvmeDisk(disk: FakeDisk): Tree {
  const controller = disk.name.replace(/n\d+$/, '');
  const parent = `sys/devices/pci0000:00/nvme/${controller}`;
  return {
    ...files(parent, {
      subsystem: { link: '../../../../class/nvme' },
      address: `${disk.address ?? '0000:01:00.0'}\n`,
      cntlid: '1\n',
      model: 'Model          \n',
      serial: 'S1             \n',
      subsysnqn: 'nqn.test\n',
      numa_node: '-1\n',
      transport: 'pcie\n',
      ...disk.parent,
    }),
    ...blockDisk(`${parent}/${disk.name}`, '..', disk, {
      nsid: '1\n',
      ...(disk.wwid === undefined ? {} : { wwid: `${disk.wwid}\n` }),
    }),
  };
}

/** The disk of a scsi_device. */
export function scsiDisk(disk: FakeDisk): Tree {
  const unit = `sys/devices/pci0000:00/host0/target0/${disk.address ?? '0:0:0:0'}`;
  return {
    ...files(unit, {
      subsystem: { link: '../../../../../bus/scsi' },
      type: '0\n',
      vendor: 'VENDOR  \n',
      model: 'MODEL           \n',
      state: 'running\n',
      ...(disk.wwid === undefined ? {} : { wwid: `${disk.wwid}\n` }),
      ...disk.parent,
    }),
    ...blockDisk(`${unit}/block/${disk.name}`, '../..', disk, {}),
  };
}

function blockDisk(directory: string, device: string, disk: FakeDisk, own: Tree): Tree {
  return {
    ...files(directory, {
      device: { link: device },
      dev: `${disk.devt}\n`,
      size: `${disk.size ?? 2048}\n`,
      ro: '0\n',
      removable: '0\n',
      'holders/': '',
      ...(disk.diskseq === undefined ? {} : { diskseq: `${disk.diskseq}\n` }),
      ...own,
      ...disk.more,
    }),
    ...blockLinks(directory, disk.devt),
  };
}

function files(directory: string, tree: Tree): Tree {
  return Object.fromEntries(
    Object.entries(tree).map(([path, content]) => [`${directory}/${path}`, content]),
  );
}

function blockLinks(directory: string, devt: string | undefined): Tree {
  const links = [`sys/block/${basename(directory)}`];
  if (devt !== undefined) links.push(`sys/dev/block/${devt}`);
  return Object.fromEntries(
    links.map((link) => [link, { link: relative(dirname(link), directory) }]),
  );
}

/** A capture of a real tree (see README.md there), with /sys/block and /sys/dev/block added. */
export function goldenTree(file: string): Tree {
  const tree: Record<string, Tree[string]> = {};
  for (const line of readFileSync(new URL(file, FIXTURES), 'utf8').split('\n')) {
    const [, path = '', type, rest = ''] =
      /^(\/sys\/\S+) ([FL]) (?:\d+ |-> )?(.*)$/.exec(line) ?? [];
    if (type === 'L') tree[path.slice(1)] = { link: rest };
    else if (rest.startsWith('"')) tree[path.slice(1)] = JSON.parse(rest) as string;
    else if (rest.startsWith('hex:')) tree[path.slice(1)] = Buffer.from(rest.slice(4), 'hex');
  }
  for (const [path, content] of Object.entries({ ...tree })) {
    const disk = dirname(path);
    if (typeof content !== 'object' || !('link' in content)) continue;
    if (basename(path) !== 'subsystem' || !content.link.endsWith('class/block')) continue;
    const devt = tree[`${disk}/dev`];
    Object.assign(tree, blockLinks(disk, typeof devt === 'string' ? devt.trim() : undefined));
  }
  return tree;
}
