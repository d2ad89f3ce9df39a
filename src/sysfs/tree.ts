import type { DirectoryNode } from '../fuse/node.js';
import type { Head } from '../multipath/head.js';
import { Departures } from '../topology/departures.js';
import type { Topology } from '../topology/topology.js';
import { ABOUT, type MountInfo } from './attributes/about.js';
import { Directory } from './directory.js';
import { InodeNumbers } from './inode-numbers.js';
import { NvmeTree } from './nvme-tree.js';
import type { Roots } from './roots.js';
import { ScsiTree } from './scsi-tree.js';

/**
 * Makes the tree of a mount: `dev/` with the disks and `sys/` in the kernel's layout. It
 * follows the engine: a disk appears when its head is live for the first time, and what the
 * engine removes leaves the tree.
 */
export function buildTree(topology: Topology, info: MountInfo): { root: DirectoryNode } {
  const { engine } = topology;
  const root = Directory.root(new InodeNumbers());
  const dev = root.directory('dev');
  const sys = root.directory('sys');
  const roots: Roots = {
    dev,
    devices: sys.directory('devices'),
    classes: sys.directory('class'),
    bus: sys.directory('bus'),
    block: sys.directory('block'),
    departures: new Departures(engine),
  };
  sys.path('fs', 'mpathfs').attributes(ABOUT, info);

  const waiting = new Map<Head, () => void>();
  const whenLive = (head: Head, add: () => void): void => {
    if (head.live) add();
    else waiting.set(head, add);
  };
  engine.on('headLive', (head) => {
    waiting.get(head)?.();
    waiting.delete(head);
  });
  for (const subsystem of topology.subsystems) {
    const tree = new NvmeTree(roots, subsystem);
    for (const head of subsystem.heads) whenLive(head.head, () => tree.addHead(head));
  }
  for (const device of topology.scsiDevices) {
    const tree = new ScsiTree(roots, device);
    whenLive(device.disk.head, () => tree.addHead(device.disk));
  }
  return { root };
}
