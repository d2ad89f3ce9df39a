import type { AttributeNode, DirectoryNode, TreeNode } from '../../../src/fuse/node.js';

/** One line for each node below a directory, as `find` would, in the order of the alphabet. */
export function listing(directory: DirectoryNode, prefix = ''): string[] {
  const lines: string[] = [];
  const children = [...directory.children()].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [name, node] of children) {
    const place = `${prefix}${name}`;
    lines.push(`${place} ${describe(node)}`);
    if (node.kind === 'directory') lines.push(...listing(node, `${place}/`));
  }
  return lines;
}

/** Every node below a directory with its path. */
export function* nodes(directory: DirectoryNode, prefix = ''): Generator<[string, TreeNode]> {
  for (const [name, node] of directory.children()) {
    yield [`${prefix}${name}`, node];
    if (node.kind === 'directory') yield* nodes(node, `${prefix}${name}/`);
  }
}

/** The node at a path without links, `sys/block`. */
export function at(root: DirectoryNode, place: string): TreeNode | undefined {
  return place
    .split('/')
    .reduce<TreeNode | undefined>(
      (node, name) => (node?.kind === 'directory' ? node.child(name) : undefined),
      root,
    );
}

/** What a link leads to, going through the tree as the kernel would. */
export function resolve(root: DirectoryNode, place: string): TreeNode | undefined {
  const link = at(root, place);
  if (link?.kind !== 'link') return undefined;
  const steps = place.split('/').slice(0, -1);
  for (const step of link.target().split('/')) {
    if (step === '..') steps.pop();
    else steps.push(step);
  }
  return at(root, steps.join('/'));
}

function describe(node: TreeNode): string {
  const mode = node.mode.toString(8).padStart(4, '0');
  switch (node.kind) {
    case 'directory':
      return `D ${mode}`;
    case 'link':
      return `L -> ${node.target()}`;
    case 'disk':
      return `B ${mode}`;
    case 'stream':
      return `S ${mode}`;
    case 'attribute':
      return `F ${mode} ${JSON.stringify(shown(node.show?.()))}`;
  }
}

/** The value; of one that takes its time, nothing. */
function shown(value: ReturnType<NonNullable<AttributeNode['show']>> | undefined): string | number {
  if (value === undefined || value instanceof Promise) return '';
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
}
