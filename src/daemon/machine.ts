import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { LOCAL_DISTANCE, REMOTE_DISTANCE } from '../multipath/names.js';

/** What the reactors and the policies need to know of the machine. */
export interface Machine {
  /** Number of possible CPUs: the kernel has as many FUSE queues. */
  readonly possibleCpus: number;
  readonly onlineCpus: readonly number[];
  /** NUMA node of each possible CPU. */
  readonly cpuNode: readonly number[];
  /** Nodes 0..nodes-1 exist. */
  readonly nodes: number;
  /** node_distance(a, b). */
  distance(a: number, b: number): number;
}

const SYS = '/sys/devices/system';

/**
 * Reads the machine from sysfs. `cpuNodes` overrides the node of CPU 0, 1, ... and `extraNodes`
 * makes room for nodes that only the configuration knows; those are REMOTE_DISTANCE from all.
 */
export function readMachine(cpuNodes: readonly number[], extraNodes: number): Machine {
  const possibleCpus = 1 + Math.max(...parseList(read(`${SYS}/cpu/possible`) ?? '0'));
  const onlineCpus = parseList(read(`${SYS}/cpu/online`) ?? '0');
  const realNodes = existsSync(`${SYS}/node`)
    ? readdirSync(`${SYS}/node`)
        .filter((name) => /^node\d+$/.test(name))
        .map((name) => Number(name.slice(4)))
    : [0];
  const cpuNode: number[] = new Array<number>(possibleCpus).fill(0);
  const distances = new Map<number, number[]>();
  for (const node of realNodes) {
    for (const cpu of parseList(read(`${SYS}/node/node${node}/cpulist`) ?? '')) cpuNode[cpu] = node;
    const line = read(`${SYS}/node/node${node}/distance`);
    if (line !== undefined) distances.set(node, line.split(/\s+/).map(Number));
  }
  cpuNodes.forEach((node, cpu) => {
    if (cpu < possibleCpus) cpuNode[cpu] = node;
  });
  return {
    possibleCpus,
    onlineCpus,
    cpuNode,
    nodes: Math.max(extraNodes, 1 + Math.max(...realNodes, ...cpuNode)),
    distance: (a, b) =>
      (realNodes.includes(b) ? distances.get(a)?.[realNodes.indexOf(b)] : undefined) ??
      (a === b ? LOCAL_DISTANCE : REMOTE_DISTANCE),
  };
}

/** A kernel list, `0-3,8`, as numbers; an empty one is empty. */
function parseList(text: string): number[] {
  const numbers: number[] = [];
  for (const part of text.trim().split(',')) {
    if (part === '') continue;
    const [first, last = first] = part.split('-').map(Number);
    for (let n = first!; n <= last!; n++) numbers.push(n);
  }
  return numbers;
}

function read(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
}
