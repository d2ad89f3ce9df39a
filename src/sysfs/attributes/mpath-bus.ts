import type { Topology } from '../../topology/topology.js';
import type { AttributeTable } from '../attribute.js';

/** sys/bus/mpath, which the kernel does not have. */
export const MPATH_BUS: AttributeTable<Pick<Topology, 'addPath'>> = [
  {
    name: 'add_path',
    mode: 0o200,
    store: (topology, text) => topology.addPath(text),
  },
];
