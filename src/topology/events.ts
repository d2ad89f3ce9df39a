import type { Controller } from '../multipath/controller.js';
import type { HeadDisk, Partition, PathDisk } from './disk.js';
import type { NvmeController, NvmeHead, NvmePath, NvmeSubsystem } from './nvme.js';
import type { ScsiHead, ScsiHost, ScsiMpathDevice, ScsiPath } from './scsi.js';

/**
 * What happens to the topology, told after it did and in the kernel's order. A head is there for
 * the tree from `...HeadLive` to `...HeadRemoved`; its paths come and go by themselves, before,
 * between and after. What is removed leaves the lists of its owner before its event.
 */
export interface TopologyEvents {
  subsystemAdded: (subsystem: NvmeSubsystem) => void;
  subsystemRemoved: (subsystem: NvmeSubsystem) => void;
  controllerAdded: (controller: NvmeController) => void;
  controllerRemoved: (controller: NvmeController) => void;
  nvmePathAdded: (path: NvmePath) => void;
  nvmePathRemoved: (path: NvmePath) => void;
  nvmeHeadLive: (head: NvmeHead) => void;
  nvmeHeadRemoved: (head: NvmeHead) => void;

  scsiDeviceAdded: (device: ScsiMpathDevice) => void;
  scsiDeviceRemoved: (device: ScsiMpathDevice) => void;
  hostAdded: (host: ScsiHost) => void;
  hostRemoved: (host: ScsiHost) => void;
  scsiPathAdded: (path: ScsiPath) => void;
  scsiPathRemoved: (path: ScsiPath) => void;
  scsiHeadLive: (head: ScsiHead) => void;
  scsiHeadRemoved: (head: ScsiHead) => void;

  /** Of a head that is live. Partitions are removed before their head. */
  partitionAdded: (partition: Partition) => void;
  partitionRemoved: (partition: Partition) => void;

  /** The head has another size. */
  resized: (disk: HeadDisk) => void;
  /**
   * What was `from` before is in the controller now; `reason` is for the log. NVMe: once for each
   * controller.
   */
  controllerState: (
    owner: NvmeController | ScsiPath,
    controller: Controller,
    from: number,
    reason: string,
  ) => void;
  /** The ANA or ALUA state of a path. */
  accessState: (path: PathDisk) => void;
  /** A path has become marginal, or is it no longer. */
  marginal: (path: PathDisk) => void;
  iopolicy: (owner: NvmeSubsystem | ScsiMpathDevice) => void;
}
