import type { SoftwareTargets } from '../target/create-targets.js';
import type { Topology } from '../topology/topology.js';
import { ABOUT, type MountInfo } from './attributes/about.js';
import { KERNEL } from './attributes/kernel.js';
import { MPATH_BUS } from './attributes/mpath-bus.js';
import { NVME_CORE_PARAMETERS } from './attributes/nvme-parameters.js';
import { SCSI_MULTIPATH_PARAMETERS } from './attributes/scsi-parameters.js';
import { ById } from './by-id.js';
import { addConfigTrees } from './configfs/config-trees.js';
import { Directory } from './directory.js';
import { NvmeTree } from './nvme-tree.js';
import { PartitionTree } from './partition-tree.js';
import { makeRoots } from './roots.js';
import { ScsiTree } from './scsi-tree.js';
import { UeventSource } from './uevent-stream.js';

/**
 * Makes the tree of a mount, `dev/` with the disks and `sys/` in the kernel's layout; returns its
 * root. The topology is still empty: whatever comes, goes and changes in it from now on does so
 * in the tree.
 */
export function buildTree(
  topology: Topology,
  info: MountInfo,
  targets?: SoftwareTargets,
): Directory {
  const root = Directory.root();
  const roots = makeRoots(root);
  const { sys, bus, modules, uevents } = roots;
  sys.path('fs', 'mpathfs').attributes(ABOUT, info);
  const kernel = sys.directory('kernel').attributes(KERNEL, uevents);
  kernel.stream('uevents', new UeventSource(uevents));
  if (targets !== undefined) addConfigTrees(kernel, targets);
  bus.directory('mpath').attributes(MPATH_BUS, topology);
  modules
    .path('nvme_core', 'parameters')
    .attributes(NVME_CORE_PARAMETERS, topology.defaultIopolicy);
  modules
    .path('scsi_multipath', 'parameters')
    .attributes(SCSI_MULTIPATH_PARAMETERS, topology.defaultIopolicy);
  new NvmeTree(roots, topology, info);
  new ScsiTree(roots, topology, info);
  new PartitionTree(roots, topology);
  new ById(roots, topology);
  return root;
}
