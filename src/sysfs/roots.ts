import type { HeadDisk, Partition } from '../topology/disk.js';
import type { Device } from './device.js';
import type { Directory } from './directory.js';
import { Uevents } from './uevents.js';

/** The places that the personalities build their parts of the tree in. */
export interface Roots {
  /** `dev`: the disk files, and `disk/by-id`. */
  readonly dev: Directory;
  /** `sys`. */
  readonly sys: Directory;
  /** `sys/devices`. */
  readonly devices: Directory;
  /** `sys/class`. */
  readonly classes: Directory;
  /** `sys/bus`. */
  readonly bus: Directory;
  /** `sys/block`. */
  readonly block: Directory;
  /** `sys/dev`: `block/MAJ:MIN` and `char/MAJ:MIN`. */
  readonly devNumbers: Directory;
  /** `sys/module`. */
  readonly modules: Directory;
  readonly uevents: Uevents;
  /** The heads that are there; addHeadDisk and removeHeadDisk keep it. */
  readonly disks: Map<HeadDisk, Device>;
  /** The partitions that are there; PartitionTree keeps it. */
  readonly partitions: Map<Partition, Device>;
}

/** Those of a tree that has nothing yet but its root. */
export function makeRoots(root: Directory): Roots {
  const dev = root.directory('dev');
  const sys = root.directory('sys');
  const classes = sys.directory('class');
  const devNumbers = sys.directory('dev');
  // These are there without any device.
  classes.directory('block');
  devNumbers.directory('block');
  devNumbers.directory('char');
  return {
    dev,
    sys,
    devices: sys.directory('devices'),
    classes,
    bus: sys.directory('bus'),
    block: sys.directory('block'),
    devNumbers,
    modules: sys.directory('module'),
    uevents: new Uevents(),
    disks: new Map(),
    partitions: new Map(),
  };
}
