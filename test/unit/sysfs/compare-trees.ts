import { posix } from 'node:path';
import type { DirectoryNode, TreeNode } from '../../../src/fuse/node.js';
import type { Described, Tree } from './capture.js';
import { nodes } from './listing.js';

/** Our tree in the same form. */
export function describeTree(root: DirectoryNode): Tree {
  const tree = new Map<string, Described>();
  for (const [path, node] of nodes(root)) tree.set(`/${path}`, describe(`/${path}`, node));
  return tree;
}

function describe(path: string, node: TreeNode): Described {
  const mode = node.mode.toString(8).padStart(4, '0');
  switch (node.kind) {
    case 'directory':
      return { type: 'D', mode, value: '' };
    case 'link':
      return { type: 'L', mode: '', value: posix.join(posix.dirname(path), node.target()) };
    case 'disk':
      return { type: 'B', mode, value: '' };
    case 'stream':
      return { type: 'F', mode, value: '' };
    case 'attribute': {
      const shown = node.show === undefined ? '!EACCES' : node.show();
      return { type: 'F', mode, value: typeof shown === 'string' ? shown : '?' };
    }
  }
}

/** Where a capture looked. */
const ROOTS = [
  '/sys/module/nvme_core/parameters',
  '/sys/class/nvme-subsystem',
  '/sys/class/nvme',
  '/sys/class/nvme-generic',
  '/sys/devices/virtual/nvme-subsystem',
  '/sys/devices/virtual/nvme-fabrics',
  '/dev',
];

/** Each difference as `kind place`, those of values and modes with ours behind it. */
export function differences(golden: Tree, ours: Tree): Set<string> {
  const found = new Set<string>();
  for (const [path, theirs] of golden) {
    const mine = ours.get(path);
    if (mine === undefined) found.add(`missing ${place(path)}`);
    else
      for (const difference of compare(theirs, mine))
        found.add(`${difference[0]} ${place(path)} = ${difference[1]}`);
  }
  const roots = ROOTS.filter((root) => [...golden.keys()].some((path) => path.startsWith(root)));
  for (const path of ours.keys()) {
    // What is in /dev/disk is not captured.
    if (golden.has(path) || path.startsWith('/dev/disk')) continue;
    if (roots.some((root) => path.startsWith(`${root}/`))) found.add(`added ${place(path)}`);
  }
  return found;
}

function compare(theirs: Described, mine: Described): [string, string][] {
  const fields = ['type', 'mode', 'value'] as const;
  return fields
    .filter((field) => theirs[field] !== mine[field])
    .map((field) => [field, mine[field].trimEnd()]);
}

/** The path with the kind of device instead of its name. */
function place(path: string): string {
  return path
    .replace(/^\/sys\/devices\/virtual\/nvme-subsystem\/nvme-subsys\d+/, 'subsystem')
    .replace(/^subsystem\/nvme\d+n\d+/, 'head')
    .replace(/^subsystem\/ng\d+n\d+/, 'generic')
    .replace(/^\/sys\/devices\/virtual\/nvme-fabrics\/ctl(?=\/(power|uevent|subsystem)$)/, 'ctl')
    .replace(/^\/sys\/devices\/virtual\/nvme-fabrics\/ctl\/nvme\d+/, 'controller')
    .replace(/^controller\/nvme\d+c\d+n\d+/, 'path')
    .replace(/^\/sys\/module\/nvme_core\/parameters/, 'parameters')
    .replace(/(nvme|ng|hwmon)\d+(c\d+)?(n\d+)?$/, '$1');
}
