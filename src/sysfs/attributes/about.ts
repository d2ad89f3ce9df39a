import type { AttributeTable } from '../attribute.js';
import { line } from '../format.js';

/** The running mount. */
export interface MountInfo {
  readonly version: string;
  readonly pid: number;
  /** `ring` or `devfuse`. */
  readonly transport: string;
  /** Reactors, and request entries of each. */
  readonly reactors: number;
  readonly queueDepth: number;
  /** Bytes of heap in use, by reactor. */
  readonly heapUsed?: () => Promise<readonly number[]>;
}

/** sys/fs/mpathfs. */
export const ABOUT: AttributeTable<MountInfo> = [
  { name: 'version', mode: 0o444, show: ({ version }) => line(version) },
  { name: 'pid', mode: 0o444, show: ({ pid }) => line(pid) },
  { name: 'transport', mode: 0o444, show: ({ transport }) => line(transport) },
  {
    name: 'heap_used',
    mode: 0o444,
    show: async ({ heapUsed }) => ((await heapUsed?.()) ?? []).map(line).join(''),
    visible: ({ heapUsed }) => heapUsed !== undefined,
  },
];
